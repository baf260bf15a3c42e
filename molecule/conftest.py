"""What the tests of all scenarios share. They run in the process that Molecule's verifier starts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from hosts.scenario import Scenario


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """The scenario under test."""
    return Scenario.current()
