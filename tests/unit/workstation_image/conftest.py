"""A host with STAND-INS for `docker` and `mmdebstrap` that record how they are called."""

from __future__ import annotations

import importlib
import io
import json
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from ansible.module_utils.workstation_image import image_digest

MODULE = importlib.import_module("modules.workstation_image")
PLUGINS = Path(__file__).parents[3] / "plugins"
BASE = "debian:trixie-slim@sha256:0000"
PEM = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"
DIGEST = image_digest("c0", {}, BASE, [])
IMAGE = f"pod/image:{DIGEST[:16]}"

# STAND-IN for docker. Its folder holds: images/<name>.json (what `image inspect` prints), fail-<verb> (what a verb
# prints when it shall fail), wait-build (a pipe: a build goes on when something is written to it), and takes: calls
# (one JSON list a line), context.tar (what a build read).
DOCKER = """\
#!{python}
import json, pathlib, shutil, sys
home, (verb, *rest) = pathlib.Path({home!r}), sys.argv[1:]
with (home / "calls").open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
def file(name):
    return home / "images" / (name.replace("/", "+") + ".json")
def fail():
    if (home / f"fail-{{verb}}").exists():
        sys.exit((home / f"fail-{{verb}}").read_text())
if verb == "image" and rest[0] == "ls":
    found = sorted((home / "images").glob(rest[-1].replace("/", "+") + ":*"), key=lambda one: -one.stat().st_mtime_ns)
    sys.exit(print("\\n".join(one.stem.replace("+", "/") for one in found)))
if verb == "image" and rest[0] == "rm":
    used = (home / "used").read_text() if (home / "used").exists() else ""
    sys.exit("in use" if rest[1] in used else file(rest[1]).unlink())
if verb == "image":
    sys.exit(print(file(rest[1]).read_text()) if file(rest[1]).exists() else "No such image")
fail()
if verb == "info":
    sys.exit(print(home))
print(f"STAND-IN: {{verb}}", flush=True)
if verb == "pull":
    file(rest[0]).write_text("[{{}}]")
elif verb == "import":
    file(rest[1]).write_text("[{{}}]")
elif verb == "tag":
    shutil.copy(file(rest[0]), file(rest[1]))
elif verb == "build":
    (home / "context.tar").write_bytes(sys.stdin.buffer.read())
    if (home / "wait-build").exists():
        (home / "building").write_text("")
        (home / "wait-build").read_text()
    name, label = rest[rest.index("--tag") + 1], rest[rest.index("--label") + 1]
    labels = dict([label.split("=")])
    file(name).write_text(json.dumps([{{"Id": "sha256:1", "Size": 7, "Config": {{"Labels": labels}}}}]))
"""
# STAND-IN for mmdebstrap: takes what it was called with and what it read, and writes the archive.
MMDEBSTRAP = """\
#!{python}
import json, pathlib, sys
home = pathlib.Path({home!r})
(home / "mmdebstrap").write_text(json.dumps([sys.argv[1:], sys.stdin.read().splitlines()]))
if (home / "fail-mmdebstrap").exists():
    sys.exit((home / "fail-mmdebstrap").read_text())
pathlib.Path(sys.argv[4]).write_text("root")
"""


@dataclass
class Host:
    """The host that a test builds on."""

    folder: Path

    @property
    def calls(self) -> list[list[str]]:
        """Return how docker was called, without `image inspect` and `info`."""
        lines = (self.folder / "calls").read_text().splitlines() if (self.folder / "calls").exists() else []
        return [call for call in map(json.loads, lines) if call[0] not in {"image", "info"}]

    def fails(self, verb: str, output: str) -> None:
        (self.folder / f"fail-{verb}").write_text(output)

    def has_image(self, name: str, digest: str | None) -> None:
        image = {"Id": "sha256:0", "Size": 5, "Config": {"Labels": digest and {"hatchpod.digest": digest}}}
        (self.folder / "images" / f"{name.replace('/', '+')}.json").write_text(json.dumps([image]))

    def install(self, name: str, program: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(program.format(python=sys.executable, home=str(self.folder)))
        path.chmod(0o755)

    @property
    def context(self) -> dict[str, str]:
        """Return the files of the context that the build read."""
        found = {}
        with tarfile.open(self.folder / "context.tar") as tar:
            for member in tar:
                content = tar.extractfile(member)
                assert content is not None
                found[member.name] = content.read().decode()
        return found


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A Debian host with docker and mmdebstrap, both STAND-INS, and nothing else on its PATH."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "images").mkdir()
    (tmp_path / "apt" / "sources.list.d").mkdir(parents=True)
    (tmp_path / "apt" / "sources.list.d" / "debian.sources").write_text(
        "Types: deb\nURIs: http://mirror.example.org/debian\nSuites: bookworm bookworm-updates\nComponents: main\n"
    )
    (tmp_path / "apt" / "sources.list").write_text("deb http://mirror.example.org/security bookworm-security main\n")
    (tmp_path / "os-release").write_text('PRETTY_NAME="Debian"\nID=debian\nVERSION_CODENAME=bookworm\n')
    for constant, place in (("WORK", "work"), ("OS_RELEASE", "os-release"), ("APT", "apt"), ("TRUST_BUNDLE", "bundle")):
        monkeypatch.setattr(MODULE, constant, tmp_path / place)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = Host(tmp_path)
    found.install("docker", DOCKER)
    found.install("mmdebstrap", MMDEBSTRAP)
    return found


class Run(Protocol):
    def __call__(self, *, check_mode: bool = False, **changes: Any) -> dict[str, Any]: ...


def arguments_in(folder: Path, **changes: Any) -> dict[str, Any]:
    """Return the module's arguments, with a context of its own as the action plugin sends it."""
    context = folder / f"context-{len(list(folder.glob('context-*')))}.tar"
    with tarfile.open(context, "w") as tar:
        member = tarfile.TarInfo("Dockerfile")
        member.size = 6
        tar.addfile(member, io.BytesIO(b"FROM x"))
    return {
        "name": "pod/image",
        "context_digest": "c0",
        "context": str(context),
        "base": BASE,
        "base_suite": "trixie",
        "build": True,
        "free_space": 0,
        "log": str(folder / "log" / "build.log"),
        **changes,
    }


@pytest.fixture
def run(host: Host, call_module: Any) -> Run:
    """Run the module, by default to build; no test may leave a context behind."""

    def call(*, check_mode: bool = False, **changes: Any) -> dict[str, Any]:
        result: dict[str, Any] = call_module(
            "workstation_image", arguments_in(host.folder, **changes), check_mode=check_mode
        )
        assert list(host.folder.glob("context-*")) == []
        return result

    return call
