"""The command line, and one backup at a time."""

from __future__ import annotations

import fcntl
import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.backup.conftest import PASSWORD, World


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-11-23T17:56:49.405549661Z", "2026-11-23T17:56:49.5Z"),
        ("2026-11-23T17:56:49+01:00", "2026-11-23T17:56:49Z"),
        ("2026-11-23T17:56:49.9+01:00", "2026-11-23T16:56:49.91Z"),
    ],
)
def test_times_of_snapshots_are_compared(program: Any, earlier: str, later: str) -> None:
    assert program.restic.moment(earlier) < program.restic.moment(later)


def test_one_at_a_time(program: Any) -> None:
    with (
        program.workstation.alone("pod"),
        program.workstation.alone("other"),
        pytest.raises(program.BackupError, match="Another backup or restore of pod runs"),
        program.workstation.alone("pod"),
    ):
        pass


def test_locks_are_where_only_root_can_put_something_in_their_place(
    program: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = program.settings.STORE / "victim"
    victim.write_text("precious")
    planted = [folder / "hatchpod-backup-pod" for folder in (program.settings.EARLIER_LOCKS, program.settings.LOCKS)]
    for link in planted:
        link.symlink_to(victim)
    with program.workstation.alone("pod"):
        pass
    assert victim.read_text() == "precious"
    planted[1].unlink()
    (program.settings.LOCKS / "pod").unlink()
    program.settings.LOCKS.rmdir()
    with program.workstation.alone("pod"):
        assert stat.S_IMODE(program.settings.LOCKS.stat().st_mode) == 0o700
    monkeypatch.undo()
    for folder in (program.settings.LOCKS, program.settings.LOCKS.parent):
        assert not folder.exists() or not folder.stat().st_mode & stat.S_IWOTH, folder


def test_a_backup_by_an_earlier_release_is_respected(program: Any) -> None:
    earlier = program.settings.EARLIER_LOCKS / "hatchpod-backup-pod"
    with earlier.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with (
            pytest.raises(program.BackupError, match="Another backup or restore of pod runs"),
            program.workstation.alone("pod"),
        ):
            pass
    with program.workstation.alone("pod"):
        pass


Command = Callable[..., dict[str, Any]]


def test_command_line(world: World, command: Command, capfd: pytest.CaptureFixture[str]) -> None:
    assert command("check") == {"repository": "absent"}
    assert command("create", "pod", "--quiesce", "none")["workstation"] == "pod"
    assert command("check") == {"repository": "ready"}
    assert command("unlock") == {"repository": "unlocked"}
    assert command("restore", "pod")["workstation"] == "pod"
    with pytest.raises(SystemExit, match="no volume nope_home"):
        command("restore", "nope")
    assert PASSWORD not in "".join(capfd.readouterr())


def test_restic_itself_is_at_hand(world: World, command: Command, capfd: pytest.CaptureFixture[str]) -> None:
    world.create("none")
    with pytest.raises(SystemExit) as ended:
        command("restic", "snapshots", "--json")
    assert ended.value.code == 0
    assert [one["tags"] for one in json.loads(capfd.readouterr().out)] == [["pod"]]


def test_only_root_may(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="needs root"):
        program.command.main()


def test_a_host_without_settings_says_what_to_run(world: World, command: Command) -> None:
    (world.store / "settings.json").unlink()
    with pytest.raises(SystemExit, match="run `make backup` once"):
        command("run")
    (world.store / "settings.json").write_text("{")
    with pytest.raises(SystemExit, match="is not JSON"):
        command("run")


# --- all workstations, as the timer does ---


def test_one_that_fails_does_not_keep_the_others_from_their_snapshot(
    world: World, command: Command, capfd: pytest.CaptureFixture[str]
) -> None:
    world.configure(workstations=["gone", "pod"])
    with pytest.raises(SystemExit, match="gone: This host has no volume gone_home"):
        command("run")
    assert [one["workstation"] for one in json.loads(capfd.readouterr().out)["snapshots"]] == ["pod"]
    records = world.program.settings.RECORDS
    failure = json.loads((records / "gone.failure.json").read_text())
    assert "no volume gone_home" in failure["failure"]
    assert not (records / "gone.json").exists()
    world.configure(workstations=["pod"])
    assert len(command("run")["snapshots"]) == 1


def test_a_snapshot_that_succeeds_ends_the_note_of_a_failure(world: World) -> None:
    notes = world.program.settings.RECORDS / "pod.failure.json"
    (world.store / "PASSWORD").unlink()
    world.location.mkdir()
    (world.location / "config").touch()
    with pytest.raises(world.program.BackupError, match="set backup_password"):
        world.create()
    assert notes.exists()
    (world.location / "config").unlink()
    (world.store / "PASSWORD").write_text(PASSWORD)
    world.create()
    assert not notes.exists()


# --- settings and secrets are tried before they are stored ---


def try_out(world: World, files: dict[str, str | None]) -> dict[str, str]:
    done: dict[str, str] = world.program.candidate.try_out(json.dumps(files), world.store)
    return done


def test_given_files_are_tried_and_what_is_not_given_is_the_stored_one(world: World, tmp_path: Path) -> None:
    before = {path: path.read_text() for path in world.store.iterdir()}
    world.create("none")
    assert try_out(world, {}) == {"repository": "ready"}
    with pytest.raises(world.program.BackupError, match="does not open the repository"):
        try_out(world, {"PASSWORD": "another password"})
    elsewhere = json.dumps({"repository": str(tmp_path / "other"), "host": "testhost"})
    assert try_out(world, {"settings.json": elsewhere}) == {"repository": "absent"}
    assert {path: path.read_text() for path in world.store.iterdir()} == before
    assert list(world.program.settings.RUN.iterdir()) == []


def test_first_settings_need_no_stored_ones(world: World) -> None:
    given = {path.name: path.read_text() for path in world.store.iterdir()}
    shutil.rmtree(world.store)
    assert try_out(world, {**given, "known_hosts": None}) == {"repository": "absent"}
