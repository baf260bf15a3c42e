"""The tailnet of the scenario, and the nodes in it."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from hosts.scenario import Scenario
from hosts.tailnet import ServedHeadscale, headscale
from tailnet.node import Node

HOST = "trixie"
PATIENCE = 90  # seconds


@dataclass(frozen=True)
class Pod:
    """A workstation that is a node."""

    scenario: Scenario
    name: str

    def run(self, *command: str, user: str = "hatchpod", check: bool = True) -> str:
        """Run a command in it; return what it printed."""
        return self.scenario.on(HOST, "docker", "exec", "--user", user, self.name, *command, check=check)

    def shell(self, script: str, *, check: bool = True) -> str:
        """Run a script in a login shell of its user; return what it printed."""
        return self.run("bash", "-lc", script, check=check)

    def status(self) -> dict[str, Any]:
        """Return what the workstation says of itself once its services have settled."""
        return dict(json.loads(self.run("/usr/lib/hatchpod/status", "--wait", "60", user="root", check=False)))

    def node(self) -> dict[str, Any]:
        """Return what its Tailscale says."""
        return dict(json.loads(self.run("tailscale", "status", "--json", check=False)))

    @property
    def address(self) -> str:
        """Its address in the tailnet."""
        return str(self.node()["Self"]["TailscaleIPs"][0])

    def finds(self, other: Pod) -> bool:
        """Say whether another node answers it."""
        return "pong" in self.run("tailscale", "ping", "--c", "1", "--timeout", "5s", other.address, check=False)

    def settled(self, state: str = "Running") -> None:
        """Wait until Tailscale is in a state."""
        eventually(lambda: self.node().get("BackendState") == state, f"{self.name} is {state}")


def eventually(reached: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.3)


@pytest.fixture(scope="session")
def server(scenario: Scenario) -> ServedHeadscale:
    return headscale(scenario)


@pytest.fixture(scope="session")
def kernel(scenario: Scenario) -> Pod:
    return Pod(scenario, "kernel")


@pytest.fixture(scope="session")
def userspace(scenario: Scenario) -> Pod:
    return Pod(scenario, "userspace")


@pytest.fixture(scope="session")
def controller(server: ServedHeadscale) -> Iterator[Node]:
    """This machine as a node, as that of somebody who runs the playbooks."""
    with tempfile.TemporaryDirectory(prefix="tn") as folder, Node(Path(folder) / "node") as node:
        node.join(server.url, server.key(), "--hostname", "controller")
        yield node


@pytest.fixture(scope="session")
def inventory(scenario: Scenario) -> dict[str, Any]:
    """The variables that the scenario began with."""
    return dict(yaml.safe_load((scenario.folder / "inventory/tailnet.yml").read_text())["all"]["vars"])


@pytest.fixture(scope="session")
def secrets(inventory: dict[str, Any]) -> list[str]:
    """Every key that a playbook was given."""
    given = [one["tailscale_auth_key"] for one in inventory["workstations"]]
    return [*given, inventory["tailscale_host"]["auth_key"]]
