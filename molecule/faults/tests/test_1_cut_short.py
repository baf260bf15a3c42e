"""First runs that are killed or cut off on their way: the next run always ends in the same state.

The host is bare at first. Five runs in a row are interrupted, each further on, before one may end. Then the workstation
is taken away again and again, the next first run interrupted at another point, and one normal run compared.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from hosts.interruption import Interrupted
from hosts.scenario import Scenario, recap

HOST, NAME = "trixie", "hatchpod"
SEED = random.SystemRandom().randrange(10**6)  # of the moments after a task's start; shown when a test fails
# Where runs are interrupted: so many tasks later than the first one that changes something.
HOST_BEGINS = "docker_host : Engine runs with its configuration"
BARE_POINTS = (0, 3, 3, 6, 9)
WORKSTATION_BEGINS = "workstation : Secrets of the workstation are in place"
WORKSTATION_POINTS = (0, 0, 1, 2, 2, 3, 4, 5, 6, 7)
RESET = f"""
docker rm --force {NAME}
docker volume rm {NAME}_home {NAME}_docker-data
rm -rf /etc/hatchpod
"""


def state(scenario: Scenario) -> dict[str, Any]:
    """Return what two hosts after the same playbook must have in common."""
    (container,) = json.loads(scenario.on(HOST, "docker", "inspect", NAME))
    status = json.loads(scenario.on(HOST, "docker", "exec", NAME, "/usr/lib/hatchpod/status", "--wait", "60"))
    return {
        "files": scenario.on(HOST, "sh", "-c", "find /etc/hatchpod /etc/docker -printf '%y %m %U:%G %p\\n' | sort"),
        "engine": json.loads(scenario.on(HOST, "cat", "/etc/docker/daemon.json")),
        "packages": scenario.on(HOST, "dpkg-query", "--show", "--showformat", "${Package} ${Status}\\n"),
        "image": container["Image"],
        "container": {key: container["HostConfig"][key] for key in ("Binds", "PortBindings", "Runtime", "Tmpfs")},
        "services": {name: service["state"] for name, service in status["services"].items()},
        "secrets": scenario.on(HOST, "sh", "-c", "find /etc/hatchpod/*/secrets -name '[!.]*' -empty"),
    }


@pytest.fixture(scope="module")
def moments() -> random.Random:
    """Where after a task's start the blow falls."""
    return random.Random(SEED)  # noqa: S311 - no secret


@pytest.fixture(scope="module")
def expected(scenario: Scenario, moments: random.Random) -> dict[str, Any]:
    """The state after several interrupted runs on a bare host, and one that was let be."""
    for number, point in enumerate(BARE_POINTS):
        way = Interrupted(scenario).cut if number % 2 else Interrupted(scenario).killed
        way(HOST_BEGINS, point, moments.uniform(0, 3))
    scenario.play("playbooks/site.yml")
    return state(scenario)


def test_a_bare_host_on_which_run_after_run_was_interrupted_is_ready(
    scenario: Scenario, expected: dict[str, Any]
) -> None:
    wanted = {name for name, service in expected["services"].items() if service != "ready"}
    assert wanted == {"tailscaled"}, SEED
    assert expected["secrets"] == "", SEED
    assert recap(scenario.play("playbooks/site.yml").stdout)[HOST]["changed"] == 0, SEED


@pytest.mark.parametrize(("number", "point"), list(enumerate(WORKSTATION_POINTS)))
def test_one_run_after_an_interrupted_one_is_enough(
    scenario: Scenario, expected: dict[str, Any], moments: random.Random, number: int, point: int
) -> None:
    scenario.on(HOST, "sh", "-ec", RESET)
    way = Interrupted(scenario).cut if number % 2 else Interrupted(scenario).killed
    task = way(WORKSTATION_BEGINS, point, moments.uniform(0, 1))
    scenario.play("playbooks/site.yml")
    assert state(scenario) == expected, f"interrupted in {task}, seed {SEED}"


def test_after_all_that_a_run_changes_nothing(scenario: Scenario, expected: dict[str, Any]) -> None:
    assert recap(scenario.play("playbooks/site.yml").stdout)[HOST]["changed"] == 0, SEED
    assert state(scenario) == expected, SEED
