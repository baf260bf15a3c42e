"""One run of Claude Code: prompts and answers in, events out."""

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Self, TypeVar

from claude_agent_sdk import (
    ClaudeAgentOptions,
    ClaudeSDKClient,
    PermissionResultAllow,
    PermissionResultDeny,
    ToolPermissionContext,
)

from hatchpod_api.errors import ProviderError
from hatchpod_api.history.normalise import Normaliser
from hatchpod_api.messages.frames import ContextUsage, ModelChanged
from hatchpod_api.messages.sessions import Approval, Effort, PermissionMode
from hatchpod_api.providers.base import (
    APPROVAL_GONE,
    ApprovalRequested,
    ApprovalWithdrawn,
    Decision,
    Event,
    ProviderPrompt,
    StartOptions,
    TurnEnded,
)
from hatchpod_api.providers.claude.adapter import Adapter, slash_commands
from hatchpod_api.providers.claude.permissions import PLAN_TOOL, approval_of, parse_rule, result_of
from hatchpod_api.providers.claude.process import ClaudeProcess, Frame
from hatchpod_api.providers.claude.prompts import user_frame

T = TypeVar("T")

# Lines read ahead of whoever takes the events; past that the process waits.
_READ_AHEAD = 256
_INTERRUPT_BEFORE_CLOSE = 2.0


