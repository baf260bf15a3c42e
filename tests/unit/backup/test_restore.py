"""Restores: all comes back, or the home is as it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from unit.backup.conftest import World
from unit.backup.furniture import furnish, listing


def test_restore_brings_everything_back(world: World) -> None:
    furnish(world.home)
    before = listing(world.home)
    world.create()
    for path in world.home.iterdir():
        if path.name != ".hatchpod":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (world.home / "notes").write_text("later")
    (world.home / "new").write_text("later")
    world.home.chmod(0o777)
    done = world.restore()
    assert listing(world.home) == before
    assert done["down_seconds"] <= done["seconds"]
    assert world.calls()[-3:] == ["stop", "start", "exec"]
    assert [path.name for path in world.home.parent.iterdir()] == ["_data"]


def test_earlier_snapshot_by_its_id(world: World) -> None:
    first = world.create()["snapshot"]
    (world.home / "notes").write_text("second")
    world.create()
    (world.home / "notes").write_text("third")
    world.restore()
    assert (world.home / "notes").read_text() == "second"
    world.restore(first)
    assert (world.home / "notes").read_text() == "first"
    with pytest.raises(world.program.BackupError, match=f"ffffffff is no snapshot of pod on testhost; .*{first}"):
        world.restore("ffffffff")
    with pytest.raises(world.program.BackupError, match="no snapshot of pod on elsewhere, only pod on testhost"):
        world.restore(first, ("elsewhere", "pod"))


def test_home_that_does_not_start_gives_way_to_the_earlier_one(world: World) -> None:
    world.create()
    (world.home / "notes").write_text("second")
    (world.folder / "not-ready").touch()
    with pytest.raises(
        world.program.BackupError, match=r"as it was before.*sshd is failed\nIts log ends with:\nthe end of the log"
    ):
        world.restore()
    assert (world.home / "notes").read_text() == "second"
    assert world.state() == {"Running": True, "Paused": False}
    assert [path.name for path in world.home.parent.iterdir()] == ["_data"]


def test_stopped_workstation_stays_stopped(world: World) -> None:
    world.create("none")
    world.set({"Running": False, "Paused": False})
    world.restore()
    assert world.calls() == []


def test_failed_restore_does_not_stop_the_workstation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.create("none")
    (world.home / "notes").write_text("second")

    def fail(_self: Any, _snapshot: str, target: Path) -> None:
        (target / "half").write_text("")
        raise world.program.BackupError("pack is damaged")

    monkeypatch.setattr(world.program.restic.Repository, "restore", fail)
    with pytest.raises(world.program.BackupError, match="pack is damaged"):
        world.restore()
    assert world.calls() == []
    assert (world.home / "notes").read_text() == "second"
    assert [path.name for path in world.home.parent.iterdir()] == ["_data"]


def test_too_small_disk_is_noticed_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.create("none")
    monkeypatch.setattr(world.program.restoring.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(9, 9, 0))
    with pytest.raises(world.program.BackupError, match=r"only 0\.0 GB are free"):
        world.restore()
    assert world.calls() == []


def test_restore_cut_off_between_its_steps_is_taken_up(world: World) -> None:
    world.create("none")
    (world.home / "notes").write_text("second")
    world.home.rename(world.home.with_name("before-restore"))
    (world.home.with_name("restoring") / "half").mkdir(parents=True)
    world.restore()
    assert (world.home / "notes").read_text() == "first"
    assert [path.name for path in world.home.parent.iterdir()] == ["_data"]


def test_earlier_home_is_never_overwritten(world: World) -> None:
    earlier = world.home.with_name("before-restore")
    earlier.mkdir()
    (earlier / "precious").touch()
    with pytest.raises(world.program.BackupError, match="still holds the home from before it"):
        world.restore()
    assert (earlier / "precious").exists()


def test_volume_on_a_mount_is_refused(world: World) -> None:
    (world.folder / "options").write_text(json.dumps({"device": "/data", "o": "bind", "type": "none"}))
    with pytest.raises(world.program.BackupError, match="mount of its own"):
        world.restore()
