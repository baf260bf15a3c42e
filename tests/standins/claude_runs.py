"""The real `claude` command, run by the provider against the stand-in of the Messages API. For pytest.

A test module, or a conftest, imports the fixtures that it uses.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from hatchpod_api.agents.conversation import Conversation
from hatchpod_api.config import HostSettings, Places
from hatchpod_api.errors import ProviderError
from hatchpod_api.history.transcript import find_transcript, read_tail
from hatchpod_api.messages.transcript import NormalizedMessage, UserMessage
from hatchpod_api.providers.base import Delta, Event, ProviderPrompt, Run, Said, StartOptions, TurnEnded
from hatchpod_api.providers.claude import ClaudeProvider
from hatchpod_api.providers.claude.command import executable
from standins.messages_endpoint import COMPACTION, Answer, Endpoint, Text, scripted

E = TypeVar("E")

DEADLINE = 60.0
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Endpoint]:
    """One for all tests; `workstation` takes the scripts of the test before away."""
    with scripted(answer="The egg has hatched.") as served:
        yield served


def claude_environment(endpoint: Endpoint, home: Path) -> dict[str, str]:
    """An environment in which `claude` finds the endpoint and nothing of this machine's own set-up."""
    return {
        "HOME": str(home),
        "PATH": SYSTEM_PATH,
        "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{endpoint.port}",
        "ANTHROPIC_API_KEY": "test-key",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_MAX_RETRIES": "1",
        "CLAUDE_CODE_ENABLE_TODO_TOOLS": "1",
    }


class Heard:
    """A run, and what it told so far; `conversation` is what the agent host makes of it."""

    def __init__(self, run: Run, conversation: Conversation) -> None:
        self.run = run
        self.events: list[Event] = []
        self.conversation = conversation
        self.failure: ProviderError | None = None
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            async for event in self.run.events():
                if isinstance(event, Said):
                    self.conversation.say(event.key, event.message)
                elif isinstance(event, Delta):
                    self.conversation.grow(event)
                elif isinstance(event, TurnEnded):
                    self.conversation.discard_unsaid()
                self.events.append(event)
                self._changed.set()
        except ProviderError as error:
            self.failure = error
        finally:
            self._changed.set()

    def all(self, kind: type[E]) -> list[E]:
        """Every event of that kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, kind: type[E], count: int = 1) -> E:
        """Wait for so many events of that kind; return the last one of them."""
        await self.until_true(lambda: len(self.all(kind)) >= count)
        return self.all(kind)[count - 1]

    async def until_true(self, holds: Callable[[], object]) -> None:
        """Wait until it holds after an event."""
        async with asyncio.timeout(DEADLINE):
            while not holds():
                if self._task.done():
                    pytest.fail(f"the run ended: {self.failure}")
                self._changed.clear()
                await self._changed.wait()

    async def died(self) -> ProviderError:
        """Wait until the agent is gone by itself."""
        async with asyncio.timeout(DEADLINE):
            await asyncio.wait([self._task])
        assert self.failure
        return self.failure

    async def turn(self, text: str, **prompt: Any) -> TurnEnded:
        """Prompt, and wait until the turn is over."""
        ended = len(self.all(TurnEnded))
        await self.run.prompt(ProviderPrompt(text=text, **prompt))
        return await self.until(TurnEnded, ended + 1)

    async def close(self) -> None:
        """End the run, and hear the rest."""
        await self.run.close()
        async with asyncio.timeout(DEADLINE):
            await asyncio.wait([self._task])

    def messages(self) -> list[NormalizedMessage]:
        """The conversation as clients saw it, but for their own ids."""
        return [without_client_id(message) for message in self.conversation.newest(10_000)]


def without_client_id(message: NormalizedMessage) -> NormalizedMessage:
    """The message as a transcript has it."""
    if isinstance(message, UserMessage):
        return UserMessage(index=message.index, parts=message.parts, created_at=message.created_at)
    return message


class Workstation:
    """A home, and runs in it."""

    def __init__(self, endpoint: Endpoint, root: Path) -> None:
        self.endpoint = endpoint
        self.home = root / "home"
        self.workspace = self.home / "workspace"
        self.workspace.mkdir(parents=True)
        self.environment = claude_environment(endpoint, self.home)
        self.places = Places(
            workspace=self.workspace,
            default_cwd=self.workspace,
            claude_config=self.home / ".claude",
            claude_projects=self.home / ".claude/projects",
            claude_state=self.home / ".claude.json",
            state=root / "state",
            run=root / "run",
            ui=root / "ui",
        )
        self._heard: list[Heard] = []

    @property
    def command(self) -> str:
        """The `claude` that is run."""
        return executable(self.environment)

    def provider(self, *, allow_bypass: bool = False) -> ClaudeProvider:
        """One with the environment as it is now."""
        return ClaudeProvider(HostSettings(places=self.places, allow_bypass=allow_bypass), self.environment)

    async def start(self, session_id: str | None = None, *, allow_bypass: bool = False, **options: Any) -> Heard:
        """Start a run in the workspace, and listen to it."""
        options = {"session_id": session_id or str(uuid.uuid4()), "cwd": str(self.workspace), **options}
        run = await self.provider(allow_bypass=allow_bypass).start(StartOptions(**options))
        conversation = Conversation()
        if resume := options.get("resume"):
            past = self.transcript(resume)
            conversation = Conversation(past, len(past))
        heard = Heard(run, conversation)
        self._heard.append(heard)
        return heard

    def transcript(self, session_id: str) -> list[NormalizedMessage]:
        """The messages of a session, read from its transcript."""
        path = find_transcript(self.places.claude_projects, session_id)
        assert path
        return read_tail(path, 10_000).messages

    async def close(self) -> None:
        """End every run that is left."""
        for heard in self._heard:
            with contextlib.suppress(ProviderError):
                await heard.close()


@pytest.fixture
async def workstation(endpoint: Endpoint, tmp_path: Path) -> AsyncIterator[Workstation]:
    """A home of its own for each test."""
    endpoint.scripts.clear()
    endpoint.requests.clear()
    endpoint.script(COMPACTION, Answer([Text("<summary>An egg hatched.</summary>")]))
    station = Workstation(endpoint, tmp_path)
    yield station
    await station.close()