class ClaudeRun:
    """A `claude` process and the conversation that it has. The SDK's client may be used from any asyncio task."""

    def __init__(
        self,
        command: list[str],
        options: StartOptions,
        environment: dict[str, str],
        normaliser: Normaliser,
        *,
        allow_bypass: bool,
    ) -> None:
        self._allow_bypass = allow_bypass
        self._inbox: asyncio.Queue[Frame | Event | ProviderError | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_READ_AHEAD)
        self._adapter = Adapter(normaliser.session_id, normaliser)
        self._process = ClaudeProcess(
            command, options.cwd, environment, on_frame=self._on_frame, on_failure=self._inbox.put_nowait
        )
        self._client = ClaudeSDKClient(
            ClaudeAgentOptions(can_use_tool=self._can_use_tool, cwd=options.cwd), transport=self._process
        )
        self._pending: dict[str, tuple[Approval, asyncio.Future[Decision]]] = {}
        self._next: deque[str] = deque()
        self._mode_afterwards: PermissionMode | None = None
        self._looking: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def begin(
        cls,
        command: list[str],
        options: StartOptions,
        environment: dict[str, str],
        normaliser: Normaliser,
        *,
        allow_bypass: bool,
    ) -> Self:
        """Start the process and wait until it takes prompts. Raises `ProviderError`; nothing is left running then."""
        run = cls(command, options, environment, normaliser, allow_bypass=allow_bypass)
        try:
            await _asked(run._client.connect())
            info = await _asked(run._client.get_server_info())
        except BaseException:
            await run.close()
            raise
        run._inbox.put_nowait(slash_commands((info or {}).get("commands") or []))
        return run

    @property
    def pid(self) -> int:
        """Process id of `claude`."""
        return self._process.pid

    async def _on_frame(self, frame: Frame) -> None:
        await self._room.acquire()
        self._inbox.put_nowait(frame)

    async def events(self) -> AsyncIterator[Event]:
        while (item := await self._inbox.get()) is not None:
            if isinstance(item, ProviderError):
                raise item
            if not isinstance(item, dict):
                yield item
                continue
            self._room.release()
            for event in self._adapter.feed(item):
                if isinstance(event, TurnEnded):
                    self._look_at_context()
                yield event
            if item.get("type") == "result" and self._next:
                await self._go_on()

    async def prompt(self, prompt: ProviderPrompt) -> None:
        message_uuid = str(uuid.uuid4())
        frame = user_frame(prompt, message_uuid)
        for event in self._adapter.prompted(message_uuid, prompt.client_id):
            self._inbox.put_nowait(event)
        await self._process.send(frame)

    async def interrupt(self) -> None:
        if self._adapter.turn:
            await _asked(self._client.interrupt())

    async def set_model(self, model: str | None) -> None:
        await _asked(self._client.set_model(model))
        self._adapter.model = None
        self._inbox.put_nowait(ModelChanged(model=model))

    async def set_mode(self, mode: PermissionMode) -> None:
        self._check_mode(mode)
        await _asked(self._client.set_permission_mode(mode))

    async def set_effort(self, effort: Effort | None) -> None:
        # The SDK has no call for this one.
        await self._process.ask({"subtype": "apply_flag_settings", "settings": {"effortLevel": effort}})

    def _check_mode(self, mode: PermissionMode | None) -> None:
        if mode == "bypassPermissions" and not self._allow_bypass:
            raise ProviderError(
                "bypassPermissions is not allowed here; set ALLOW_BYPASS_PERMISSIONS=1, or choose another mode",
                field="mode",
            )

    async def _can_use_tool(
        self, tool: str, tool_input: dict[str, Any], context: ToolPermissionContext
    ) -> PermissionResultAllow | PermissionResultDeny:
        context.agent_id = self._adapter.subagents.started_by(context.agent_id)
        approval = approval_of(tool, tool_input, context)
        waiting: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._pending[approval.tool_use_id] = (approval, waiting)
        self._inbox.put_nowait(ApprovalRequested(approval=approval))
        try:
            decision = await waiting
        except asyncio.CancelledError:
            self._inbox.put_nowait(ApprovalWithdrawn(tool_use_id=approval.tool_use_id))
            raise
        finally:
            del self._pending[approval.tool_use_id]
        afresh = tool == PLAN_TOOL and decision.allowed and decision.clear_context
        if afresh:
            self._begin_afresh(str(tool_input.get("plan") or ""), decision)
        return result_of(tool, tool_input, decision, stop=afresh)

    async def answer(self, tool_use_id: str, decision: Decision) -> None:
        approval, waiting = self._pending.get(tool_use_id, (None, None))
        if approval is None or waiting is None or waiting.done():
            raise ProviderError(
                "Claude Code no longer waits for this answer; see what it did instead",
                field="toolUseId",
                code=APPROVAL_GONE,
            )
        self._check_mode(decision.target_mode)
        if decision.clear_context and not approval.input.get("plan"):
            raise ProviderError(
                "there is no plan to carry out in an empty conversation; leave clearContext out", field="clearContext"
            )
        if decision.rule:
            parse_rule(decision.rule)
        waiting.set_result(decision)

    def _begin_afresh(self, plan: str, decision: Decision) -> None:
        """Carry out a plan in an empty conversation: the turn that made it ends, then `/clear`, then the plan."""
        self._mode_afterwards = decision.target_mode or "default"
        self._next.extend(["/clear", f"Implement the following plan:\n\n{plan}"])
        self._adapter.hidden_ends += len(self._next)

    async def _go_on(self) -> None:
        if self._mode_afterwards:
            mode, self._mode_afterwards = self._mode_afterwards, None
            await self.set_mode(mode)
        await self.prompt(ProviderPrompt(text=self._next.popleft()))

    def _look_at_context(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._tell_context())

    async def _tell_context(self) -> None:
        # What fills the context is good to know, but no reason to fail.
        with contextlib.suppress(ProviderError):
            usage = await _asked(self._client.get_context_usage())
            self._inbox.put_nowait(
                ContextUsage(used=usage["totalTokens"], total=usage["maxTokens"], percent=usage["percentage"])
            )

    async def close(self) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        # Whoever waits may be cancelled; the process is ended all the same.
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        if self._adapter.turn and self._process.is_ready():
            # Tools end with their turn; without this they would outlive the process for a while.
            with contextlib.suppress(ProviderError, TimeoutError):
                await asyncio.wait_for(self.interrupt(), _INTERRUPT_BEFORE_CLOSE)
        if self._looking:
            self._looking.cancel()
        await self._client.disconnect()
        await self._process.close()
        self._inbox.put_nowait(None)


async def _asked(call: Awaitable[T]) -> T:
    """The answer to a request. The SDK raises bare exceptions; a `ProviderError` says why instead."""
    try:
        return await call
    except ProviderError:
        raise
    except Exception as error:
        raise ProviderError(f"Claude Code refused: {error}; try again, or look at its settings") from error
