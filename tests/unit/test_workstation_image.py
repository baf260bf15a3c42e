"""The `workstation_image` module, against STAND-INS for `docker` and `mmdebstrap` that record how they are called."""

from __future__ import annotations

import fcntl
import importlib
import io
import json
import os
import subprocess
import sys
import tarfile
import time
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import pytest
import yaml
from ansible.module_utils.workstation_image import image_digest

MODULE = importlib.import_module("modules.workstation_image")
PLUGINS = Path(__file__).parents[2] / "plugins"
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


# --- whether to build ---


def test_image_that_is_there_is_not_built_again(host: Host, run: Run) -> None:
    host.has_image(IMAGE, DIGEST)
    result = run()
    assert (result["changed"], result["build_required"]) == (False, False)
    assert (result["image"], result["image_id"], result["size"]) == (IMAGE, "sha256:0", 5)
    assert host.calls == []


@pytest.mark.parametrize("label", [None, "0" * 64])
def test_image_of_that_name_with_another_label_does_not_count(host: Host, run: Run, label: str | None) -> None:
    host.has_image(IMAGE, label)
    result = run(build=False)
    assert (result["build_required"], result["image_id"], result["size"]) == (True, None, None)


@pytest.mark.parametrize(
    ("build", "check_mode", "changed"), [(False, False, False), (False, True, True), (True, True, True)]
)
def test_missing_image_is_reported_and_not_built(
    host: Host, run: Run, build: bool, check_mode: bool, changed: bool
) -> None:
    result = run(build=build, check_mode=check_mode)
    assert (result["build_required"], result["changed"], result["image_id"]) == (True, changed, None)
    assert host.calls == []
    assert not (host.folder / "log").exists()


def test_check_mode_needs_no_docker(host: Host, run: Run) -> None:
    (host.folder / "bin" / "docker").unlink()
    assert run(check_mode=True)["build_required"] is True


def test_build(host: Host, run: Run) -> None:
    arguments = {"B": "two words", "A": "1"}
    digest = image_digest("c0", arguments, BASE, [])
    image = f"pod/image:{digest[:16]}"
    result = run(build_args=arguments)
    assert (result["changed"], result["image"], result["image_id"], result["size"]) == (True, image, "sha256:1", 7)
    assert result["base_origin"] == "registry"
    build = ["build", "--tag", image, "--label", f"hatchpod.digest={digest}", "--build-arg", f"BASE={BASE}"]
    assert host.calls == [
        ["pull", BASE],
        [*build, "--build-arg", "A=1", "--build-arg", "B=two words", "-"],
        ["tag", image, "pod/image:latest"],
    ]
    assert "STAND-IN: build" in (host.folder / "log" / "build.log").read_text()
    assert run(build_args=arguments)["changed"] is False


def test_forced_build_takes_nothing_from_the_cache(host: Host, run: Run) -> None:
    host.has_image(IMAGE, DIGEST)
    result = run(force=True)
    assert result["changed"] is True
    assert "--no-cache" in host.calls[1]


def test_results_are_the_documented_ones(host: Host, run: Run) -> None:
    assert set(run()) - {"invocation"} == set(yaml.safe_load(MODULE.RETURN)) | {"changed"}


# --- certificates ---


def test_certificates_are_part_of_the_context_and_of_the_digest(host: Host, run: Run) -> None:
    other = PEM.replace("QUJD", "REVG")
    result = run(ca_certificates=[f"# company\n{PEM}{other}"])
    assert result["ca_certificates"] == [PEM, other]
    assert result["image"] != IMAGE
    assert {name: text for name, text in host.context.items() if name.endswith((".crt", "file"))} == {
        "Dockerfile": "FROM x",
        "ca/000.crt": PEM,
        "ca/001.crt": other,
    }


def test_folder_of_certificates_is_always_there(host: Host, run: Run) -> None:
    run()
    assert set(host.context) == {"Dockerfile", "ca/README"}


