"""Sessions: what is asked for, what is listed, what is shown of one."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from hatchpod_api.messages.base import Wire

SessionStatus = Literal[
    "idle", "starting", "running", "waiting_for_approval", "completed", "interrupted", "error", "history"
]
PermissionMode = Literal["default", "acceptEdits", "plan", "dontAsk", "bypassPermissions"]
Effort = Literal["low", "medium", "high", "xhigh", "max"]

# Statuses in which an agent works or waits for a person.
BUSY: frozenset[SessionStatus] = frozenset({"starting", "running", "waiting_for_approval"})


class TokenCounts(Wire, frozen=True):
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


class Attachment(Wire, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A picture as base64 `data`, or a file of the workspace by its `path`; exactly one of the two."""

    name: str | None = None
    media_type: str | None = None
    data: str | None = None
    path: str | None = None


class Suggestion(Wire, frozen=True):
    """What "always" can mean for an approval: a permission rule as Claude Code writes them: `Bash(git diff:*)`."""

    rule: str
    label: str


class QuestionOption(Wire, frozen=True, omit_defaults=True):
    label: str
    description: str | None = None


class Question(Wire, frozen=True, omit_defaults=True):
    """`header` is a few words; `multi_select` permits several of the options. A free text is always permitted."""

    question: str
    header: str
    options: list[QuestionOption]
    multi_select: bool = False


class Approval(Wire, frozen=True, omit_defaults=True):
    """Something that an agent waits for. A plan or a question is answered where a tool is allowed or denied."""

    tool_use_id: str
    tool_name: str
    input: dict[str, Any]
    kind: Literal["tool", "question", "plan"] = "tool"
    title: str | None = None
    reason: str | None = None
    suggestions: list[Suggestion] = msgspec.field(default_factory=list)
    questions: list[Question] = msgspec.field(default_factory=list)
    subagent_id: str | None = None
    created_at: str | None = None


class QueueItem(Wire, frozen=True, omit_defaults=True):
    """A prompt that waits its turn."""

    id: str
    text: str
    client_id: str | None = None
    attachments: list[Attachment] = msgspec.field(default_factory=list)
    created_at: str | None = None


class Queue(Wire, frozen=True):
    items: list[QueueItem]
    paused: bool


class SessionSummary(Wire, frozen=True):
    """One row of the session list."""

    id: str
    status: SessionStatus
    created_at: str
    last_modified: str
    num_turns: int
    total_cost_usd: float
    tokens: TokenCounts
    has_pending_approval: bool
    provider: str
    slug: str | None
    summary: str | None
    title: str | None
    tags: list[str]
    cwd: str
    permission_mode: PermissionMode
    model: str | None
    effort: Effort | None = None
    archived: bool = False
    total_messages: int | None = None
    git_branch: str | None = None


class SessionPage(Wire, frozen=True):
    """A page of the list. Pass `next_cursor` back as `cursor`; null at the end."""

    items: list[SessionSummary]
    next_cursor: str | None = msgspec.field(name="next_cursor")


class SessionDetail(SessionSummary, frozen=True, kw_only=True):
    """One session. `pending_approval` is the first of `pending_approvals`."""

    pending_approval: Approval | None = None
    pending_approvals: list[Approval] = msgspec.field(default_factory=list)
    queue: Queue = msgspec.field(default_factory=lambda: Queue(items=[], paused=False))
    background_tasks: int = 0
    error: str | None = None
    source: Literal["web", "cli"] = "web"
    worktree: str | None = None


class CreateSession(Wire, frozen=True, forbid_unknown_fields=True):
    """All of it optional: without a prompt the session is idle. `effort` and `model` default to the settings."""

    prompt: str = ""
    cwd: str | None = None
    permission_mode: PermissionMode | None = None
    model: str | None = None
    effort: Effort | None = None
    provider: str = "claude"
    allowed_tools: list[str] = msgspec.field(default_factory=list)
    resume_session_id: str | None = None
    worktree: str | bool | None = None
    attachments: list[Attachment] = msgspec.field(default_factory=list)
    client_id: str | None = None


class SessionCreated(Wire, frozen=True):
    id: str
    status: SessionStatus


class UpdateSession(Wire, frozen=True, forbid_unknown_fields=True):
    """What is not named does not change; null clears a title or a model."""

    title: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    permission_mode: PermissionMode | UnsetType = UNSET
    model: str | UnsetType | None = UNSET
    effort: Effort | UnsetType | None = UNSET


class ForkSession(Wire, frozen=True, forbid_unknown_fields=True):
    """`prompt` starts the new session at once."""

    prompt: str = ""
    title: str | None = None
