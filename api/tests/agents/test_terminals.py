"""Real login shells through the socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import CloseTerminal, ListTerminals, OpenTerminal
from hatchpod_api.agents.server import AgentServer
from hatchpod_api.config import Places
from hatchpod_api.errors import NotFoundError
from hatchpod_api.messages.terminal import TerminalSummary
from standins.stream_client import eventually

pytestmark = pytest.mark.anyio

# What says "started" is what Ctrl-C ends: a shell that is still about to start a command would miss it.
BUSY = r"sh -c 'echo st\arted; exec sleep 1000'"


class TerminalClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self.shown = ""
        self.session_id = ""

    def send(self, kind: str, **fields: Any) -> None:
        self.writer.write(json.dumps({"type": kind, **fields}).encode() + b"\n")

    async def attach(self, **fields: Any) -> dict[str, Any]:
        self.send("attach", **{"cols": 80, "rows": 24, "shell": "/bin/sh", **fields})
        frame = await self.until_type("attached", "error")
        self.session_id = frame.get("sessionId", "")
        return frame

    async def until_type(self, *kinds: str) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while line := await self._reader.readline():
                frame: dict[str, Any] = json.loads(line)
                if frame["type"] == "output":
                    self.shown += frame["data"]
                if frame["type"] in kinds:
                    return frame
        raise EOFError

    async def until_shown(self, text: str) -> None:
        while text not in self.shown:
            await self.until_type("output")

    async def run(self, command: str, shows: str) -> None:
        self.send("input", data=command + "\n")
        await self.until_shown(shows)


NewClient = Callable[[], Awaitable[TerminalClient]]


@pytest.fixture
async def terminal(agents: AgentsClient) -> AsyncIterator[NewClient]:
    opened: list[TerminalClient] = []

    async def open_terminal() -> TerminalClient:
        client = TerminalClient(*await agents.open(OpenTerminal()))
        opened.append(client)
        return client

    yield open_terminal
    for client in opened:
        client.writer.transport.abort()


async def test_a_shell_runs_in_the_workspace_with_a_terminal_and_an_exit_code(
    terminal: NewClient, places: Places
) -> None:
    client = await terminal()
    assert (await client.attach())["fresh"] is True
    await client.run("pwd; stty size; echo Grü$((1+1))ße", "Grü2ße")
    assert str(places.workspace) in client.shown
    assert "24 80" in client.shown
    client.send("input", data="exit 7\n")
    assert (await client.until_type("exit"))["exitCode"] == 7


async def test_the_environment_is_built_from_nothing(terminal: NewClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PASSWORD_HASH", "a-secret-of-the-api")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "another-secret")
    client = await terminal()
    await client.attach()
    await client.run("tr '\\0' '\\n' < /proc/$$/environ; echo do''ne", "done")
    names = {line.removeprefix("# ").partition("=")[0] for line in client.shown.splitlines() if "=" in line}
    assert "secret" not in client.shown
    expected = {"HOME", "USER", "LOGNAME", "SHELL", "PATH", "LANG", "TERM", "COLORTERM"}
    assert names >= expected
    assert names - expected <= {"CLAUDE_CONFIG_DIR"}


async def test_it_goes_on_without_clients_and_shows_what_it_showed(terminal: NewClient) -> None:
    first = await terminal()
    await first.attach()
    await first.run("echo re''member", "remember")
    first.writer.transport.abort()
    second = await terminal()
    attached = await second.attach(sessionId=first.session_id)
    assert (attached["fresh"], attached["sessionId"]) == (False, first.session_id)
    await second.until_shown("remember")
    await second.run("echo st''ill", "still")


async def test_a_replay_is_bounded_and_begins_with_a_whole_line(terminal: NewClient) -> None:
    first = await terminal()
    await first.attach()
    await first.run("i=0; while [ $i -lt 60000 ]; do echo line-$i; i=$((i+1)); done; echo fin''ished", "finished")
    second = await terminal()
    await second.attach(sessionId=first.session_id)
    await second.until_shown("finished")
    assert len(second.shown.encode()) <= 256 * 1024
    assert len(second.shown) > 200 * 1024
    assert second.shown.startswith("line-")


async def test_the_smallest_client_sets_the_size(terminal: NewClient) -> None:
    first, second = await terminal(), await terminal()
    await first.attach(cols=100, rows=50)
    await second.attach(sessionId=first.session_id, cols=60, rows=70)
    await second.run("stty size", "50 60")
    await first.until_shown("50 60")
    second.send("resize", cols=90, rows=10)
    await second.run("stty size", "10 90")
    second.writer.transport.abort()
    await asyncio.sleep(0)
    for _ in range(50):
        first.send("input", data="stty size\n")
        await first.until_type("output")
        if "50 100" in first.shown:
            break
    await first.until_shown("50 100")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"cwd": "/etc"}, "cwd"),
        ({"cwd": "../.."}, "cwd"),
        ({"cwd": "missing"}, "cwd"),
        ({"shell": "/usr/bin/python3"}, "shell"),
        ({"shell": "sh"}, "shell"),
        ({"cols": 0}, "cols"),
        ({"cols": None}, "cols"),
        ({"rows": "24"}, "rows"),
        ({"rows": 1e9}, "rows"),
    ],
)
async def test_what_is_not_allowed_is_an_error_and_the_connection_goes_on(
    terminal: NewClient, fields: dict[str, Any], field: str
) -> None:
    client = await terminal()
    error = await client.attach(**fields)
    assert (error["type"], error["field"]) == ("error", field)
    assert (await client.attach())["type"] == "attached"
    for frame in ({}, {"cols": 1}, {"cols": "a", "rows": 2}, {"cols": None, "rows": None}):
        client.send("resize", **frame)
        await client.until_type("error")
    await client.run("echo go''od", "good")


async def test_a_client_that_does_not_read_makes_the_shell_wait(terminal: NewClient, agents: AgentsClient) -> None:
    client = await terminal()
    await client.attach()
    client.send("input", data="yes\n")
    other = await terminal()
    await other.attach()
    await other.run("echo al''ive", "alive")
    await agents.call(CloseTerminal(session_id=client.session_id), type(None))
    with pytest.raises(NotFoundError):
        await agents.call(CloseTerminal(session_id=client.session_id), type(None))
    [left] = await agents.call(ListTerminals(), list[TerminalSummary])
    assert (left.session_id, left.clients, left.shell) == (other.session_id, 1, "/bin/sh")


async def test_a_client_learns_that_the_host_is_there(terminal: NewClient) -> None:
    client = await terminal()
    client.send("ping")
    assert await client.until_type("pong", "error") == {"type": "pong"}
    await client.attach()
    client.send("ping")
    assert await client.until_type("pong", "error") == {"type": "pong"}
    await client.run("echo st''ill", "still")


async def test_there_are_not_too_many(terminal: NewClient) -> None:
    client = await terminal()
    for _ in range(20):
        assert (await client.attach())["type"] == "attached"
        await client.run(BUSY, "started")
        client.shown = ""
    assert (await client.attach())["code"] == "limit"
    client.send("input", data="\x03exit\n")
    await client.until_type("exit")
    again = await terminal()
    assert (await again.attach())["type"] == "attached"


async def test_the_shell_that_is_forgotten_for_the_longest_makes_room(
    terminal: NewClient, agents: AgentsClient
) -> None:
    busy, client = await terminal(), await terminal()
    await busy.attach()
    await busy.run(BUSY, "started")
    busy.writer.close()
    opened = []
    for _ in range(19):
        await client.attach()
        await client.run("echo rea''dy", "ready")
        client.shown = ""
        opened.append(client.session_id)
    assert (await client.attach())["type"] == "attached"
    left = {one.session_id for one in await agents.call(ListTerminals(), list[TerminalSummary])}
    assert left == {busy.session_id, *opened[1:], client.session_id}


async def test_who_writes_more_than_is_read_is_stopped_and_nothing_is_lost(
    terminal: NewClient, server: AgentServer
) -> None:
    client = await terminal()
    await client.attach()
    await client.run("mkfifo go; stty raw -echo; echo rea''dy; read line < go; head -c 4000000 | wc -c", "ready")
    [shell] = (one.shell for one in server._terminals._terminals.values())
    for _ in range(40):
        client.send("input", data="x" * 100_000)
    await eventually(lambda: shell.is_full)
    for _ in range(20):
        await asyncio.sleep(0.01)
        assert len(shell._unwritten) < 1_300_000
    await asyncio.to_thread((server.host.workspace.root / "go").write_text, "go\n")
    await client.until_shown("4000000")
