"""Messages of a session and the pictures in them."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.errors import ValueNotAllowedError
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.http.errors import documented
from hatchpod_api.identifiers import checked
from hatchpod_api.messages.frames import SubagentCompleted, SubagentStarted, SubagentToolCall
from hatchpod_api.messages.transcript import MessagePage, NormalizedMessage
from hatchpod_api.past import all_messages, message_page

DEFAULT_PAGE = 30
MAX_PAGE = 500
MAX_HISTORY = 10_000


@get(
    "/api/sessions/{session_id:str}/messages", responses=documented(400, 401, 403, 404, 422, 429, 503), tags=["history"]
)
async def list_messages(
    session_id: FromPath[str],
    agents: NamedDependency[AgentsClient],
    history: NamedDependency[HistoryIndex],
    before: FromQuery[int | None] = None,
    limit: FromQuery[int] = DEFAULT_PAGE,
) -> MessagePage:
    """The newest messages, or those before the one with the index `before`; oldest first"""
    if not 1 <= limit <= MAX_PAGE:
        raise ValueNotAllowedError(f"`limit` must be from 1 to {MAX_PAGE}, got {limit}.", field="limit")
    if before is not None and before < 0:
        raise ValueNotAllowedError(f"`before` must be the index of a message, got {before}.", field="before")
    return await message_page(checked(session_id), agents, history, before=before, limit=limit)


@get("/api/sessions/{session_id:str}/history", responses=documented(400, 401, 403, 404, 429, 503), tags=["history"])
async def session_history(
    session_id: FromPath[str], agents: NamedDependency[AgentsClient], history: NamedDependency[HistoryIndex]
) -> list[NormalizedMessage]:
    """All messages in one array, the newest 10,000 of them"""
    return await all_messages(checked(session_id), agents, history, limit=MAX_HISTORY)


@get(
    "/api/sessions/{session_id:str}/images/{uuid:str}/{number:int}",
    responses=documented(400, 401, 403, 404, 429, 503),
    media_type="image/*",
    tags=["history"],
)
async def session_image(
    session_id: FromPath[str], uuid: FromPath[str], number: FromPath[int], history: NamedDependency[HistoryIndex]
) -> Response[bytes]:
    """A picture in a message, at the address that its part names"""
    image = await history.image(checked(session_id), uuid, number)
    # Transcripts are only ever added to: the picture at an address stays.
    headers = {"Cache-Control": "private, max-age=86400, immutable", "Content-Disposition": "inline"}
    return Response(image.content, media_type=image.media_type, headers=headers)


@get(
    "/api/sessions/{session_id:str}/subagents/{tool_use_id:str}",
    responses=documented(400, 401, 403, 404, 429, 503),
    tags=["history"],
)
async def session_subagent(
    session_id: FromPath[str],
    tool_use_id: FromPath[str],
    agents: NamedDependency[AgentsClient],
    history: NamedDependency[HistoryIndex],
) -> list[SubagentStarted | SubagentToolCall | SubagentCompleted]:
    """What the stream has told of the subagent that this use of a tool started, once it has ended"""
    return await history.subagent(agents.resolve(checked(session_id)), tool_use_id)


HANDLERS: list[ControllerRouterHandler] = [list_messages, session_history, session_image, session_subagent]
