"""Check mode on hosts that have nothing yet: it tells what would happen, and changes nothing."""

from __future__ import annotations

import pytest

from e2e.machine import docker
from hosts.scenario import Scenario, changed_tasks, recap

# What logging in by SSH, or time alone, changes on any host.
RESTLESS = ("/var/log", "/var/lib/systemd", "/var/tmp", "/tmp", "/run", "/home/admin", "/root/.ansible")


def files_changed(scenario: Scenario, host: str) -> set[str]:
    """Return what differs on the host's disk from what it was made with."""
    changes = docker("diff", scenario.container(host)).splitlines()
    return {line for line in changes if not line.split(" ", 1)[1].startswith(RESTLESS) and "__pycache__" not in line}


@pytest.fixture(scope="module")
def checked(scenario: Scenario) -> tuple[str, dict[str, set[str]]]:
    """Run check mode once; give its output and what it changed on each host."""
    before = {host: files_changed(scenario, host) for host in scenario.hosts}
    output = scenario.play("playbooks/site.yml", "--check", "--diff").stdout
    return output, {host: files_changed(scenario, host) - before[host] for host in scenario.hosts}


def test_it_tells_of_every_step_on_every_host(scenario: Scenario, checked: tuple[str, dict[str, set[str]]]) -> None:
    output, _ = checked
    assert {counts["failed"] + counts["unreachable"] for counts in recap(output).values()} == {0}
    predicted = " ".join(changed_tasks(output))
    for step in ("Engine runs", "Packages would be installed", "Sysbox", "Image", "Secrets", "Password of the API"):
        assert step in predicted, step
    assert output.count("docker.io") >= len(scenario.hosts)
    assert "Nothing was changed: everything is as it should be" not in output


def test_it_changes_nothing(checked: tuple[str, dict[str, set[str]]]) -> None:
    _, changes = checked
    assert changes == {host: set() for host in changes}


def test_no_docker_is_there_yet(scenario: Scenario) -> None:
    for host in scenario.hosts:
        assert scenario.on(host, "sh", "-c", "command -v docker dockerd containerd runc || echo none") == "none"
