"""Backups that are killed: the workstation they held goes on, and only that one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.backup.conftest import FILES, World

RUNNING = {"Running": True, "Paused": False, "StartedAt": "noon"}
HELD = {"pause": RUNNING | {"Paused": True}, "stop": RUNNING | {"Running": False}}
WENT_ON = {"pause": RUNNING, "stop": RUNNING | {"StartedAt": "noon and again"}}
every_way = pytest.mark.parametrize("quiesce", ["pause", "stop"])
# The program as a process of its own, with the folders of the test.
PROGRAM = """
import json, os, pathlib, sys
sys.path.insert(0, sys.argv.pop(1))
from hatchpod_backup import command, settings
for name, path in json.loads(sys.argv.pop(1)).items():
    setattr(settings, name, pathlib.Path(path))
os.geteuid = lambda: 0
command.main()
"""

Command = Callable[..., dict[str, Any]]


@pytest.fixture
def killed(world: World, tmp_path: Path) -> Callable[[str], None]:
    """Kill a backup while restic reads the home, as the kernel does when memory runs out."""
    world.set(RUNNING)
    reads, wrapper = tmp_path / "reads", world.folder.parent / "bin/restic"

    def kill(quiesce: str) -> None:
        real = shutil.which("restic")
        wrapper.write_text(
            f'#!/bin/sh\ncase " $* " in *" backup "*) touch {reads}; exec sleep 60; esac\nexec {real} "$@"\n'
        )
        wrapper.chmod(0o755)
        names = ("CACHE", "EARLIER_LOCKS", "LOCKS", "RECORDS", "RUN", "STORE")
        folders = json.dumps({name: str(getattr(world.program.settings, name)) for name in names})
        command = [sys.executable, "-c", PROGRAM, str(FILES), folders, "create", "pod", "--quiesce", quiesce]
        process = subprocess.Popen(command, start_new_session=True)
        deadline = time.monotonic() + 60
        while not reads.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        wrapper.unlink()
        assert world.state() == HELD[quiesce]

    return kill


@every_way
def test_workstation_of_a_killed_backup_is_released(
    world: World, killed: Callable[[str], None], command: Command, quiesce: str
) -> None:
    killed(quiesce)
    assert command("release") == {"released": ["pod"]}
    assert world.state() == WENT_ON[quiesce]
    assert command("release") == {"released": []}


@pytest.mark.parametrize(
    ("quiesce", "words"), [("pause", ("create", "pod")), ("stop", ("run",)), ("stop", ("restore", "pod"))]
)
def test_next_command_releases_first(
    world: World, killed: Callable[[str], None], command: Command, quiesce: str, words: tuple[str, ...]
) -> None:
    world.create("none")
    killed(quiesce)
    before = world.calls()
    command(*words)
    assert world.calls()[len(before)] == {"pause": "unpause", "stop": "restart"}[quiesce]
    assert (world.state()["Running"], world.state()["Paused"]) == (True, False)


def test_release_needs_no_settings(world: World, killed: Callable[[str], None], command: Command) -> None:
    killed("pause")
    shutil.rmtree(world.store)
    assert command("release") == {"released": ["pod"]}


def test_backup_that_is_at_work_is_let_be(world: World, command: Command) -> None:
    with world.program.workstation.alone("pod"), world.program.workstation.held("pod", "pause"):
        assert command("release") == {"released": []}
        assert world.state()["Paused"]
    assert not world.state()["Paused"]


@pytest.mark.parametrize(
    "since",
    [
        RUNNING | {"StartedAt": "later"},
        RUNNING | {"StartedAt": "later", "Running": False},
        RUNNING | {"StartedAt": "later", "Paused": True},
        None,
    ],
)
def test_what_people_did_since_then_is_left_alone(
    world: World, killed: Callable[[str], None], command: Command, since: dict[str, Any] | None
) -> None:
    killed("stop")
    world.set(since)
    before = world.calls()
    assert command("release") == {"released": ["pod"]}
    assert (world.state(), world.calls()) == (since, before)


def test_stop_that_is_still_under_way_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end comes while the engine stops the workstation, which it does not give up for that."""
    world.set(RUNNING)
    docker = world.program.workstation.docker

    def ended(*arguments: str) -> str:
        if arguments[0] == "stop":
            raise SystemExit(143)
        return str(docker(*arguments))

    monkeypatch.setattr(world.program.workstation, "docker", ended)
    with pytest.raises(SystemExit), world.program.workstation.held("pod", "stop"):
        pass
    assert world.calls() == ["restart"]


def test_one_that_cannot_go_on_is_told_and_keeps_no_backup_from_being_made(
    world: World, killed: Callable[[str], None], command: Command, capfd: pytest.CaptureFixture[str]
) -> None:
    killed("stop")
    (world.folder / "broken").touch()
    with pytest.raises(SystemExit, match=r"pod: `docker restart pod` failed: .*does not like that"):
        command("release")
    assert world.state() == HELD["stop"]
    capfd.readouterr()
    world.program.command.take_up()
    assert "pod: `docker restart pod` failed" in capfd.readouterr().err
    assert command("create", "pod")["workstation"] == "pod"
    (world.folder / "broken").unlink()
    assert command("release") == {"released": ["pod"]}
    assert world.state() == WENT_ON["stop"]
