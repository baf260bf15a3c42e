"""Prompts that were accepted while their agent had not said them yet: whatever dies then, they are still there."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.server import AgentServer
from hatchpod_api.config import HostSettings
from hatchpod_api.errors import ProviderError
from hatchpod_api.providers.base import Event, ProviderPrompt, Run, StartOptions, TurnStarted
from hatchpod_api.providers.scripted import ScriptedProvider, ScriptedRun
from standins.stream_client import StreamClient, eventually

pytestmark = pytest.mark.anyio

OpenStreamOf = Callable[..., Awaitable[StreamClient]]


class Mute(ScriptedRun):
    """Takes every prompt and says none, until it is killed."""

    killed: asyncio.Event

    async def events(self) -> AsyncIterator[Event]:
        yield TurnStarted()
        await self.killed.wait()
        raise ProviderError("the agent was killed")

    async def prompt(self, prompt: ProviderPrompt) -> None:
        pass


class MuteAtFirst(ScriptedProvider):
    """Its first agent is mute, the next is not."""

    def __init__(self) -> None:
        super().__init__()
        self.first: Mute | None = None

    async def start(self, options: StartOptions) -> Run:
        if self.first is not None:
            return await super().start(options)
        self.first = Mute(options, self._turns)
        self.first.killed = asyncio.Event()
        return self.first


@pytest.fixture
def provider() -> MuteAtFirst:
    return MuteAtFirst()


@pytest.fixture
async def server(host_settings: HostSettings, provider: MuteAtFirst) -> AsyncIterator[AgentServer]:
    async with AgentServer(host_settings, {"scripted": provider}) as server:
        yield server


def waiting(client: StreamClient) -> list[Any]:
    return [item["text"] for item in client.reduced.latest["queue"]["items"]]


async def three_prompts(client: StreamClient) -> None:
    picture = {"name": "a.png", "mediaType": "image/png", "data": "eA=="}
    client.send("prompt", text="first", clientId="1", attachments=[picture])
    await client.until_status("running")
    client.send("prompt", text="into it", clientId="2", mode="steer")
    client.send("prompt", text="later", clientId="3", mode="queue")
    await client.until(lambda frame: frame["type"] == "queue" and bool(frame["items"]))


async def go_on(client: StreamClient) -> None:
    """As a client does that saw no message of what it sent: it sends that again, and then goes on with the queue."""
    client.send("prompt", text="first", clientId="1")
    client.send("queue_resume")
    await client.until(lambda frame: "Echo: later" in str(frame.get("message")))
    assert "Echo: first [a.png]" in client.texts
    assert [text for text in client.texts if not text.startswith("Echo")] == ["first", "into it", "later"]


async def test_a_host_that_was_killed_begins_with_them(
    stream: OpenStreamOf, host_settings: HostSettings, tmp_path: Path
) -> None:
    client = await stream()
    await three_prompts(client)
    places = msgspec.structs.replace(host_settings.places, state=tmp_path / "kept", run=tmp_path / "second")
    await asyncio.to_thread(shutil.copytree, host_settings.places.state, places.state)  # as a power cut leaves it
    places.run.mkdir()
    settings = msgspec.structs.replace(host_settings, places=places)
    async with (
        AgentServer(settings, {"scripted": ScriptedProvider()}),
        AgentsClient(places.socket) as agents,
    ):
        await eventually(lambda: agents.connected)
        again = await StreamClient.open(agents, client.session_id)
        assert again.reduced.latest["status"]["status"] == "interrupted"
        assert waiting(again) == ["first", "into it", "later"]
        assert again.reduced.latest["queue"]["paused"] is True
        await go_on(again)
        again.close()


async def test_an_agent_that_was_killed_leaves_them_to_the_next(stream: OpenStreamOf, provider: MuteAtFirst) -> None:
    client = await stream()
    await three_prompts(client)
    assert provider.first is not None
    provider.first.killed.set()
    await client.until_status("error")
    assert waiting(client) == ["first", "into it", "later"]
    await go_on(client)


async def test_what_was_said_is_not_said_again(stream: OpenStreamOf, server: AgentServer) -> None:
    client = await stream()
    server.host.providers = {"scripted": ScriptedProvider()}
    client.send("prompt", text="[slow 1000] first", clientId="1")
    await client.until_type("text_delta")
    record = server.host.records.read(client.session_id)
    assert record is not None
    assert record.unsaid == []
    client.send("prompt", text="[crash]", clientId="2", mode="queue")
    client.send("interrupt")
    await client.until_status("interrupted")
    client.send("queue_resume")
    await client.until_status("error")
    assert waiting(client) == []
