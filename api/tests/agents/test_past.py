"""Sessions that a transcript tells of. The agent is a stand-in that writes transcripts as Claude Code does."""

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hatchpod_api.agents import past, turns
from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import Create, Fork, GetSession, Messages
from hatchpod_api.agents.server import AgentServer
from hatchpod_api.config import HostSettings, Places
from hatchpod_api.errors import NotFoundError
from hatchpod_api.messages.sessions import CreateSession, ForkSession, SessionCreated, SessionDetail
from hatchpod_api.messages.transcript import MessagePage
from hatchpod_api.providers.base import Run, StartOptions
from hatchpod_api.providers.scripted import ScriptedProvider, ScriptedRun
from standins.stream_client import StreamClient, eventually

pytestmark = pytest.mark.anyio

OpenStreamOf = Callable[..., Awaitable[StreamClient]]

PAST = "11111111-1111-4111-8111-111111111111"


class SlowToEnd(ScriptedRun):
    """Takes its time, and says how many of them there are."""

    def __init__(self, options: StartOptions, provider: "TranscriptProvider") -> None:
        super().__init__(options, provider._turns)
        self._provider = provider
        provider.running.append(provider.running[-1] + 1)

    async def close(self) -> None:
        self._provider.ending.set()
        await self._provider.may_end.wait()
        await super().close()
        self._provider.running.append(self._provider.running[-1] - 1)


class TranscriptProvider(ScriptedProvider):
    """A stand-in for Claude Code as far as the host can tell: past messages are in transcripts."""

    name = "claude"
    writes_transcripts = True

    def __init__(self) -> None:
        super().__init__()
        self.started: list[StartOptions] = []
        self.running = [0]
        self.ending, self.may_end = asyncio.Event(), asyncio.Event()
        self.may_end.set()

    async def start(self, options: StartOptions) -> Run:
        self.started.append(options)
        return SlowToEnd(options, self)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "LATE_SECONDS", 0.3)


@pytest.fixture
def provider() -> TranscriptProvider:
    return TranscriptProvider()


@pytest.fixture
async def server(host_settings: HostSettings, provider: TranscriptProvider) -> AsyncIterator[AgentServer]:
    async with AgentServer(host_settings, {"claude": provider}) as server:
        yield server


@pytest.fixture
def transcript(places: Places) -> Path:
    path = places.claude_projects / "-project" / f"{PAST}.jsonl"
    path.parent.mkdir(parents=True)
    append(path, *(line(number, str(places.workspace)) for number in range(40)))
    return path


def line(number: int, cwd: str = "/") -> dict[str, Any]:
    kind = "user" if number % 2 == 0 else "assistant"
    content: Any = f"said {number}" if kind == "user" else [{"type": "text", "text": f"said {number}"}]
    return {
        "type": kind,
        "uuid": f"00000000-0000-4000-8000-{number:012x}",
        "sessionId": PAST,
        "cwd": cwd,
        "timestamp": "2026-01-01T00:00:00.000Z",
        "message": {"role": kind, "content": content, "id": f"m{number}"},
    }


def append(path: Path, *lines: dict[str, Any]) -> None:
    with path.open("a") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in lines)
        file.flush()
        os.fsync(file.fileno())


async def test_a_transcript_opens_as_history_and_lines_that_a_terminal_adds_appear_at_their_index(
    stream: OpenStreamOf, transcript: Path
) -> None:
    client = await stream(PAST, limit=10)
    assert client.reduced.latest["status"]["status"] == "history"
    assert list(client.reduced.messages) == list(range(30, 40))
    assert client.reduced.total == 40
    append(transcript, line(40), line(41))
    await client.until(lambda frame: "said 41" in str(frame.get("message")))
    assert [client.reduced.messages[index]["index"] for index in (40, 41)] == [40, 41]
    await client.until(lambda frame: frame["type"] == "status" and frame["source"] == "cli")


async def test_a_prompt_resumes_it_where_the_transcript_is_by_now(
    stream: OpenStreamOf, transcript: Path, provider: TranscriptProvider, places: Places
) -> None:
    client = await stream(PAST, limit=10)
    append(transcript, line(40), line(41))
    client.send("prompt", text="go on")
    await client.until_status("completed")
    [options] = provider.started
    assert (options.session_id, options.resume, options.fork) == (PAST, PAST, False)
    assert options.cwd == str(places.workspace)
    assert client.reduced.messages[42]["parts"][0]["text"] == "go on"
    assert client.reduced.latest["status"]["source"] == "web"


