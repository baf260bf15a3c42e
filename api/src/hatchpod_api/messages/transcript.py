"""What was said in a session, as people see it: the same whether it is live or read from a transcript."""

from typing import Any, Literal

import msgspec

from hatchpod_api.messages.base import Wire


class TextPart(Wire, frozen=True, tag_field="type", tag="text"):
    text: str


class ToolUsePart(Wire, frozen=True, tag_field="type", tag="tool_use", omit_defaults=True):
    tool_use_id: str
    tool_name: str
    input: dict[str, Any]
    summary: str | None = None


class ToolResultPart(Wire, frozen=True, tag_field="type", tag="tool_result"):
    """`output` is the text that the tool gave back; images of a result are parts of their own beside it."""

    tool_use_id: str
    output: str
    is_error: bool = False


class ReasoningPart(Wire, frozen=True, tag_field="type", tag="reasoning"):
    text: str


class ImagePart(Wire, frozen=True, tag_field="type", tag="image"):
    """`ref` is an address below `/api/sessions/` that serves the picture, relative to the origin."""

    media_type: str
    ref: str


class ErrorPart(Wire, frozen=True, tag_field="type", tag="error", omit_defaults=True):
    message: str
    code: str | None = None


Part = TextPart | ToolUsePart | ToolResultPart | ReasoningPart | ImagePart | ErrorPart


class MessageUsage(Wire, frozen=True):
    """Tokens of one answer of the model."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


class UserMessage(Wire, frozen=True, tag_field="role", tag="user", omit_defaults=True):
    """`client_id` is the one that the prompt came with, so that a client knows its own."""

    index: int
    parts: list[Part]
    created_at: str | None = None
    client_id: str | None = None


class AssistantMessage(Wire, frozen=True, tag_field="role", tag="assistant", omit_defaults=True):
    index: int
    parts: list[Part]
    created_at: str | None = None
    thinking_duration_ms: int | None = None
    model: str | None = None
    usage: MessageUsage | None = None


class CompactBoundary(Wire, frozen=True, tag_field="type", tag="compact_boundary", omit_defaults=True):
    """What came before was replaced by a summary. `trigger` says by whom it was asked for."""

    trigger: Literal["manual", "auto"] = "auto"
    tokens_before: int | None = None


class SessionResult(Wire, frozen=True, tag_field="type", tag="session_result"):
    total_cost_usd: float
    num_turns: int


class StatusNote(Wire, frozen=True, tag_field="type", tag="status"):
    text: str


SystemEvent = CompactBoundary | SessionResult | StatusNote


class SystemMessage(Wire, frozen=True, tag_field="role", tag="system", omit_defaults=True):
    index: int
    event: SystemEvent
    created_at: str | None = None


class ToolSummaryMessage(Wire, frozen=True, tag_field="role", tag="tool_summary", omit_defaults=True):
    index: int
    summary: str
    preceding_tool_use_ids: list[str]
    created_at: str | None = None


NormalizedMessage = UserMessage | AssistantMessage | SystemMessage | ToolSummaryMessage


class Task(Wire, frozen=True, omit_defaults=True):
    """One item of the agent's list of things to do."""

    id: str
    content: str
    status: Literal["pending", "in_progress", "completed"] = "pending"
    active_form: str | None = None


class MessagePage(Wire, frozen=True):
    """Consecutive messages, oldest first. `oldest_index` is null on an empty page; pass it back as `before`."""

    messages: list[NormalizedMessage]
    tasks: list[Task]
    total_messages: int
    has_more: bool
    oldest_index: int | None


def with_index(message: NormalizedMessage, index: int) -> NormalizedMessage:
    """The same message at another place."""
    return msgspec.structs.replace(message, index=index)
