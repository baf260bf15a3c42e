"""The host that makes backups, and the one that takes its home over."""

from __future__ import annotations

import pytest

from hosts.backed_up import BackedUp
from hosts.scenario import Scenario


@pytest.fixture(scope="session")
def old(scenario: Scenario) -> BackedUp:
    """The host that makes backups."""
    return BackedUp(scenario, "old")


@pytest.fixture(scope="session")
def new(scenario: Scenario) -> BackedUp:
    """The host that has the repository, and nothing to restore yet."""
    return BackedUp(scenario, "new")
