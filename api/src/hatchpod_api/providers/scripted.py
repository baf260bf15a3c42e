"""A stand-in for an agent, for tests and demos: the prompt names a scenario, `[tool-approval] ...`, and it is played.

Everything is deterministic: the same prompts give the same events, keys and ids. It writes no transcripts, so a
session's messages go with the agent host; a host that starts again tells `gap`, and the past is empty.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from hatchpod_api.errors import ProviderError
from hatchpod_api.messages.frames import ModeChanged, ModelChanged, SlashCommand, SlashCommands
from hatchpod_api.messages.sessions import Effort, PermissionMode, TokenCounts
from hatchpod_api.messages.transcript import SessionResult, SystemMessage, TextPart, UserMessage
from hatchpod_api.providers.base import (
    Decision,
    Event,
    ProviderPrompt,
    Redirected,
    Run,
    Said,
    StartOptions,
    TurnEnded,
    TurnStarted,
)
from hatchpod_api.providers.scripted_scenarios import SCENARIOS, echo, tag_of
from hatchpod_api.providers.scripted_stage import Stage

COMMANDS = SlashCommands(
    commands=[
        SlashCommand(name="compact", description="Summarise the conversation", argument_hint="[instructions]"),
        SlashCommand(name="review", description="Review a pull request"),
    ]
)

# How far a scenario may run ahead of whoever takes its events.
_AHEAD = 1000


class ScriptedProvider:
    name = "scripted"
    writes_transcripts = False

    def __init__(self) -> None:
        self._turns: Counter[str] = Counter()

    async def start(self, options: StartOptions) -> Run:
        return ScriptedRun(options, self._turns)


class ScriptedRun:
    """`turns` counts the turns of each session over all of its runs."""

    def __init__(self, options: StartOptions, turns: Counter[str]) -> None:
        self._options = options
        self._turns = turns
        self._events: asyncio.Queue[Event | ProviderError | None] = asyncio.Queue(_AHEAD)
        self._stage = Stage(self._events.put, options)
        self._turn: asyncio.Task[None] | None = None
        self._closed = False

    async def events(self) -> AsyncIterator[Event]:
        yield COMMANDS
        yield ModelChanged(model=self._options.model or "scripted-1")
        while (event := await self._events.get()) is not None:
            if isinstance(event, ProviderError):
                raise event
            if isinstance(event, Redirected):
                self._turns[event.session_id] = self._turns[self._options.session_id]
            yield event

    async def prompt(self, prompt: ProviderPrompt) -> None:
        self._check_open()
        if self._turn is not None and not self._turn.done():
            await self._say(prompt)  # into the turn that runs
        else:
            self._turn = asyncio.create_task(self._play(prompt), name=f"scripted-{self._options.session_id}")

    async def interrupt(self) -> None:
        self._check_open()
        if self._turn is not None and not self._turn.done():
            self._turn.cancel()
            await asyncio.wait([self._turn])
            self._stage.forget_approvals()
            await self._events.put(TurnEnded(outcome="interrupted", num_turns=self._stage.turn))

    async def set_model(self, model: str | None) -> None:
        self._check_open()
        if model == "refused":
            raise ProviderError("model: there is no model `refused`; choose another one", field="model")
        await self._events.put(ModelChanged(model=model or "scripted-1"))

    async def set_mode(self, mode: PermissionMode) -> None:
        self._check_open()
        await self._events.put(ModeChanged(mode=mode))

    async def set_effort(self, effort: Effort | None) -> None:  # noqa: ARG002 - a script takes none
        self._check_open()

    async def answer(self, tool_use_id: str, decision: Decision) -> None:
        self._check_open()
        self._stage.answer(tool_use_id, decision)

    async def close(self) -> None:
        self._closed = True
        if self._turn is not None and self._turn is not asyncio.current_task():
            self._turn.cancel()
            await asyncio.wait([self._turn])
        await self._stage.close()
        while self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(None)

    async def _play(self, prompt: ProviderPrompt) -> None:
        self._turns[self._options.session_id] += 1
        turn = self._turns[self._options.session_id]
        self._stage.begin_turn(turn)
        await self._events.put(TurnStarted())
        await self._say(prompt)
        scenario = SCENARIOS.get(tag_of(prompt.text) or "", echo)
        failure = await scenario(self._stage, prompt)
        if isinstance(failure, ProviderError):
            await self._events.put(failure)
            return
        cost = round(turn * 0.01, 4)
        if failure is None:
            result = SessionResult(total_cost_usd=cost, num_turns=turn)
            await self._events.put(Said(key=self._stage.key("end"), message=SystemMessage(index=0, event=result)))
        await self._events.put(
            TurnEnded(
                outcome="completed" if failure is None else "error",
                error=failure,
                total_cost_usd=cost,
                tokens=TokenCounts(input=turn * 10, output=turn * 20),
                num_turns=turn,
            )
        )

    async def _say(self, prompt: ProviderPrompt) -> None:
        message = UserMessage(index=0, parts=[TextPart(text=prompt.text)], client_id=prompt.client_id)
        await self._events.put(Said(key=self._stage.key("user"), message=message))

    def _check_open(self) -> None:
        if self._closed:
            raise ProviderError("the agent has ended; send a prompt to start it again")