async def test_a_terminal_may_go_on_after_a_turn_here(
    stream: OpenStreamOf, transcript: Path, provider: TranscriptProvider, server: AgentServer
) -> None:
    client = await stream(PAST)
    client.send("prompt", text="go on")
    await client.until_status("completed")
    append(transcript, *(line(number) for number in range(40, 43)))  # what the agent itself says it has written
    await asyncio.sleep(2 * past.LATE_SECONDS)
    assert server.host.held[PAST].turns.agent.live
    append(transcript, line(43), line(44))
    assert (await client.until_type("resume"))["result"] == "gap"
    await client.until(lambda frame: frame["type"] == "status" and frame["source"] == "cli")
    append(transcript, line(45))
    await client.until(lambda frame: "said 45" in str(frame.get("message")))
    assert not server.host.held[PAST].turns.agent.live
    client.send("prompt", text="my turn")
    await client.until(lambda frame: "Echo: my turn" in str(frame.get("message")))
    assert [client.reduced.messages[index]["parts"][0]["text"] for index in (45, 46)] == ["said 45", "my turn"]
    assert [options.resume for options in provider.started] == [PAST, PAST]


async def test_resuming_without_a_prompt_keeps_the_conversation(
    agents: AgentsClient, stream: OpenStreamOf, transcript: Path, provider: TranscriptProvider
) -> None:
    wanted = Create(session=CreateSession(resume_session_id=PAST))
    assert await agents.call(wanted, SessionCreated) == SessionCreated(id=PAST, status="idle")
    client = await stream(PAST)
    assert client.reduced.total == 40
    client.send("prompt", text="go on")
    await client.until_status("completed")
    assert provider.started[0].resume == PAST
    unknown = Create(session=CreateSession(resume_session_id=PAST.replace("1", "2")))
    with pytest.raises(NotFoundError):
        await agents.call(unknown, SessionCreated)


async def test_to_look_at_a_session_changes_nothing_in_the_list(
    agents: AgentsClient, stream: OpenStreamOf, transcript: Path, server: AgentServer
) -> None:
    client = await stream(PAST)
    append(transcript, line(40), line(41))
    await client.until(lambda frame: frame["type"] == "status" and frame["source"] == "cli")
    detail = await agents.call(GetSession(id=PAST), SessionDetail)
    assert (detail.num_turns, detail.total_messages, detail.summary) == (21, 42, "said 0")
    assert (detail.created_at, detail.last_modified) == ("2026-01-01T00:00:00.000Z",) * 2
    assert agents.sessions == {}
    assert not list((server.host.settings.places.state / "sessions").iterdir())


async def test_what_was_prompted_here_is_listed_with_what_it_was_before(
    agents: AgentsClient, stream: OpenStreamOf, transcript: Path
) -> None:
    client = await stream(PAST)
    client.send("prompt", text="go on")
    await client.until_status("completed")
    await eventually(lambda: agents.sessions[PAST].status == "completed")
    listed = agents.sessions[PAST]
    assert (listed.summary, listed.created_at) == ("said 0", "2026-01-01T00:00:00.000Z")
    assert listed.total_messages == len(client.reduced.messages) == 43


async def test_a_transcript_that_was_deleted_is_not_begun_anew(stream: OpenStreamOf, transcript: Path) -> None:
    client = await stream(PAST)
    transcript.unlink()  # noqa: ASYNC240
    client.send("prompt", text="go on")
    status = await client.until_status("error")
    assert "transcript of this session is gone" in status["error"]
    assert len(client.reduced.messages) == 40


async def test_a_transcript_that_was_rewritten_is_told_as_a_gap(stream: OpenStreamOf, transcript: Path) -> None:
    client = await stream(PAST)
    lines = "".join(json.dumps(line(number)) + "\n" for number in (2, 3))
    transcript.write_text(lines)  # noqa: ASYNC240
    await client.until_type("resume")
    await client.until_type("queue")
    assert client.texts == ["said 2", "said 3"]


async def test_a_fork_has_the_past_and_leaves_the_first_alone(
    agents: AgentsClient, stream: OpenStreamOf, transcript: Path, provider: TranscriptProvider
) -> None:
    fork = await agents.call(Fork(id=PAST, options=ForkSession(prompt="another way")), SessionCreated)
    client = await stream(fork.id)
    if "Echo: another way" not in client.texts:
        await client.until(lambda frame: "Echo: another way" in str(frame.get("message")))
    assert client.reduced.messages[40]["parts"][0]["text"] == "another way"
    [options] = provider.started
    assert (options.session_id, options.resume, options.fork) == (fork.id, PAST, True)
    first = await stream(PAST)
    assert first.reduced.total == 40


