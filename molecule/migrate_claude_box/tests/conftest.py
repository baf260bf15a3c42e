"""A host with two workstations that nobody has used yet, and a volume as claude-box left it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hosts.claude_box import OldBox
from hosts.scenario import Scenario
from standins.messages_endpoint import scripted


@pytest.fixture(scope="session")
def box(scenario: Scenario) -> Iterator[OldBox]:
    """Work in claude-box; its container still runs."""
    with scripted("0.0.0.0", "I will remember.") as endpoint:  # noqa: S104 - containers of the host must reach it
        box = OldBox(scenario, endpoint)
        box.work()
        yield box
