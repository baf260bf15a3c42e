"""A host with one workstation for hatchpod-backup: real restic, and a stand-in for docker that keeps a container's
state in a file.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

FILES = Path(__file__).parents[3] / "roles/backup/files"
PASSWORD = "a password that only tests have"
MODULES = (
    "candidate",
    "command",
    "creating",
    "locations",
    "restic",
    "restoring",
    "settings",
    "troubles",
    "workstation",
)

sys.path.insert(0, str(FILES))

DOCKER = """#!/usr/bin/python3
import json, os, pathlib, sys
here = pathlib.Path(os.environ["FAKE_DOCKER"])
state = json.loads((here / "state").read_text())
with (here / "calls").open("a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
what = sys.argv[1:3]
if what == ["container", "inspect"]:
    if state is None:
        sys.exit("Error: No such container: " + sys.argv[3])
    print(json.dumps([{"State": state}]))
elif what == ["volume", "inspect"]:
    if not (here / "volumes" / sys.argv[3]).exists():
        sys.exit("Error: No such volume: " + sys.argv[3])
    options = json.loads((here / "options").read_text()) if (here / "options").exists() else None
    print(json.dumps([{"Mountpoint": str(here / "volumes" / sys.argv[3] / "_data"), "Options": options}]))
elif what[0] == "logs":
    print("the end of the log")
elif what[0] == "exec":
    sys.exit("sshd is failed" if (here / "not-ready").exists() else 0)
elif (here / "broken").exists():
    sys.exit("Error: the engine does not like that")
else:
    started = {"Running": True, "Paused": False}
    if "StartedAt" in state:
        started["StartedAt"] = state["StartedAt"] + " and again"
    change = {"pause": {"Paused": True}, "unpause": {"Paused": False}, "stop": {"Running": False, "Paused": False},
              "start": started, "restart": started}[what[0]]
    (here / "state").write_text(json.dumps({**state, **change}))
"""


class World(NamedTuple):
    """A host with one workstation. `program` has the modules of hatchpod-backup by name."""

    program: Any
    folder: Path
    home: Path
    store: Path
    location: Path  # of the repository, as long as it is a folder

    def set(self, state: dict[str, Any] | None) -> None:
        (self.folder / "state").write_text(json.dumps(state))

    def state(self) -> Any:
        return json.loads((self.folder / "state").read_text())

    def calls(self) -> list[str]:
        """Return the first word of each docker call that changes something."""
        path = self.folder / "calls"
        words = [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []
        return [word for word in words if word not in {"container", "volume"}]

    def configure(self, **changes: Any) -> None:
        """Write the settings anew, with changes."""
        path = self.store / "settings.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    @property
    def repository(self) -> Any:
        return self.program.restic.Repository(self.program.settings.Settings.read(self.store))

    def create(self, quiesce: str = "pause", name: str = "pod") -> dict[str, Any]:
        done: dict[str, Any] = self.program.creating.create(self.repository, name, quiesce)
        return done

    def restore(self, snapshot: str = "latest", origin: tuple[str, str] = ("testhost", "pod")) -> dict[str, Any]:
        done: dict[str, Any] = self.program.restoring.restore(self.repository, "pod", snapshot, origin, 5)
        return done

    def content(self) -> list[Path]:
        """Return the files of the repository, without its locks."""
        return sorted(path for path in self.location.rglob("*") if path.parent.name != "locks")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The modules of the program, with folders of the test's own."""
    modules = {name: importlib.import_module(f"hatchpod_backup.{name}") for name in MODULES}
    error = importlib.import_module("hatchpod_backup").BackupError
    for name in ("CACHE", "EARLIER_LOCKS", "LOCKS", "RECORDS", "RUN", "STORE"):
        monkeypatch.setattr(modules["settings"], name, tmp_path / name)
        (tmp_path / name).mkdir()
    return SimpleNamespace(**modules, BackupError=error)


@pytest.fixture
def world(program: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    if shutil.which("restic") is None:
        pytest.skip("restic is not installed")
    folder = tmp_path / "docker"
    home = folder / "volumes/pod_home/_data"
    (home / ".hatchpod").mkdir(parents=True)
    (home / "notes").write_text("first")
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin/docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_DOCKER", str(folder))
    monkeypatch.setenv("RESTIC_REPOSITORY", "/nowhere")
    store: Path = program.settings.STORE
    (store / "PASSWORD").write_text(PASSWORD)
    location = tmp_path / "repository"
    given = {"repository": str(location), "host": "testhost", "workstations": ["pod"]}
    (store / "settings.json").write_text(json.dumps(given))
    world = World(program, folder, home, store, location)
    world.set({"Running": True, "Paused": False})
    return world


@pytest.fixture
def command(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """Run the command line. Returns what it prints."""

    monkeypatch.setattr(os, "geteuid", lambda: 0)

    def call(*arguments: str) -> dict[str, Any]:
        monkeypatch.setattr(sys, "argv", ["hatchpod-backup", "--store", str(world.store), *arguments])
        world.program.command.main()
        done: dict[str, Any] = json.loads(capfd.readouterr().out)
        return done

    return call