async def test_an_unused_session_ends_its_agent_and_goes_on_later(
    agents: AgentsClient, stream: OpenStreamOf, transcript: Path, provider: TranscriptProvider, server: AgentServer
) -> None:
    client = await stream(PAST)
    client.send("prompt", text="go on")
    await client.until_status("completed")
    client.close()
    await client.read_on()
    held = server.host.held[PAST]
    server.host.close_after = -1
    while held.session.story.subscribers:
        await agents.call(GetSession(id=PAST), SessionDetail)
    await server.host.tidy()
    assert not held.turns.agent.live
    assert PAST not in server.host.held
    assert agents.sessions[PAST].status == "completed"
    again = await stream(PAST)
    again.send("prompt", text="once more")
    await again.until(lambda frame: "Echo: once more" in str(frame.get("message")))
    assert len(provider.started) == 2


async def test_what_is_only_asked_for_is_not_loaded(
    agents: AgentsClient, stream: OpenStreamOf, transcript: Path, server: AgentServer
) -> None:
    client = await stream(PAST)
    client.send("prompt", text="go on")
    client.send("prompt", text="later", mode="queue")
    client.send("interrupt")
    await client.until_status("interrupted")
    client.close()
    held = server.host.held[PAST]
    detail = held.session.detail
    assert detail.queue.paused
    await eventually(lambda: not held.session.story.subscribers)
    server.host.close_after = -1
    await server.host.tidy()
    assert await agents.call(GetSession(id=PAST), SessionDetail) == detail
    with pytest.raises(NotFoundError, match="the transcript has it"):
        await agents.call(Messages(id=PAST), MessagePage)
    assert server.host.held == {}
    idle = await agents.call(Create(session=CreateSession()), SessionCreated)
    await server.host.tidy()
    assert (await agents.call(Messages(id=idle.id), MessagePage)).messages == []  # there is no transcript to read


async def test_all_transcripts_are_followed_by_one_watch(stream: OpenStreamOf, transcript: Path) -> None:
    clients = []
    for number in range(20):
        session = str(uuid.uuid4())
        path = transcript.parent.with_name(f"-{number}") / f"{session}.jsonl"
        path.parent.mkdir()
        append(path, line(0))
        clients.append((await stream(session), path))
    for client, path in clients:
        append(path, line(1))
        await client.until(lambda frame: "said 1" in str(frame.get("message")))
    assert sum("inotify" in link for link in open_files()) == 1


def open_files() -> list[str]:
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(descriptor.readlink()))
    return found


@pytest.mark.parametrize("ended_by", ["tidying", "deleting", "interrupting"])
async def test_the_next_agent_begins_when_the_one_before_has_ended(
    agents: AgentsClient,
    stream: OpenStreamOf,
    transcript: Path,
    provider: TranscriptProvider,
    server: AgentServer,
    ended_by: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "INTERRUPT_SECONDS", 0.0)
    client = await stream(PAST)
    client.send("prompt", text="[deaf]" if ended_by == "interrupting" else "go on")
    await client.until_status("running" if ended_by == "interrupting" else "completed")
    provider.may_end.clear()

    async def open_again() -> StreamClient:
        return await stream(PAST)

    async with asyncio.TaskGroup() as group:
        if ended_by == "tidying":
            client.close()
            held = server.host.held[PAST]
            await eventually(lambda: not held.session.story.subscribers)
            server.host.close_after = -1
            group.create_task(server.host.tidy())
        elif ended_by == "deleting":
            group.create_task(server.host.forget(PAST))
        else:
            client.send("interrupt")
        await provider.ending.wait()
        server.host.close_after = 600.0
        opening = group.create_task(open_again())
        for _ in range(10):  # as much as it can do
            await asyncio.sleep(0.01)
            if opening.done():
                opening.result().send("prompt", text="once more")
        assert len(provider.started) == 1
        provider.may_end.set()
    again = opening.result()
    again.send("prompt", text="once more", mode="queue")
    await again.until(lambda frame: "Echo: once more" in str(frame.get("message")))
    assert max(provider.running) == 1
