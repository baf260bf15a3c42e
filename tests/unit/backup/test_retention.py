"""Old snapshots go by the rules, and only those of this workstation on this host."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from unit.backup.conftest import World

Command = Callable[..., dict[str, Any]]


def snapshots(world: World) -> list[tuple[str, list[str]]]:
    """Return host and tags of every snapshot."""
    found = json.loads(world.repository._restic("snapshots").stdout) or []
    return sorted((one["hostname"], sorted(one["tags"])) for one in found)


def test_all_stay_without_a_rule(world: World) -> None:
    for _ in range(3):
        assert world.create("none")["removed"] == 0
    assert len(snapshots(world)) == 3


def test_only_snapshots_of_this_workstation_on_this_host_go(
    world: World, command: Command, capfd: pytest.CaptureFixture[str]
) -> None:
    for host in ("elsewhere", "testhost", "testhost"):
        world.configure(host=host)
        kept = world.create("none")["snapshot"]
    for _ in range(2):
        world.repository.backup("other", world.home)
    with pytest.raises(SystemExit) as ended:
        command("restic", "tag", "--add", "keep", kept)
    assert ended.value.code == 0
    capfd.readouterr()
    world.configure(keep={"last": 1, "daily": 0})
    # The first snapshot of this host, which is no longer the newest; the one with the tag stays.
    assert world.create("none")["removed"] == 1
    mine = [("testhost", ["keep", "pod"]), ("testhost", ["pod"])]
    assert snapshots(world) == [("elsewhere", ["pod"]), *sorted([*mine, *[("testhost", ["other"])] * 2])]
    world.restore()
    assert (world.home / "notes").read_text() == "first"


@pytest.mark.parametrize("rule", ["daily", "weekly", "monthly", "yearly"])
def test_one_of_each_period_stays(world: World, rule: str) -> None:
    world.create("none")
    world.configure(keep={rule: 1})
    assert world.create("none")["removed"] == 1


def test_nothing_goes_when_the_backup_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        world.create("none")
    world.configure(keep={"last": 1})

    def fail(*_: Any) -> None:
        raise world.program.BackupError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(world.program.restic.Repository, "backup", fail)
        with pytest.raises(world.program.BackupError, match="the disk is gone"):
            world.create()
    assert len(snapshots(world)) == 2


def test_snapshot_counts_though_older_ones_cannot_be_removed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise world.program.BackupError("locked")

    monkeypatch.setattr(world.program.restic.Repository, "thin", fail)
    with pytest.raises(world.program.BackupError, match=r"was made, and older ones could not be removed: locked"):
        world.create()
    records = world.program.settings.RECORDS
    assert {path.name for path in records.glob("pod*")} == {"pod.json", "pod.failure.json"}
