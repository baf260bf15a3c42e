"""Removal: first the workstation alone, which can come back; then everything that Hatchpod put onto the machine."""

from __future__ import annotations

import pytest

from hosts.engine_data import BASE
from hosts.virtual.reached import Reached, difference, recall

HOST, NAME = "vps", "hatchpod"
HOME = f"/var/lib/docker/volumes/{NAME}_home/_data"
# What stays is Docker Engine, as Debian packages it, with its configuration.
ENGINE = {
    "docker.service",
    "docker.socket",
    "containerd.service",
    "apparmor.service",
    "nftables.service",
    "ubuntu-fan.service",
}
# What packages' scripts write for themselves: users and the libraries' index.
USERS = [
    f"/etc/{name}{old}" for name in ("passwd", "shadow", "group", "gshadow", "subuid", "subgid") for old in ("", "-")
]
WRITTEN_BY_PACKAGES = {"/etc/ld.so.cache", *USERS}
EVERYTHING = ("--extra-vars", '{"remove_everything": true, "remove_confirmed": true}')


def listed(scenario: Reached, *command: str) -> list[str]:
    return sorted(scenario.on(HOST, "docker", *command).split())


def test_without_more_words_files_and_passwords_stay(scenario: Reached) -> None:
    secrets = scenario.on(HOST, "sh", "-c", "cd /etc/hatchpod && find . -type f | sort | xargs sha256sum")
    scenario.play("playbooks/remove.yml")
    assert listed(scenario, "ps", "--all", "--quiet") == []
    assert listed(scenario, "volume", "ls", "--quiet") == [f"{NAME}_docker-data", f"{NAME}_home"]
    assert scenario.on(HOST, "cat", f"{HOME}/workspace/project/file") == "kept"
    assert scenario.on(HOST, "sh", "-c", "cd /etc/hatchpod && find . -type f | sort | xargs sha256sum") == secrets
    assert any(
        name.startswith("hatchpod/workstation")
        for name in listed(scenario, "image", "ls", "--format", "{{.Repository}}")
    )


def test_a_workstation_that_the_inventory_does_not_name_stops_it(scenario: Reached) -> None:
    image = listed(scenario, "image", "ls", "--quiet")[0]
    scenario.on(HOST, "docker", "create", "--name", "other", "--label", "hatchpod.workstation=other", image)
    try:
        done = scenario.play("playbooks/remove.yml", *EVERYTHING, check=False)
    finally:
        scenario.on(HOST, "docker", "rm", "--volumes", "other")
    assert done.returncode != 0
    assert "this inventory does not name: other" in " ".join((done.stdout + done.stderr).split())
    assert listed(scenario, "volume", "ls", "--quiet") == [f"{NAME}_docker-data", f"{NAME}_home"]


@pytest.fixture(scope="module")
def removed(scenario: Reached) -> dict[str, list[str]]:
    """Remove everything; give what differs from the bare machine, once the kernel has its own settings again."""
    scenario.on(HOST, "docker", "image", "rm", BASE)  # other scenarios' furniture on the disk
    scenario.on(HOST, "install", "-D", "/dev/null", "/var/cache/hatchpod/restic/CACHEDIR.TAG")  # as a backup leaves it
    scenario.play("playbooks/remove.yml", *EVERYTHING)
    scenario.reboot(HOST)
    return difference(recall(scenario, "before"), scenario.traces(HOST))


def test_containers_volumes_images_and_networks_are_gone(removed: dict[str, list[str]], scenario: Reached) -> None:
    assert listed(scenario, "ps", "--all", "--quiet") == []
    assert listed(scenario, "volume", "ls", "--quiet") == []
    assert listed(scenario, "image", "ls", "--all", "--quiet") == []
    assert listed(scenario, "network", "ls", "--format", "{{.Name}}") == ["bridge", "host", "none"]


def test_of_the_files_that_no_package_brought_only_the_engine_s_configuration_stays(
    removed: dict[str, list[str]], scenario: Reached
) -> None:
    owned = scenario.on(HOST, "sh", "-c", "cat /var/lib/dpkg/info/*.list").splitlines()
    files = set(removed["files"]) - set(owned)
    files = {name for name in files if not name.startswith("/etc/apparmor.d/")}  # written by apparmor's own scripts
    assert files - WRITTEN_BY_PACKAGES == {"/etc/docker/daemon.json"}
    assert "sysbox" not in scenario.on(HOST, "cat", "/etc/docker/daemon.json")


def test_units_settings_and_users_are_as_before(removed: dict[str, list[str]]) -> None:
    assert set(removed["units"]) <= ENGINE
    assert removed["settings"] == []
    assert removed["users"] == []


def test_of_hatchpod_only_the_record_of_the_engine_s_configuration_stays(
    removed: dict[str, list[str]], scenario: Reached
) -> None:
    assert [name for name in removed["folders"] if "hatchpod" in name or "sysbox" in name] == ["/var/lib/hatchpod"]
    assert scenario.on(HOST, "ls", "/var/lib/hatchpod") == "docker_engine.json"
    assert scenario.on(HOST, "find", "/", "-xdev", "-name", "*hatchpod*") == "/var/lib/hatchpod"


def test_only_packages_that_the_engine_needs_stay(removed: dict[str, list[str]], scenario: Reached) -> None:
    assert "docker.io" in removed["packages"]
    assert not [name for name in removed["packages"] if "sysbox" in name]


def test_a_second_removal_finds_nothing(removed: dict[str, list[str]], scenario: Reached) -> None:
    done = scenario.play(
        "playbooks/remove.yml", "--extra-vars", '{"remove_everything": true, "remove_confirmed": true}'
    )
    assert "changed=0" in done.stdout
