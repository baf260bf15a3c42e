"""What a deployment has to do with backups: it waits for one that is at work, and keeps the timer as it is wanted."""

from __future__ import annotations

import contextlib
import fcntl
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.backup.conftest import World
from unit.backup.test_role import REPOSITORY, run

WAIT = {"ansible.builtin.include_role": {"name": "backup", "tasks_from": "wait"}}

ONE_LOOK = 2  # the inclusion counts as well


class Host:
    """Folders in the place of a host's, on which no backup was ever made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = folder / "locks/pod.still"
        self.earlier_lock = folder / "earlier/hatchpod-backup-pod"
        self.record = folder / "records/pod.held"
        self.program = folder / "hatchpod-backup"
        self.given = {
            "_backup_locks": str(self.lock.parent),
            "_backup_earlier_locks": str(self.earlier_lock.parent),
            "_backup_records": str(self.record.parent),
            "_backup_program": str(self.program),
        }

    def deploy(self, *arguments: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        return run(self.folder, [WAIT], *arguments, **self.given, **variables)

    def hold(self) -> None:
        """Leave what a killed backup leaves, and a program that puts it right."""
        self.record.parent.mkdir()
        self.record.touch()
        self.program.write_text(f'#!/bin/sh\n[ "$*" = release ] && rm {self.record}\n')
        self.program.chmod(0o755)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@contextlib.contextmanager
def backup(lock: Path) -> Iterator[None]:
    """Have a lock as a backup does."""
    lock.parent.mkdir()
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def backup_that_ends_when_it_is_awaited(lock: Path) -> Iterator[None]:
    """Have a lock until a process waits for it."""
    command = b"\0".join([b"flock", b"--wait", b"600", bytes(lock)])
    over = threading.Event()

    def awaited() -> bool:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if command in path.read_bytes():
                    return True
        return False

    def end() -> None:
        with backup(lock):
            held.set()
            while not (over.wait(0.1) or awaited()):
                pass

    held, thread = threading.Event(), threading.Thread(target=end)
    thread.start()
    held.wait()
    try:
        yield
    finally:
        over.set()
        thread.join()


def counts(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", done.stdout)}


def said(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())


def test_where_no_backup_was_ever_made_one_look_is_all(host: Host) -> None:
    done = host.deploy()
    assert (counts(done)["ok"], counts(done)["failed"], counts(done)["changed"]) == (ONE_LOOK, 0, 0)
    assert "waiting" not in said(done)
    assert not host.lock.parent.exists()


def test_where_backups_were_made_as_well(host: Host) -> None:
    with backup(host.lock):
        pass
    assert (counts(host.deploy())["ok"], host.lock.exists()) == (ONE_LOOK, True)


@pytest.mark.parametrize("check", [(), ("--check",)])
@pytest.mark.parametrize("place", ["lock", "earlier_lock"])
def test_it_waits_for_a_backup_and_says_so(host: Host, place: str, check: tuple[str, ...]) -> None:
    with backup_that_ends_when_it_is_awaited(getattr(host, place)):
        done = host.deploy(*check)
    assert "A backup or restore of pod is at work; waiting up to 600 s for it to end." in said(done)
    assert (counts(done)["failed"], counts(done)["changed"]) == (0, 0)


def test_it_gives_up_with_the_reason(host: Host) -> None:
    with backup(host.lock):
        done = host.deploy(backup_wait_timeout=1)
    assert done.returncode != 0
    assert "A backup or restore of pod is still at work on localhost after 1 s" in said(done)
    assert "set backup_wait_timeout to more seconds" in said(done)


def test_what_a_killed_backup_holds_goes_on(host: Host) -> None:
    host.hold()
    checked = host.deploy("--check")
    assert "Would let pod go on, which a backup held when it was killed" in said(checked)
    assert (counts(checked)["failed"], host.record.exists()) == (0, True)
    done = host.deploy()
    assert "waiting" not in said(done)
    assert (done.returncode, host.record.exists()) == (0, False)


def test_backup_program_that_is_gone_lets_nothing_go(host: Host) -> None:
    """As after a removal of everything, in which the container went as well."""
    host.hold()
    host.program.unlink()
    assert counts(host.deploy())["ok"] == ONE_LOOK


@pytest.mark.parametrize(("quiesce", "awaited"), [("pause", [True, False]), ("none", [False, False])])
def test_only_what_holds_the_workstation_is_awaited(
    world: World, host: Host, monkeypatch: pytest.MonkeyPatch, quiesce: str, awaited: list[bool]
) -> None:
    """Of a backup, until the snapshot is made: not while older ones are removed, which may take long."""
    repository, seen = world.program.restic.Repository, []

    def look(method: str) -> None:
        real = getattr(repository, method)

        def looking(*arguments: Any) -> Any:
            lock = world.program.settings.LOCKS / "pod.still"
            seen.append(
                lock.exists() and subprocess.run(["flock", "--nonblock", lock, "true"], check=False).returncode == 1
            )
            return real(*arguments)

        monkeypatch.setattr(repository, method, looking)

    look("exists")
    look("thin")
    world.create(quiesce)
    assert seen == awaited


def test_restore_is_awaited(world: World, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def restore(*_arguments: Any) -> dict[str, str]:
        lock = world.program.settings.LOCKS / "pod.still"
        seen.append(subprocess.run(["flock", "--nonblock", lock, "true"], check=False).returncode)
        return {}

    monkeypatch.setattr(world.program.command, "restore", restore)
    command("restore", "pod")
    assert seen == [1]


@pytest.mark.parametrize("program", [True, False])
def test_it_is_the_first_thing_of_every_deployment_whatever_the_tags(host: Host, program: bool) -> None:
    """A host that has no program for backups is not asked."""
    tasks = yaml.safe_load((REPOSITORY / "playbooks/tasks/workstation.yml").read_text())
    included = [{"ansible.builtin.include_tasks": str(host.folder / "first.yml"), "tags": ["always"]}]
    (host.folder / "first.yml").write_text(yaml.safe_dump(tasks[:1]))
    variables = {**host.given, "workstation": {"name": "pod"}, "backup_workstations": None, "backup_wait_timeout": 1}
    seen = {"__workstation_host": {"backup_program": program}}
    with backup(host.lock):
        done = run(host.folder, included, "--tags", "dotfiles", **variables, **seen)
    assert ("A backup or restore of pod is still at work" in said(done)) is program


STAND_IN = """
- ansible.builtin.debug:
    msg: "configured <{{ backup_schedule }}> for <{{ backup_workstations | join }}>"
