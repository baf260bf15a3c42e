"""Snapshots: consistent, and the workstation goes on; what is no repository is left alone."""

from __future__ import annotations

import json
import shutil

import pytest

from unit.backup.conftest import World


def test_snapshot_is_made_while_the_workstation_is_frozen(world: World) -> None:
    done = world.create()
    assert world.calls() == ["pause", "unpause"]
    assert world.state() == {"Running": True, "Paused": False}
    assert done["added_bytes"] > 0
    assert json.loads((world.program.settings.RECORDS / "pod.json").read_text()) == {
        key: done[key] for key in done if key != "removed"
    }
    found = world.repository.find("pod", done["snapshot"], "testhost")
    assert (found["hostname"], found["tags"]) == ("testhost", ["pod"])


@pytest.mark.parametrize(
    ("quiesce", "before", "calls"),
    [
        ("stop", {"Running": True, "Paused": False}, ["stop", "restart"]),
        ("none", {"Running": True, "Paused": False}, []),
        ("pause", {"Running": False, "Paused": False}, []),
        ("stop", {"Running": True, "Paused": True}, []),
        ("pause", None, []),
    ],
)
def test_workstation_is_left_as_it_was(
    world: World, quiesce: str, before: dict[str, bool] | None, calls: list[str]
) -> None:
    world.set(before)
    world.create(quiesce)
    assert world.calls() == calls
    assert world.state() == before


@pytest.mark.parametrize("failure", [RuntimeError("disk"), KeyboardInterrupt(), SystemExit(143)])
@pytest.mark.parametrize("quiesce", ["pause", "stop"])
def test_workstation_goes_on_after_a_failure(world: World, quiesce: str, failure: BaseException) -> None:
    with pytest.raises(type(failure)), world.program.workstation.held("pod", quiesce):
        raise failure
    assert world.state() == {"Running": True, "Paused": False}


def test_home_that_never_was_one_is_refused(world: World) -> None:
    shutil.rmtree(world.home / ".hatchpod")
    with pytest.raises(world.program.BackupError, match="nothing to back up"):
        world.create()
    assert not world.location.exists()


def test_missing_volume_is_named(world: World) -> None:
    with pytest.raises(world.program.BackupError, match="no volume other_home"):
        world.create(name="other")


def test_other_content_is_left_alone(world: World) -> None:
    folder = world.location
    folder.mkdir()
    (folder / "photo").write_text("mine")
    with pytest.raises(world.program.BackupError, match="Set backup_repository to another place"):
        world.create()
    assert [path.name for path in folder.iterdir()] == ["photo"]
    assert world.calls() == []


def test_wrong_password_changes_nothing(world: World) -> None:
    world.create()
    before = world.content()
    (world.store / "PASSWORD").write_text("another password")
    calls = world.calls()
    with pytest.raises(world.program.BackupError, match="does not open the repository"):
        world.create()
    with pytest.raises(world.program.BackupError, match="does not open the repository"):
        world.restore()
    assert world.content() == before
    assert world.calls() == calls


def test_repository_without_its_password_asks_for_it(world: World) -> None:
    world.create()
    (world.store / "PASSWORD").unlink()
    with pytest.raises(world.program.BackupError, match="set backup_password"):
        world.create()


def test_broken_repository_is_not_made_anew(world: World) -> None:
    world.create()
    config = world.location / "config"
    config.chmod(0o600)
    config.write_bytes(b"x" * 200)
    with pytest.raises(world.program.BackupError, match="restic cat failed"):
        world.create()
    assert config.read_bytes() == b"x" * 200
