"""Terminals that run, seen or not: list them, end one. What they show goes over the WebSocket."""

from litestar import delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import CloseTerminal, ListTerminals
from hatchpod_api.http.errors import documented
from hatchpod_api.identifiers import checked
from hatchpod_api.messages.terminal import TerminalSummary

_TAGS = ["terminals"]


@get("/api/terminals", responses=documented(401, 403, 429, 503), tags=_TAGS)
async def list_terminals(agents: NamedDependency[AgentsClient]) -> list[TerminalSummary]:
    """The terminals that run, oldest first"""
    return await agents.call(ListTerminals(), list[TerminalSummary])


@delete("/api/terminals/{terminal_id:str}", responses=documented(400, 401, 403, 404, 429, 503), tags=_TAGS)
async def close_terminal(terminal_id: FromPath[str], agents: NamedDependency[AgentsClient]) -> None:
    """Hang up: the shell and what runs in it end"""
    await agents.call(CloseTerminal(session_id=checked(terminal_id)), type(None))


HANDLERS: list[ControllerRouterHandler] = [list_terminals, close_terminal]
