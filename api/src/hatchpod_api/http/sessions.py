"""Claude Code sessions. None exist yet: the list is the frame that they will appear in."""

from litestar import get
from litestar.params import FromQuery

from hatchpod_api.errors import ValueNotAllowedError
from hatchpod_api.http.errors import documented
from hatchpod_api.messages import SessionPage, SessionSummary

MAX_PAGE = 500


@get("/api/sessions", responses=documented(400, 401, 403, 422, 429), tags=["sessions"])
async def list_sessions(limit: FromQuery[int | None] = None) -> list[SessionSummary] | SessionPage:
    """Live and past sessions, newest first: an array, or with `limit` a page"""
    if limit is None:
        return []
    if not 1 <= limit <= MAX_PAGE:
        raise ValueNotAllowedError(f"`limit` must be from 1 to {MAX_PAGE}, got {limit}.", field="limit")
    return SessionPage(items=[], next_cursor=None)
