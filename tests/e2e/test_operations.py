"""Looking after workstations: status, new passwords, removal."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from e2e.machine import Host, Workstation, docker, run


def sessions_status(workstation: Workstation, password: str) -> int:
    """Return what the API answers to a password."""
    address = f"http://127.0.0.1:{workstation.settings['api_port']}/api/sessions"
    return httpx.get(address, headers={"Authorization": f"Bearer {password}"}).status_code


def test_status_tells_of_every_workstation_as_a_table_and_as_json(host: Host) -> None:
    table = host.make("status").stdout
    document = json.loads(host.make("status", "JSON=1").stdout)
    by_name = {one["workstation"]: one for one in document["workstations"]}
    assert set(by_name) == {host.first.name, host.second.name}
    for name, one in by_name.items():
        assert one["state"] == "healthy"
        assert name in table
    assert "the host has no Sysbox runtime" in table


def test_status_tells_of_a_stopped_workstation_instead_of_failing(host: Host) -> None:
    docker("stop", host.second.name)
    try:
        assert "stopped" in host.make("status").stdout
    finally:
        docker("start", host.second.name)
        host.second.status()


def test_a_rotated_password_holds_at_once_and_the_others_stay(host: Host) -> None:
    before = dict(host.first.credentials)
    host.make("rotate", f"ARGS=--extra-vars 'only_workstation={host.first.name} rotate_only=API_PASSWORD'")
    lines = host.make("credentials", f"WORKSTATION={host.first.name}").stdout.splitlines()
    host.first.credentials = dict(line.split("=", 1) for line in lines)
    changed = {name for name, value in host.first.credentials.items() if value != before[name]}
    assert changed == {"API_PASSWORD"}
    host.first.status()
    assert sessions_status(host.first, before["API_PASSWORD"]) == 401
    assert sessions_status(host.first, host.first.credentials["API_PASSWORD"]) == 200


def test_a_password_that_the_inventory_gives_is_not_rotated(host: Host) -> None:
    answer = host.make("rotate", f"ARGS=--extra-vars only_workstation={host.second.name}", check=False)
    assert answer.returncode != 0
    assert "given in the inventory" in " ".join((answer.stdout + answer.stderr).split())
    assert sessions_status(host.second, host.second.credentials["API_PASSWORD"]) == 200


def test_an_upgrade_that_has_nothing_new_changes_nothing(host: Host) -> None:
    before = docker("inspect", "--format", "{{.Id}}", host.first.name)
    host.make("upgrade", "ARGS=--extra-vars image_rebuild=false")
    assert docker("inspect", "--format", "{{.Id}}", host.first.name) == before


def test_removal_asks_first_and_takes_the_volumes_only_when_told(host: Host) -> None:
    """On the second workstation, which the next run brings back with its home."""
    inventory = host.folder / "only-second.yml"
    inventory.write_text(host.inventory.read_text().replace(host.first.name, "hatchpod-e2e-nobody"))
    command = ["ansible-playbook", "--inventory", str(inventory), "playbooks/remove.yml"]
    root = Path(__file__).parents[2]

    refused = run(*command, "--extra-vars=workstation_remove_volumes=true", check=False, cwd=root, input="no\n")
    assert refused.returncode != 0
    assert docker("ps", "--quiet", "--filter", f"name={host.second.name}")

    host.second.exec("sh", "-c", "echo kept > /home/hatchpod/kept")
    run(*command, cwd=root)
    assert not docker("ps", "--all", "--quiet", "--filter", f"name={host.second.name}")
    assert docker("volume", "ls", "--quiet", "--filter", f"name={host.second.name}_home")
    host.up()
    assert host.second.exec("cat", "/home/hatchpod/kept") == "kept"
