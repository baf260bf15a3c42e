"""The protocol between the agent host and what runs a session.

A provider starts *runs*. A run is one process of an agent, over any number of turns: it is told of
prompts and answers, and tells a stream of events until it is closed. It knows nothing of clients,
sequence numbers, queues or approvals that wait: those are the agent host's.
"""

from collections.abc import AsyncIterator
from typing import Any, Literal, Protocol

import msgspec

from hatchpod_api.messages.frames import (
    Compacting,
    ContextUsage,
    ModeChanged,
    ModelChanged,
    RateLimit,
    SlashCommands,
    SubagentCompleted,
    SubagentStarted,
    SubagentToolCall,
    Tasks,
    ToolProgress,
)
from hatchpod_api.messages.sessions import Approval, Attachment, Effort, PermissionMode, TokenCounts
from hatchpod_api.messages.transcript import AssistantMessage, SystemMessage, ToolSummaryMessage, UserMessage

# The code of the error that answers what nobody waits for any more.
APPROVAL_GONE = "approval_gone"


class Internal(msgspec.Struct, frozen=True, kw_only=True):
    """A struct that stays inside the agent host."""


class StartOptions(Internal, frozen=True):
    """How a run begins. `session_id` is the session's id; `resume` the transcript it goes on from, if any."""

    session_id: str
    cwd: str
    permission_mode: PermissionMode = "default"
    model: str | None = None
    effort: Effort | None = None
    allowed_tools: tuple[str, ...] = ()
    resume: str | None = None
    fork: bool = False


class ProviderPrompt(Internal, frozen=True):
    """A prompt with its attachments' content at hand: `data` is set on each."""

    text: str
    client_id: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Decision(Internal, frozen=True):
    """What a person answered. `rule` is set when it holds from now on: written as the agent keeps such rules."""

    allowed: bool
    message: str | None = None
    updated_input: dict[str, Any] | None = None
    rule: str | None = None
    answers: dict[str, str | list[str]] | None = None
    target_mode: PermissionMode | None = None
    clear_context: bool = False


class Said(Internal, frozen=True):
    """A message as it stands now. The same `key` again replaces it. The host gives the index; this one is ignored."""

    key: str
    message: UserMessage | AssistantMessage | SystemMessage | ToolSummaryMessage


class Delta(Internal, frozen=True):
    """Text that grows a part of the message with this key, before the message itself is said."""

    key: str
    part_index: int
    kind: Literal["text", "thinking"]
    text: str


class ApprovalRequested(Internal, frozen=True):
    """The agent waits until `Run.answer` is called for it."""

    approval: Approval


class ApprovalWithdrawn(Internal, frozen=True):
    """The agent no longer waits for this one."""

    tool_use_id: str


class TurnStarted(Internal, frozen=True):
    """A turn runs; also one that the agent began itself, such as after a background task."""


class TurnEnded(Internal, frozen=True):
    """The turn is over; the run goes on. `error` is for people. Cost, tokens and turns are the session's totals."""

    outcome: Literal["completed", "interrupted", "error"]
    error: str | None = None
    total_cost_usd: float | None = None
    tokens: TokenCounts | None = None
    num_turns: int | None = None


class BackgroundTasks(Internal, frozen=True):
    """How many tasks of the agent go on beside its turns."""

    count: int


class Redirected(Internal, frozen=True):
    """The agent goes on under another session id; with `begins_anew` in a conversation that has no messages yet."""

    session_id: str
    begins_anew: bool = False


Event = (
    Said
    | Delta
    | ApprovalRequested
    | ApprovalWithdrawn
    | TurnStarted
    | TurnEnded
    | BackgroundTasks
    | Redirected
    | ToolProgress
    | SubagentStarted
    | SubagentToolCall
    | SubagentCompleted
    | Tasks
    | Compacting
    | ContextUsage
    | RateLimit
    | ModeChanged
    | ModelChanged
    | SlashCommands
)


class Run(Protocol):
    """One process of an agent. Methods raise `ProviderError` when the agent refuses or is gone."""

    def events(self) -> AsyncIterator[Event]:
        """Everything that happens, until the run is closed; raises `ProviderError` when the agent dies by itself.

        Called once. Whoever iterates may be slow: the run waits rather than drops.
        """
        ...

    async def prompt(self, prompt: ProviderPrompt) -> None:
        """Begin a turn, or steer the one that runs. The prompt comes back as `Said`, with its `client_id`."""
        ...

    async def interrupt(self) -> None:
        """End the turn that runs; `TurnEnded` with `interrupted` follows. Nothing happens when none runs."""
        ...

    async def set_model(self, model: str | None) -> None: ...

    async def set_mode(self, mode: PermissionMode) -> None: ...

    async def set_effort(self, effort: Effort | None) -> None:
        """From the next request to the model on; None for the agent's own choice."""
        ...

    async def answer(self, tool_use_id: str, decision: Decision) -> None:
        """Answer an `ApprovalRequested`, which waits on when this raises.

        For an unknown or withdrawn one it raises `ProviderError` with the code `APPROVAL_GONE`.
        """
        ...

    async def close(self) -> None:
        """End the process and wait for it, within bounds. Safe to call twice."""
        ...


class Provider(Protocol):
    name: str
    writes_transcripts: bool

    async def start(self, options: StartOptions) -> Run:
        """Start an agent, or raise `ProviderError` with what is missing and what to do."""
        ...
