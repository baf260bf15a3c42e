"""`playbooks/status.yml` with hosts that have nothing to tell: one without Docker, one that cannot be reached."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
PROGRAMS = ("cat", "cp", "df", "du", "env", "id", "python3", "sh", "sleep", "ssh", "timeout")  # what such hosts have


def status(folder: Path, hosts: dict[str, Any], *more: str) -> subprocess.CompletedProcess[str]:
    programs = folder / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        found = shutil.which(name, path="/usr/bin:/bin")
        assert found, name
        (programs / name).symlink_to(found)
    inventory = folder / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": {"ansible_become": False}}}))
    environment = os.environ | {
        "PATH": f"{programs}:{Path(sys.executable).parent}",
        "ANSIBLE_STDOUT_CALLBACK": "plain",
        "ANSIBLE_SSH_RETRIES": "0",
    }
    command = ["ansible-playbook", "--inventory", str(inventory), "playbooks/status.yml", *more]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def gone() -> dict[str, Any]:
    """A host whose SSH port is closed."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return {"ansible_host": "127.0.0.1", "ansible_port": one.getsockname()[1], "ansible_connection": "ssh"}


def test_every_host_has_a_row(tmp_path: Path, gone: dict[str, Any]) -> None:
    hosts = {"bare": {"ansible_connection": "local"}, "gone": gone}
    done = status(tmp_path, hosts, "--extra-vars", "status_format=json")
    rows = {row["host"]: row for row in json.loads(done.stdout)["workstations"]}
    assert (rows["bare"]["state"], rows["bare"]["reason"]) == ("absent", "Docker is not installed")
    assert rows["gone"]["state"] == "unreachable"
    assert "Connection refused" in rows["gone"]["reason"]
    assert done.returncode != 0
    assert "gone: its workstations are unknown" in done.stderr
    assert "bare" not in done.stderr


def test_table_is_there_when_no_host_can_be_reached(tmp_path: Path, gone: dict[str, Any]) -> None:
    done = status(tmp_path, {"gone": gone})
    assert done.stdout.splitlines()[1].split()[:3] == ["gone", "hatchpod", "unreachable"]
    assert done.returncode != 0


def test_hosts_that_tell_everything_end_without_an_error(tmp_path: Path) -> None:
    done = status(tmp_path, {"bare": {"ansible_connection": "local"}})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "hatchpod on bare is absent: Docker is not installed"
