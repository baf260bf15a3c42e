"""Backup and restore, also onto a host that has nothing but the repository and its password."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.machine import Host, Workstation, docker
from unit.backup.furniture import furnish, listing
from unit.backup.servers import SftpServer

STORE = Path("/etc/hatchpod/backup")
RECORDS = Path("/var/lib/hatchpod/backup")


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    """Keep a backup repository for one test, on a machine that has no backups of its own."""
    if STORE.exists():
        pytest.skip("this machine keeps backups of its own, with their password")
    yield tmp_path / "repository"
    for folder in (STORE, RECORDS):
        shutil.rmtree(folder, ignore_errors=True)


def test_a_restored_home_is_what_was_backed_up(host: Host, repository: Path) -> None:
    def manifest() -> str:
        return host.first.exec(
            "sh", "-c", "cd /home/hatchpod && find workspace .ssh -printf '%p %m %u %s %T@ %l\\n' | sort"
        )

    host.first.exec(
        "sh",
        "-c",
        "cd ~/workspace && echo kept > 'a file' && chmod 640 'a file' && ln -s 'a file' link",
        user="hatchpod",
    )
    before = manifest()
    choice = f"backup_repository={repository} only_workstation={host.first.name}"
    host.make("backup", f"ARGS=--extra-vars '{choice}'")
    host.first.exec("sh", "-c", "cd ~/workspace && rm 'a file' && echo new > other", user="hatchpod")
    assert manifest() != before

    host.make("restore", f"ARGS=--extra-vars '{choice} restore_confirmed=true'")
    host.first.status()
    assert manifest() == before
    assert host.first.state("sshd") == "ready"


@pytest.fixture
def stopped() -> Iterator[Callable[[Workstation], None]]:
    """Stop workstations, which run again after the test."""
    names: list[str] = []

    def stop(workstation: Workstation) -> None:
        names.append(workstation.name)
        docker("stop", workstation.name)

    yield stop
    for name in names:
        docker("start", name)


def home(workstation: Workstation) -> Path:
    """Return the folder of a workstation's home on the host."""
    return Path(docker("volume", "inspect", "--format", "{{.Mountpoint}}", f"{workstation.name}_home"))


def inventory(host: Host, name: str, *workstations: Workstation, **variables: Any) -> str:
    """Write an inventory in which this machine has a name. Returns the argument that chooses it."""
    path = host.folder / f"{name}.yml"
    known = {"workstations": [one.settings for one in workstations], "restore_confirmed": True, **variables}
    path.write_text(yaml.safe_dump({"all": {"hosts": {name: {"ansible_connection": "local"}}, "vars": known}}))
    return f"INVENTORY={path}"


def test_a_home_moves_to_another_host_through_sftp(
    host: Host, repository: Path, tmp_path: Path, stopped: Callable[[Workstation], None]
) -> None:
    """The other host is this machine under another name, without anything that the first one stored."""
    server = SftpServer(tmp_path / "server")
    key = server.host_key.with_suffix(".pub").read_text().strip()
    sftp = {"backup_repository": server.repository, "backup_sftp_port": server.port, "backup_sftp_host_keys": [key]}
    old = inventory(host, "old", host.first, **sftp, backup_keep_last=3, backup_schedule="daily")
    own = inventory(host, "own", host.second, backup_repository=str(repository))
    with server.up():
        host.make("backup", own)
        second_password = (STORE / "PASSWORD").read_text().strip()
        shutil.rmtree(STORE)

        refused = host.make("backup", old, check=False)
        assert refused.returncode != 0
        line = (STORE / "SFTP_KEY.pub").read_text()
        assert " ".join(line.split()) in " ".join(refused.stdout.split())
        assert not (STORE / "settings.json").exists()
        server.authorized.write_text(line)

        stopped(host.first)
        furnish(home(host.first))
        before = listing(home(host.first))
        told = host.make("backup", old, "ARGS=-vvv").stdout
        password = (STORE / "PASSWORD").read_text().strip()
        assert password not in told
        status = json.loads(host.make("status", old, "JSON=1").stdout)["workstations"][0]
        assert status["last_backup"]["repository"] == server.repository
        assert status["backup_schedule"] == "daily"

        for folder in (STORE, RECORDS):
            shutil.rmtree(folder)
        stopped(host.second)
        origin = {"backup_snapshot_host": "old", "backup_snapshot_workstation": host.first.name}
        unknown = host.make("restore", inventory(host, "new", host.second, **sftp, **origin), check=False)
        server.authorized.write_text((STORE / "SFTP_KEY.pub").read_text())
        assert unknown.returncode != 0
        lacking = host.make("restore", inventory(host, "new", host.second, **sftp, **origin), check=False)
        assert "this host does not know its password" in " ".join(lacking.stdout.split())
        given = {"backup_password": password}
        mistaken = {**origin, "backup_snapshot_host": "olden"}
        wrong = host.make("restore", inventory(host, "new", host.second, **sftp, **mistaken, **given), check=False)
        assert f"only {host.first.name} on old" in " ".join(wrong.stdout.split())
        host.make("restore", inventory(host, "new", host.second, **sftp, **origin, **given))
    assert listing(home(host.second)) == before
    for one in (host.first, host.second):
        docker("start", one.name)
    assert {host.first.state("sshd"), host.second.state("sshd")} == {"ready"}

    host.make(
        "restore",
        inventory(host, "own", host.second, backup_repository=str(repository), backup_password=second_password),
    )
    assert host.second.state("sshd") == "ready"
