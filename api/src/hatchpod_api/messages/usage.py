"""What was spent."""

from hatchpod_api.messages.base import Wire
from hatchpod_api.messages.sessions import TokenCounts


class DayUsage(Wire, frozen=True):
    """`day` is a date in UTC: 2026-11-23."""

    day: str
    total_cost_usd: float
    tokens: TokenCounts


class ModelUsage(Wire, frozen=True):
    model: str
    total_cost_usd: float
    tokens: TokenCounts


class SessionUsage(Wire, frozen=True):
    id: str
    title: str | None
    summary: str | None
    cwd: str
    total_cost_usd: float
    tokens: TokenCounts


class UsageReport(Wire, frozen=True):
    """Everything from the first day to the last, both included.

    Costs are those that Claude Code has written down; what came after that is estimated from list prices. Sessions are
    the 100 that cost most.
    """

    total_cost_usd: float
    tokens: TokenCounts
    days: list[DayUsage]
    models: list[ModelUsage]
    sessions: list[SessionUsage]