def test_hosts_own_certificates_are_taken_when_none_are_given(host: Host, run: Run) -> None:
    (host.folder / "bundle").write_text(PEM)
    assert run(build=False)["ca_certificates"] == [PEM]
    assert run(build=False, ca_certificates=[])["ca_certificates"] == []


@pytest.mark.parametrize("given", [["/etc/ssl/company.crt"], [PEM + PEM, "nothing"]])
def test_what_is_no_certificate_is_refused(host: Host, run: Run, given: list[str]) -> None:
    result = run(ca_certificates=given)
    assert "must be the text of a PEM certificate, not a file's name" in result["msg"]
    assert host.calls == []


# --- the base image ---


def test_base_that_is_there_is_not_pulled(host: Host, run: Run) -> None:
    host.has_image(BASE, None)
    assert run()["base_origin"] == "registry"
    assert "pull" not in [call[0] for call in host.calls]


def test_base_is_bootstrapped_from_the_hosts_mirror_where_no_registry_can_be_reached(host: Host, run: Run) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    assert run()["base_origin"] == "mirror"
    (_variant, _include, suite, root, last), lines = json.loads((host.folder / "mmdebstrap").read_text())
    assert (suite, root, last) == ("trixie", str(host.folder / "work" / "base.tar"), "-")
    assert lines == [
        "deb http://mirror.example.org/debian trixie main",
        "deb http://mirror.example.org/debian trixie-updates main",
        "deb http://mirror.example.org/security trixie-security main",
    ]
    assert ["import", root, "hatchpod/base:trixie"] in host.calls
    assert "BASE=hatchpod/base:trixie" in host.calls[2]
    assert not Path(root).exists()


def test_bootstrapped_base_is_made_once(host: Host, run: Run) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    host.has_image("hatchpod/base:trixie", None)
    assert run()["base_origin"] == "mirror"
    assert not (host.folder / "mmdebstrap").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"apt/sources.list.d/debian.sources": ""}, "name no mirror for bookworm", id="no mirror"),
        pytest.param({"os-release": "ID=ubuntu\nVERSION_CODENAME=noble\n"}, "is not Debian", id="not Debian"),
    ],
)
def test_no_mirror_for_the_base(host: Host, run: Run, change: dict[str, str], says: str) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    for name, text in change.items():
        (host.folder / name).write_text(text)
    result = run()
    assert says in result["msg"]
    assert "set image_base to an image that this host can reach" in result["msg"]


def test_no_program_that_could_make_the_base(host: Host, run: Run) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    (host.folder / "bin" / "mmdebstrap").unlink()
    assert "install mmdebstrap" in run()["msg"]


def test_failing_bootstrap_leaves_nothing(host: Host, run: Run) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    host.fails("mmdebstrap", "E: Temporary failure resolving 'mirror.example.org'")
    result = run()
    assert "cannot be bootstrapped from the mirror. A package mirror could not be reached" in result["msg"]
    assert not (host.folder / "work" / "base.tar").exists()


def test_failing_import(host: Host, run: Run) -> None:
    host.fails("pull", "dial tcp: i/o timeout")
    host.fails("import", "no space left on device")
    assert "cannot be imported. The disk is full" in run()["msg"]
    assert not (host.folder / "work" / "base.tar").exists()


# --- builds that fail ---


def test_failing_build_names_cause_fix_and_log(host: Host, run: Run) -> None:
    host.fails("build", "".join(f"step {number}\n" for number in range(40)) + "write: no space left on device")
    result = run()
    assert result["failed"] is True
    assert "what ran before goes on unchanged. The disk is full." in result["msg"]
    assert str(host.folder) in result["msg"]  # where Docker keeps its data
    assert "docker image prune" in result["msg"]
    assert f"whole output is in {host.folder / 'log' / 'build.log'}" in result["msg"]
    assert result["last_lines"][0] == "step 26"
    assert "no space left" in result["last_lines"][-1]
    assert "tag" not in [call[0] for call in host.calls]