"""


@pytest.mark.parametrize(
    ("given", "timer", "configured"),
    [
        ({}, False, None),
        ({}, True, "configured <> for <pod>"),
        ({"backup_schedule": "daily"}, False, "configured <daily> for <pod>"),
        ({"backup_schedule": ""}, False, "configured <> for <pod>"),
    ],
)
def test_timer_that_the_inventory_wants_no_more_is_seen_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], timer: bool, configured: str | None
) -> None:
    """The playbook's own tasks after a workstation's first one, with a stand-in for the role's work."""
    role = tmp_path / "roles/backup"
    shutil.copytree(REPOSITORY / "roles/backup", role)
    (role / "tasks/configure.yml").write_text(STAND_IN)
    monkeypatch.setenv("ANSIBLE_ROLES_PATH", str(role.parent))
    (play,) = yaml.safe_load((REPOSITORY / "playbooks/site.yml").read_text())
    workstation = yaml.safe_load((REPOSITORY / "playbooks/tasks/workstation.yml").read_text())
    tasks = [*workstation[:1], *(task for task in play["tasks"] if "backups" in task["name"].lower())]
    variables = {"workstation": {"name": "pod"}, "workstation_list": [{"name": "pod"}], "backup_workstations": None}
    seen = {"__workstation_host": {"backup_program": True, "backup_timer": timer}}
    done = run(tmp_path, tasks, "--tags", "dotfiles", **given, **variables, **seen)
    assert done.returncode == 0, done.stdout
    assert re.findall("configured <.*?> for <.*?>", said(done)) == ([configured] if configured else [])


def test_the_program_and_the_role_mean_the_same_files(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    known = yaml.safe_load((REPOSITORY / "roles/backup/vars/main.yml").read_text())
    places = [known[f"_backup_{name}"] for name in ("locks", "earlier_locks", "records", "store")]
    settings = program.settings
    assert places == [str(path) for path in (settings.LOCKS, settings.EARLIER_LOCKS, settings.RECORDS, settings.STORE)]
