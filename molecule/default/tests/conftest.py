"""A visitor for the workstation of each host."""

from __future__ import annotations

import pytest

from hosts.scenario import Scenario
from hosts.visitor import Visitor


@pytest.fixture(scope="session", params=["bookworm", "trixie"])
def visitor(request: pytest.FixtureRequest, scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """Somebody who uses the workstation of one of the hosts."""
    return Visitor(scenario, request.param, tmp_path_factory.mktemp("visitor"))


@pytest.fixture(scope="session")
def credentials(visitor: Visitor) -> dict[str, str]:
    """The credentials of the visitor's workstation."""
    return visitor.credentials()
