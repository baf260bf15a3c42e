"""The whole service as it runs in a workstation: two real processes, real sockets, and clients that speak to them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live.desk import Desk
from tests.live.stack import Stack

from standins.claude_runs import claude_environment, endpoint
from standins.messages_endpoint import Endpoint

__all__ = ["endpoint"]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Agent host and web server with the scripted provider; what still runs at the end is killed."""
    with Stack(tmp_path) as stack:
        stack.start()
        yield stack


@pytest.fixture(scope="module")
def module_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The same, shared by the tests of a module that break nothing."""
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        stack.start()
        yield stack


@pytest.fixture(scope="session")
def claude_stack(tmp_path_factory: pytest.TempPathFactory, endpoint: Endpoint) -> Iterator[Stack]:
    """Both processes with the real `claude`, which asks a stand-in of the Messages API."""
    root = tmp_path_factory.mktemp("claude")
    with Stack(root, **claude_environment(endpoint, root / "home")) as stack:
        stack.start()
        yield stack


@pytest.fixture
def desk(claude_stack: Stack, endpoint: Endpoint, request: pytest.FixtureRequest) -> Desk:
    """A folder of its own for each test; rules that are allowed in one hold in no other."""
    endpoint.scripts.clear()
    endpoint.requests.clear()
    cwd = claude_stack.workspace / re.sub(r"\W+", "-", request.node.name)
    cwd.mkdir()
    return Desk(claude_stack, endpoint, cwd)
