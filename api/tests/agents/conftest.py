"""An agent host in the test's own event loop, with the scripted agent, and a client of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import Create
from hatchpod_api.agents.server import AgentServer
from hatchpod_api.config import HostSettings, Places
from hatchpod_api.messages.sessions import CreateSession, SessionCreated
from hatchpod_api.providers.scripted import ScriptedProvider
from standins.stream_client import StreamClient, eventually

NewSession = Callable[..., Awaitable[str]]
OpenStreamOf = Callable[..., Awaitable[StreamClient]]


@pytest.fixture
def host_settings(places: Places) -> HostSettings:
    places.run.mkdir(parents=True, exist_ok=True)
    return HostSettings(places=places, providers=("scripted",), max_running=5)


@pytest.fixture
async def server(
    host_settings: HostSettings, places: Places, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AgentServer]:
    monkeypatch.setenv("HOME", str(places.workspace.parent))  # where login shells look for their files
    async with AgentServer(host_settings, {"scripted": ScriptedProvider()}) as server:
        yield server


@pytest.fixture
async def agents(server: AgentServer, places: Places) -> AsyncIterator[AgentsClient]:
    async with AgentsClient(places.socket) as agents:
        await eventually(lambda: agents.connected)
        yield agents


@pytest.fixture
def new_session(agents: AgentsClient) -> NewSession:
    """`await new_session(prompt=...)` is the id of a new session."""

    async def create(**wanted: Any) -> str:
        session = CreateSession(**{"provider": "scripted", **wanted})
        return (await agents.call(Create(session=session), SessionCreated)).id

    return create


@pytest.fixture
async def stream(agents: AgentsClient, new_session: NewSession) -> AsyncIterator[OpenStreamOf]:
    """`await stream(session_id)` is a client of it, of a new session without an id."""
    opened: list[StreamClient] = []

    async def open_stream(session_id: str | None = None, **options: Any) -> StreamClient:
        client = await StreamClient.open(agents, session_id or await new_session(), **options)
        opened.append(client)
        return client

    yield open_stream
    for client in opened:
        client.close()
