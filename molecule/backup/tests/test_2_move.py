"""The old host is gone: its workstation's home comes back on another one, to the last mode, owner and time."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.machine import docker
from hosts.backed_up import NAME, BackedUp
from hosts.visitor import Visitor
from unit.backup.furniture import furnish, listing

ORIGIN = "backup_snapshot_host=old restore_confirmed=true"


@pytest.fixture(scope="module")
def host_keys(old: BackedUp) -> str:
    return old.on("docker", "exec", NAME, "sh", "-c", "cat /home/hatchpod/.hatchpod/ssh/*.pub")


def test_a_home_moves_to_a_host_of_another_release(old: BackedUp, new: BackedUp, host_keys: str) -> None:
    old.on("docker", "stop", NAME)
    furnish(old.home)
    old.play("backup")
    before = listing(old.home)
    docker("stop", old.scenario.container("old"))

    new.on("docker", "stop", NAME)  # so that nothing changes after the restore
    new.play("restore", ORIGIN)
    assert listing(new.home) == before


def test_people_go_on_there_and_ssh_knows_the_workstation(new: BackedUp, host_keys: str, tmp_path: Path) -> None:
    new.on("docker", "start", NAME)
    assert new.services() == {"tailscaled": "off"}
    assert new.on("docker", "exec", NAME, "sh", "-c", "cat /home/hatchpod/.hatchpod/ssh/*.pub") == host_keys
    visitor = Visitor(new.scenario, "new", tmp_path)
    password = visitor.credentials()["SSH_PASSWORD"]
    assert visitor.with_password(password, "cat suid")[0] == 0
    assert visitor.with_password(password, "test -p fifo && echo there")[1].strip() == "there"


def test_the_old_host_is_told_to_be_out_of_reach(new: BackedUp) -> None:
    done = new.scenario.play("playbooks/status.yml", check=False)
    assert done.returncode != 0
    assert "hatchpod on old is unreachable" in done.stdout
