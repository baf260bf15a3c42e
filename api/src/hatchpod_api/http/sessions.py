"""Claude Code sessions: make, list, show, change, fork, end."""

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ControllerRouterHandler

from hatchpod_api.catalog import Catalog, Filters
from hatchpod_api.errors import ValueNotAllowedError
from hatchpod_api.http.errors import documented
from hatchpod_api.identifiers import checked
from hatchpod_api.messages.sessions import (
    CreateSession,
    ForkSession,
    SessionCreated,
    SessionDetail,
    SessionPage,
    SessionStatus,
    SessionSummary,
    UpdateSession,
)
from hatchpod_api.sessions import Sessions

MAX_PAGE = 500
PLAIN_LIST = 500


@post(
    "/api/sessions",
    status_code=201,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 502, 503),
    tags=["sessions"],
)
async def create_session(data: JSONBody[CreateSession], sessions: NamedDependency[Sessions]) -> SessionCreated:
    """Begin a session, or resume one; without a prompt it is idle"""
    return await sessions.create(data)


@get("/api/sessions", responses=documented(400, 401, 403, 422, 429), tags=["sessions"])
async def list_sessions(
    catalog: NamedDependency[Catalog],
    q: FromQuery[str | None] = None,
    cwd: FromQuery[str | None] = None,
    status: FromQuery[SessionStatus | None] = None,
    tag: FromQuery[str | None] = None,
    archived: FromQuery[bool] = False,
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> list[SessionSummary] | SessionPage:
    """Live and past sessions, newest first: an array of the newest 500, or with `limit` a page"""
    if limit is not None and not 1 <= limit <= MAX_PAGE:
        raise ValueNotAllowedError(f"`limit` must be from 1 to {MAX_PAGE}, got {limit}.", field="limit")
    filters = Filters(text=q, cwd=cwd, status=status, tag=tag, archived=archived)
    page = await catalog.page(filters, limit=limit or PLAIN_LIST, cursor=cursor)
    return page.items if limit is None else page


@get("/api/sessions/{session_id:str}", responses=documented(400, 401, 403, 404, 429, 503), tags=["sessions"])
async def get_session(session_id: FromPath[str], catalog: NamedDependency[Catalog]) -> SessionDetail:
    """One session, live or past; an id that the session had before is good as well"""
    return await catalog.detail(checked(session_id))


@patch(
    "/api/sessions/{session_id:str}",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 502, 503),
    tags=["sessions"],
)
async def update_session(
    session_id: FromPath[str], data: JSONBody[UpdateSession], sessions: NamedDependency[Sessions]
) -> SessionDetail:
    """Change what is named, and nothing else"""
    return await sessions.update(checked(session_id), data)


@delete("/api/sessions/{session_id:str}", responses=documented(400, 401, 403, 404, 429, 503), tags=["sessions"])
async def delete_session(
    session_id: FromPath[str], sessions: NamedDependency[Sessions], transcript: FromQuery[bool] = False
) -> None:
    """Stop and forget; the transcript stays unless `transcript=true`"""
    await sessions.delete(checked(session_id), transcript=transcript)


@post(
    "/api/sessions/{session_id:str}/fork",
    status_code=201,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 502, 503),
    tags=["sessions"],
)
async def fork_session(
    session_id: FromPath[str], data: JSONBody[ForkSession], sessions: NamedDependency[Sessions]
) -> SessionCreated:
    """A new session that goes on from here; this one stays as it is"""
    return await sessions.fork(checked(session_id), data)


HANDLERS: list[ControllerRouterHandler] = [
    create_session,
    list_sessions,
    get_session,
    update_session,
    delete_session,
    fork_session,
]
