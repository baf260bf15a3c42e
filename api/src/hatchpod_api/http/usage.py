"""What was spent, and how much may be."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.errors import ValueNotAllowedError
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.http.errors import documented
from hatchpod_api.messages.frames import RateLimit
from hatchpod_api.messages.usage import UsageReport
from hatchpod_api.timestamps import now

DEFAULT_DAYS = 30


@get("/api/usage", responses=documented(400, 401, 403, 422, 429, 503), tags=["history"])
async def read_usage(
    history: NamedDependency[HistoryIndex],
    first: Annotated[str | None, QueryParameter(name="from", description="First day, as 2026-11-23")] = None,
    to: FromQuery[str | None] = None,
) -> UsageReport:
    """Cost and tokens by day, model and session, over the last 30 days or from one day to another, both included"""
    last = _day(to, "to") if to else datetime.now(UTC).date()
    start = _day(first, "from") if first else last - timedelta(days=min(DEFAULT_DAYS - 1, (last - date.min).days))
    if start > last:
        raise ValueNotAllowedError(f"`from` must not be after `to`, got {start} and {last}.", field="from")
    return await history.usage(start.isoformat(), last.isoformat())


@get(
    "/api/rate-limits",
    responses={204: ResponseSpec(None, description="Nothing that it said still counts"), **documented(401, 403, 429)},
    tags=["usage"],
)
async def read_rate_limits(agents: NamedDependency[AgentsClient]) -> Response[list[RateLimit] | None]:
    """What the agents' provider last said of its limits, one entry of each kind that still counts; 204 without any"""
    present = now()
    limits = [limit for limit in agents.rate_limits.values() if limit.resets_at is None or limit.resets_at > present]
    return Response(limits or None, status_code=200 if limits else 204)


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueNotAllowedError(f"`{field}` must be a day like 2026-11-23, got {text!r}.", field=field) from None


HANDLERS: list[ControllerRouterHandler] = [read_usage, read_rate_limits]
