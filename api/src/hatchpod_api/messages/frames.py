"""Frames that the server sends in a session stream; what clients send is in `commands`."""

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from hatchpod_api.messages.base import Wire
from hatchpod_api.messages.sessions import (
    Approval,
    PermissionMode,
    QueueItem,
    SessionStatus,
    TokenCounts,
)
from hatchpod_api.messages.transcript import NormalizedMessage, Task


class Frame(Wire, frozen=True, tag_field="type", omit_defaults=True):
    """A frame of the journal carries `seq`, which counts up by one within an epoch; a frame of one connection none."""


class Journaled(Frame, frozen=True, kw_only=True):
    seq: int | UnsetType = UNSET


class Message(Journaled, frozen=True, kw_only=True, tag="message"):
    """A message as it stands now: new, or in place of the one with the same index and of what deltas built there."""

    message: NormalizedMessage


class MessageDiscarded(Journaled, frozen=True, kw_only=True, tag="message_discarded"):
    """What deltas began at this index was never said: the turn ended before."""

    message_index: int


class TextDelta(Journaled, frozen=True, kw_only=True, tag="text_delta", omit_defaults=False):
    """`text` goes at `offset` (in UTF-16 code units, as JavaScript counts) of that part of that message."""

    message_index: int
    part_index: int
    offset: int
    text: str


class ThinkingDelta(Journaled, frozen=True, kw_only=True, tag="thinking_delta", omit_defaults=False):
    """Like `text_delta`, for a part of type `reasoning`."""

    message_index: int
    part_index: int
    offset: int
    text: str


class Status(Journaled, frozen=True, kw_only=True, tag="status", omit_defaults=False):
    """`source` is `cli` while the session is run by a `claude` in a terminal and only followed here."""

    status: SessionStatus
    background_tasks: int = 0
    error: str | None = None
    source: Literal["web", "cli"] = "web"


class ToolApprovalRequest(Approval, frozen=True, kw_only=True, tag_field="type", tag="tool_approval_request"):
    seq: int | UnsetType = UNSET


class ToolApprovalResolved(Journaled, frozen=True, kw_only=True, tag="tool_approval_resolved"):
    """The approval is no longer pending: answered by any client, or gone with its turn."""

    tool_use_id: str
    outcome: Literal["allowed", "denied", "withdrawn"]


class ToolProgress(Journaled, frozen=True, kw_only=True, tag="tool_progress"):
    tool_use_id: str
    tool_name: str
    elapsed_seconds: float
    subagent_id: str | None = None


class SubagentStarted(Journaled, frozen=True, kw_only=True, tag="subagent_started"):
    """`subagent_id` is the id of the tool use that started it."""

    subagent_id: str
    description: str
    agent_type: str | None = None
    prompt: str | None = None
    started_at: str | None = None


class SubagentToolCall(Journaled, frozen=True, kw_only=True, tag="subagent_tool_call"):
    subagent_id: str
    tool_use_id: str
    tool_name: str
    input: dict[str, Any]
    summary: str | None = None


class SubagentCompleted(Journaled, frozen=True, kw_only=True, tag="subagent_completed"):
    subagent_id: str
    is_error: bool = False
    summary: str | None = None
    total_tokens: int | None = None
    tool_uses: int | None = None
    duration_ms: int | None = None


class Tasks(Journaled, frozen=True, kw_only=True, tag="tasks", omit_defaults=False):
    """The agent's whole list of things to do, in its order."""

    tasks: list[Task]


class Compacting(Journaled, frozen=True, kw_only=True, tag="compacting"):
    active: bool


class ContextUsage(Journaled, frozen=True, kw_only=True, tag="context_usage"):
    """Tokens in the model's context window, and its size."""

    used: int
    total: int
    percent: float


class GitDiffStat(Journaled, frozen=True, kw_only=True, tag="git_diff_stat", omit_defaults=False):
    """Changes of the session's directory against its last commit. `branch` is null outside a repository."""

    branch: str | None
    files: int
    insertions: int
    deletions: int


class RateLimit(Journaled, frozen=True, kw_only=True, tag="rate_limit"):
    """`utilization` from 0 to 1; `resets_at` is when the window begins anew."""

    status: Literal["allowed", "allowed_warning", "rejected"]
    kind: str
    utilization: float | None = None
    resets_at: str | None = None


class ModeChanged(Journaled, frozen=True, kw_only=True, tag="mode_changed"):
    mode: PermissionMode


class ModelChanged(Journaled, frozen=True, kw_only=True, tag="model_changed", omit_defaults=False):
    model: str | None


class SessionRedirected(Journaled, frozen=True, kw_only=True, tag="session_redirected"):
    """The session goes on under another id; the old one still resolves to it."""

    session_id: str


class SlashCommand(Wire, frozen=True, omit_defaults=True):
    name: str
    description: str | None = None
    argument_hint: str | None = None


class SlashCommands(Journaled, frozen=True, kw_only=True, tag="slash_commands", omit_defaults=False):
    commands: list[SlashCommand]


class QueueChanged(Journaled, frozen=True, kw_only=True, tag="queue", omit_defaults=False):
    """The whole queue. It is paused after an interrupt until `queue_resume` or the next prompt."""

    items: list[QueueItem]
    paused: bool


class Usage(Journaled, frozen=True, kw_only=True, tag="usage", omit_defaults=False):
    """Totals of the session so far."""

    tokens: TokenCounts
    total_cost_usd: float
    num_turns: int


class Resume(Frame, frozen=True, tag="resume"):
    """The answer to a cursor. After `ok` come the missed frames; after `gap` a replay as if there were no cursor."""

    result: Literal["ok", "gap"]
    cursor: str


class ReplayComplete(Frame, frozen=True, tag="replay_complete", omit_defaults=False):
    """The snapshot ends here; live frames go on after `cursor`."""

    total_messages: int
    oldest_index: int | None
    cursor: str


class Ping(Frame, frozen=True, tag="ping"):
    """Every 30 s of silence."""


class Pong(Frame, frozen=True, tag="pong"):
    """The answer to a client's `ping`."""


class Error(Frame, frozen=True, tag="error"):
    """A frame that was not taken; nothing changed. `client_id` names the prompt that it is about."""

    error: str
    code: str
    field: str | None = None
    client_id: str | None = None


StoryFrame = (
    Message
    | MessageDiscarded
    | TextDelta
    | ThinkingDelta
    | Status
    | ToolApprovalRequest
    | ToolApprovalResolved
    | ToolProgress
    | SubagentStarted
    | SubagentToolCall
    | SubagentCompleted
    | Tasks
    | Compacting
    | ContextUsage
    | GitDiffStat
    | RateLimit
    | ModeChanged
    | ModelChanged
    | SessionRedirected
    | SlashCommands
    | QueueChanged
    | Usage
)
ServerFrame = StoryFrame | Resume | ReplayComplete | Ping | Pong | Error
