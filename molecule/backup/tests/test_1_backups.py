"""Backups that systemd makes, without a controller, of a workstation that people use."""

from __future__ import annotations

import json
import time

import pytest

from hosts.backed_up import NAME, PATIENCE, PROGRAM, UNIT, BackedUp, states

OFTEN = json.dumps({"backup_schedule": "*:*:0/10", "backup_schedule_delay": "0"})
REPOSITORY = "/home/admin/repository"
RELEASE = "hatchpod-backup-release.service"
HELD = f"/var/lib/hatchpod/backup/{NAME}.held"


def test_the_timer_waits_for_its_time(old: BackedUp) -> None:
    assert old.on("systemctl", "is-enabled", "hatchpod-backup.timer") == "enabled"
    assert old.on("systemctl", "is-active", "hatchpod-backup.timer") == "active"
    assert old.snapshots() == []


def test_it_makes_snapshots_by_itself_and_keeps_as_many_as_are_wanted(old: BackedUp) -> None:
    since = old.now()
    old.play("site", OFTEN)
    known: set[str] = set()
    deadline = time.monotonic() + PATIENCE
    while len(known) < 3:
        assert time.monotonic() < deadline, old.on("journalctl", "--no-pager", "--unit", UNIT)
        known |= {one["id"] for one in old.snapshots()}
        time.sleep(1)
    old.play("site")  # daily again
    old.settled()
    assert len(old.snapshots()) == 2
    happened = old.events(since)
    assert happened[:2] == ["pause", "unpause"]
    assert set(happened) == {"pause", "unpause"}
    assert old.services() == {"tailscaled": "off"}


@pytest.mark.parametrize(("quiesce", "expected"), [("stop", ["die", "start"]), ("none", [])])
def test_how_the_workstation_is_kept_still_can_be_chosen(old: BackedUp, quiesce: str, expected: list[str]) -> None:
    old.play("site", f"backup_quiesce={quiesce}")
    since = old.now()
    old.on("systemctl", "start", UNIT)
    assert old.events(since) == expected
    assert old.services() == {"tailscaled": "off"}
    old.play("site")


KILL = f"""
systemctl start --no-block {UNIT}
until [ "$(docker inspect --format '{{{{.State.Paused}}}}' {NAME})" = true ]; do sleep 0.05; done
systemctl kill --kill-whom=main --signal=KILL {UNIT}
while [ "$(systemctl is-active {UNIT})" != failed ]; do sleep 0.2; done
"""


def test_the_workstation_of_a_backup_that_is_killed_goes_on(old: BackedUp) -> None:
    old.settled()
    since = old.now()
    old.on("timeout", str(PATIENCE), "sh", "-c", KILL)
    assert old.events(since) == ["pause", "unpause"]
    assert old.services() == {"tailscaled": "off"}
    old.on(PROGRAM, "unlock")  # restic's own lock in the repository
    old.on("systemctl", "start", UNIT)


def test_what_a_backup_had_stopped_when_the_host_went_down_starts_with_it(old: BackedUp) -> None:
    """Of going down, this is what is left: a container that was stopped, and the note of it."""
    assert old.on("systemctl", "is-enabled", RELEASE) == "enabled"
    started = old.on("docker", "inspect", "--format", "{{.State.StartedAt}}", NAME)
    old.on("docker", "stop", NAME)
    old.on("sh", "-c", f"echo '{json.dumps({'quiesce': 'stop', 'started': started})}' >{HELD}")
    old.on("systemctl", "start", RELEASE)
    assert old.services() == {"tailscaled": "off"}
    assert old.on("sh", "-c", f"ls {HELD} 2>/dev/null || echo gone") == "gone"


def test_a_deployment_waits_for_a_backup_that_is_at_work(old: BackedUp) -> None:
    """As long as a big home takes."""
    still = f"docker pause {NAME}; sleep 90; docker unpause {NAME}"
    old.on("systemd-run", "flock", f"/run/hatchpod-backup/{NAME}.still", "sh", "-c", still)
    assert f"A backup or restore of {NAME} is at work; waiting up to 600 s for it to end." in old.play("site")
    assert old.services() == {"tailscaled": "off"}


def test_a_backup_that_fails_says_so_deletes_nothing_and_is_made_up_for(old: BackedUp, new: BackedUp) -> None:
    before = {one["id"] for one in old.snapshots()}
    new.on("mv", REPOSITORY, f"{REPOSITORY}.away")
    try:
        old.on("systemctl", "start", UNIT, check=False)
        assert old.on("systemctl", "is-failed", UNIT) == "failed"
        assert new.on("ls", REPOSITORY, check=False) == "", "nothing is made in its place"
    finally:
        new.on("mv", f"{REPOSITORY}.away", REPOSITORY)
    row = states(old.scenario)["old"]
    assert "held a repository, and is empty now or not there" in row["failed_backup"]["reason"]
    assert row["state"] == "healthy"
    assert {one["id"] for one in old.snapshots()} == before
    old.on("systemctl", "start", UNIT)
    assert states(old.scenario)["old"]["failed_backup"] is None


def test_a_wrong_password_is_refused_and_the_stored_one_stays(old: BackedUp) -> None:
    before = old.snapshots()
    assert "The password does not open the repository" in old.play(
        "backup", "backup_password=not-the-one-of-the-repository", check=False
    )
    assert old.snapshots() == before


def test_a_check_of_a_server_that_is_met_first_does_not_take_its_key(old: BackedUp) -> None:
    accepted = "/var/lib/hatchpod/backup/known_hosts"
    old.on("mv", accepted, f"{accepted}.away")
    try:
        old.scenario.play("playbooks/backup.yml", "--limit", "old", "--check")
        assert old.on("sh", "-c", f"ls {accepted} 2>/dev/null || echo none") == "none"
    finally:
        old.on("mv", f"{accepted}.away", accepted)


def test_status_of_all_hosts_has_every_column(old: BackedUp) -> None:
    rows = states(old.scenario)
    assert set(rows) == {"old", "new"}
    for row in rows.values():
        assert row["workstation"] == NAME
        assert row["image"].startswith("hatchpod/workstation:")
        assert row["claude"][0].isdecimal()
        assert {one["state"] for one in row["services"].values()} == {"ready", "off"}
        assert row["home_bytes"] > 0
        assert row["free_bytes"] > 0
        assert row["tailscale"] is None
    newest = max(old.snapshots(), key=lambda one: str(one["time"]))
    assert newest["id"].startswith(rows["old"]["last_backup"]["snapshot"])
    assert rows["old"]["next_backup"]
    assert rows["new"]["last_backup"] is None
    table = old.scenario.play("playbooks/status.yml").stdout
    for column in ("HOST", "IMAGE", "CLAUDE", "SERVICES", "HOME", "FREE", "BACKUP", "NEXT", "TAILSCALE"):
        assert column in table


def test_a_schedule_that_is_taken_out_of_the_inventory_ends(new: BackedUp) -> None:
    new.play("site", "backup_schedule=daily")
    assert new.on("systemctl", "is-active", "hatchpod-backup.timer") == "active"
    new.play("site")
    assert new.on("systemctl", "is-active", "hatchpod-backup.timer", check=False) == "inactive"
    assert states(new.scenario)["new"]["backup_schedule"] is None
