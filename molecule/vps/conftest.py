"""The machine as its tests reach it: by SSH, as everybody reaches a rented server."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hosts.scenario import Scenario
from hosts.virtual.reached import Reached
from hosts.visitor import Visitor

HOST = "vps"


@pytest.fixture(scope="session")
def scenario() -> Reached:
    """The scenario under test."""
    return Reached.current()


@pytest.fixture(scope="session")
def visitor(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """Somebody who uses the workstation on the machine, through a port of this machine."""
    inventory: Path = scenario.folder / "inventory/instances.yml"
    port = yaml.safe_load(inventory.read_text())["all"]["vars"]["test_workstation_port"]
    return Visitor(scenario, HOST, tmp_path_factory.mktemp("visitor"), ssh_port=port)