def test_too_little_space_is_refused_before_anything_starts(
    host: Host, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - as the standard library has it
    monkeypatch.setattr(MODULE.shutil, "disk_usage", lambda _place: usage(0, 0, 5_900_000_000))
    result = run(free_space=6)
    assert "needs 6 GB free" in result["msg"]
    assert "5.9 GB are" in result["msg"]
    assert "Nothing was changed" in result["msg"]
    assert host.calls == []


def test_build_that_takes_too_long_is_ended(host: Host, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(host.folder / "wait-build")
    monkeypatch.setattr(MODULE, "BUILD_LIMIT", 1)
    assert "It took too long and was ended" in run()["msg"]


# --- two at a time ---


@pytest.fixture
def other_build(host: Host) -> Iterator[subprocess.Popen[bytes]]:
    """A run of the module in another process, in the middle of its build."""
    os.mkfifo(host.folder / "wait-build")
    program = (
        "import importlib, pathlib, sys, ansible.module_utils as utils\n"
        f"utils.__path__.append({str(PLUGINS / 'module_utils')!r})\n"
        f"sys.path.append({str(PLUGINS)!r})\n"
        "module = importlib.import_module('modules.workstation_image')\n"
        f"module.WORK = pathlib.Path({str(host.folder / 'work')!r})\n"
        f"module.TRUST_BUNDLE = pathlib.Path({str(host.folder / 'bundle')!r})\n"
        "from ansible.module_utils.testing import patch_module_args\n"
        f"with patch_module_args({arguments_in(host.folder)!r}):\n"
        "    module.main()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.mark.timeout(60)
def test_second_build_waits_for_the_first_and_changes_nothing(
    host: Host, other_build: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, call_module: Any
) -> None:
    waited, output = [], []

    def let_the_first_go_on(_seconds: float) -> None:
        """Stand in for the second run's wait: the first is in its build, so end that."""
        waited.append((host.folder / "log" / "build.log").read_text())
        (host.folder / "wait-build").write_text("go on")  # returns when the build reads it
        (host.folder / "wait-build").unlink()
        output.append(other_build.communicate()[0])

    while not (host.folder / "building").exists():
        assert other_build.poll() is None
        os.sched_yield()
    monkeypatch.setattr(MODULE, "time", SimpleNamespace(monotonic=time.monotonic, sleep=let_the_first_go_on))
    second = call_module("workstation_image", arguments_in(host.folder))
    first = json.loads(output[0])
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["image_id"] == second["image_id"] == "sha256:1"
    assert [call[0] for call in host.calls] == ["pull", "build", "tag"]
    assert len(waited) == 1
    assert "STAND-IN: build" in (host.folder / "log" / "build.log").read_text()
    assert (host.folder / "log" / "build.log").read_text().startswith(waited[0])
    assert list(host.folder.glob("context-*")) == []


def test_build_that_never_ends_is_named(host: Host, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(0, 10**6, MODULE.BUILD_LIMIT // 2))
    clock = SimpleNamespace(monotonic=lambda: next(now), sleep=lambda _seconds: None)
    monkeypatch.setattr(MODULE, "time", clock)
    (host.folder / "work").mkdir()
    with (host.folder / "work" / "lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "Another build holds" in run()["msg"]
    assert host.calls == []


def test_context_is_removed_even_when_the_arguments_are_wrong(host: Host, call_module: Any) -> None:
    arguments = arguments_in(host.folder, ca_certificates=["x"])
    assert call_module("workstation_image", arguments)["failed"] is True
    assert not Path(arguments["context"]).exists()


def test_images_before_the_last_one_are_removed_unless_a_container_uses_them(host: Host, run: Run) -> None:
    for age, name in enumerate(["pod/image:used", "pod/image:older", "pod/image:old", "pod/image:last"]):
        host.has_image(name, name)
        path = host.folder / "images" / f"{name.replace('/', '+')}.json"
        os.utime(path, (age, age))
    (host.folder / "used").write_text("pod/image:used")
    run()
    left = {path.stem for path in (host.folder / "images").glob("pod+image:*")}
    assert left == {f"pod+image:{DIGEST[:16]}", "pod+image:latest", "pod+image:last", "pod+image:used"}
