"""The machine is rebooted by its owner: the workstation is back by itself, with everything that was in it."""

from __future__ import annotations

import json

import pytest

from hosts.scenario import recap
from hosts.virtual.reached import Reached
from hosts.visitor import Visitor

HOST, NAME = "vps", "hatchpod"
WORK = """
umask 027
mkdir -p ~/workspace/project
echo kept > ~/workspace/project/file
touch -d 2001-02-03 ~/workspace/project/file
tar -cf - -C /etc hostname | docker import - kept:1
"""


def kept(scenario: Reached) -> dict[str, str]:
    """Return what must outlive a reboot."""

    def inside(user: str, script: str) -> str:
        return scenario.on(HOST, "docker", "exec", "--user", user, NAME, "bash", "-lc", script)

    return {
        "container": scenario.on(HOST, "docker", "inspect", "--format", "{{.Id}}", NAME),
        "file": inside("hatchpod", "cd ~/workspace && stat -c '%n %A %U %Y' project project/file && cat project/file"),
        "inner image": inside("hatchpod", "docker image inspect --format '{{.Id}}' kept:1"),
        "host keys": inside("root", "cat /home/hatchpod/.hatchpod/ssh/*.pub"),
        "secrets": scenario.on(HOST, "sh", "-c", "find /etc/hatchpod -type f | sort | xargs sha256sum"),
    }


@pytest.fixture(scope="module")
def before(scenario: Reached) -> dict[str, str]:
    """Work in the workstation, then reboot the machine; give what was there before."""
    scenario.on(HOST, "docker", "exec", "--user", "hatchpod", NAME, "bash", "-lc", WORK)
    found = kept(scenario)
    scenario.reboot(HOST)
    return found


def test_the_workstation_starts_by_itself(before: dict[str, str], scenario: Reached) -> None:
    states = scenario.services(HOST, NAME)
    assert {name: state for name, state in states.items() if state != "ready"} == {"tailscaled": "off"}


def test_everything_is_as_it_was(before: dict[str, str], scenario: Reached) -> None:
    assert kept(scenario) == before


def test_the_same_password_logs_in_and_the_host_key_is_the_known_one(before: dict[str, str], visitor: Visitor) -> None:
    code, output = visitor.with_password(visitor.credentials()["SSH_PASSWORD"], "cat ~/workspace/project/file")
    assert (code, output.split()) == (0, ["kept"])


def test_no_unit_failed_and_a_run_finds_nothing_to_do(before: dict[str, str], scenario: Reached) -> None:
    assert scenario.on(HOST, "systemctl", "--failed", "--no-legend") == ""
    assert recap(scenario.play("playbooks/site.yml").stdout)[HOST]["changed"] == 0
    assert json.loads(scenario.on(HOST, "cat", "/etc/docker/daemon.json"))["runtimes"]
