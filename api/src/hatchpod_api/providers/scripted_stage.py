"""What a scenario of the scripted provider can do: say, grow, ask, wait."""

import asyncio
from collections.abc import Awaitable, Callable

from hatchpod_api.errors import ProviderError
from hatchpod_api.messages.sessions import Approval
from hatchpod_api.messages.transcript import AssistantMessage, Part, TextPart, ToolResultPart, ToolUsePart, UserMessage
from hatchpod_api.providers.base import (
    APPROVAL_GONE,
    ApprovalRequested,
    BackgroundTasks,
    Decision,
    Delta,
    Event,
    Said,
    StartOptions,
)

STEP_SECONDS = 0.05


class Stage:
    """One session's stage. `turn` counts its turns; keys and tool ids are made from it."""

    def __init__(self, tell: Callable[[Event], Awaitable[None]], options: StartOptions) -> None:
        self.tell = tell
        self.options = options
        self.rules = set(options.allowed_tools)
        self.turn = 0
        self._keys = 0
        self._asked: dict[str, asyncio.Future[Decision]] = {}
        self._background: set[asyncio.Task[None]] = set()

    def begin_turn(self, turn: int) -> None:
        self.turn = turn
        self._keys = 0

    def key(self, kind: str) -> str:
        self._keys += 1
        return f"{kind}-{self.turn}.{self._keys}"

    async def say(self, *parts: Part, key: str | None = None) -> None:
        message = AssistantMessage(index=0, parts=list(parts), model="scripted-1")
        await self.tell(Said(key=key or self.key("assistant"), message=message))

    async def text(self, text: str) -> None:
        """Grow a text word by word, then say it."""
        key = self.key("assistant")
        for piece in text.splitlines(keepends=True) if len(text) > 500 else _words(text):
            await self.grow(key, piece)
        await self.say(TextPart(text=text), key=key)

    async def grow(self, key: str, text: str, *, part: int = 0) -> None:
        await self.tell(Delta(key=key, part_index=part, kind="text", text=text))

    async def think(self, key: str, text: str, *, part: int = 0) -> None:
        await self.tell(Delta(key=key, part_index=part, kind="thinking", text=text))

    async def tool(self, name: str, output: str, *, is_error: bool = False, **arguments: object) -> str:
        """A tool that was used, with its result."""
        use = self.key("tool")
        await self.say(ToolUsePart(tool_use_id=use, tool_name=name, input=arguments))
        await self.result(use, output, is_error=is_error)
        return use

    async def result(self, tool_use_id: str, output: str, *, is_error: bool = False) -> None:
        part = ToolResultPart(tool_use_id=tool_use_id, output=output, is_error=is_error)
        await self.tell(Said(key=self.key("result"), message=UserMessage(index=0, parts=[part])))

    def request(self, approval: Approval) -> "asyncio.Future[Decision]":
        """Note that it will be asked; tell `ApprovalRequested` next, and await the result."""
        future: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._asked[approval.tool_use_id] = future
        return future

    async def ask(self, approval: Approval) -> Decision:
        if approval.tool_name in self.rules:
            return Decision(allowed=True)
        answer = self.request(approval)
        await self.tell(ApprovalRequested(approval=approval))
        decision = await answer
        if decision.allowed and decision.rule is not None:
            self.rules.add(decision.rule)
        return decision

    def answer(self, tool_use_id: str, decision: Decision) -> None:
        waiting = self._asked.pop(tool_use_id, None)
        if waiting is None or waiting.done():
            raise ProviderError("nobody waits for this answer any more", field="toolUseId", code=APPROVAL_GONE)
        waiting.set_result(decision)

    def forget_approvals(self) -> None:
        for waiting in self._asked.values():
            waiting.cancel()
        self._asked.clear()

    async def pause(self, steps: int = 1) -> None:
        await asyncio.sleep(steps * STEP_SECONDS)

    async def go_on_beside(self, work: Awaitable[None]) -> None:
        """A task that outlives the turn."""

        async def run() -> None:
            await work
            await self.tell(BackgroundTasks(count=len(self._background) - 1))

        task = asyncio.create_task(run())
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        await self.tell(BackgroundTasks(count=len(self._background)))

    async def close(self) -> None:
        self.forget_approvals()
        for task in self._background:
            task.cancel()
        if self._background:
            await asyncio.wait(self._background)


def _words(text: str) -> list[str]:
    words = text.split(" ")
    return [word + " " for word in words[:-1]] + words[-1:]
