"""A session as a file."""

import asyncio
from typing import Annotated, Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.catalog import Catalog
from hatchpod_api.history.export import MEDIA_TYPES, Format, export, file_name
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.http.errors import documented
from hatchpod_api.identifiers import checked
from hatchpod_api.past import all_messages

MAX_MESSAGES = 20_000

_FILE = ResponseSpec(Any, media_type="*/*", description="text/markdown, application/json or text/html")


@get(
    "/api/sessions/{session_id:str}/export",
    responses={200: _FILE, **documented(400, 401, 403, 404, 422, 429, 503)},
    tags=["history"],
)
async def export_session(
    session_id: FromPath[str],
    agents: NamedDependency[AgentsClient],
    catalog: NamedDependency[Catalog],
    history: NamedDependency[HistoryIndex],
    form: Annotated[Format, QueryParameter(name="format", description="The kind of file")] = "md",
) -> Response[bytes]:
    """The newest 20,000 messages as a file to keep: Markdown, JSON or a page of HTML that needs nothing else"""
    session = await catalog.detail(checked(session_id))
    messages = await all_messages(session.id, agents, history, limit=MAX_MESSAGES)
    content = await asyncio.to_thread(export, session, messages, form)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(session, form)}"'}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


HANDLERS: list[ControllerRouterHandler] = [export_session]
