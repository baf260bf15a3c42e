"""Bodies of REST requests and responses."""

from typing import Literal

import msgspec

from hatchpod_api.messages.base import Wire

SessionStatus = Literal[
    "idle", "starting", "running", "waiting_for_approval", "completed", "interrupted", "error", "history"
]
PermissionMode = Literal["default", "acceptEdits", "plan", "dontAsk", "bypassPermissions"]


class SessionCounts(Wire, frozen=True):
    active: int
    total: int


class Health(Wire, frozen=True):
    """`uptime` is in seconds; `services` has the state of each process behind the API."""

    status: Literal["ok"]
    version: str
    uptime: int
    sessions: SessionCounts
    services: dict[str, str]


class LoginRequest(Wire, frozen=True, forbid_unknown_fields=True):
    password: str


class TokenCounts(Wire, frozen=True):
    input: int
    output: int
    cache_read: int
    cache_write: int


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


class SessionPage(Wire, frozen=True):
    """A page of the list. Pass `next_cursor` back as `cursor`; null at the end."""

    items: list[SessionSummary]
    next_cursor: str | None = msgspec.field(name="next_cursor")
