"""Whether the service is up: open, for supervisors and monitors."""

from contextlib import suppress

from litestar import Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.types import ControllerRouterHandler

from hatchpod_api import __version__
from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import HostOverview, Overview
from hatchpod_api.catalog import Catalog
from hatchpod_api.errors import UnavailableError
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.messages.rest import Health

ANSWER_SECONDS = 2.0

_DOWN = ResponseSpec(Health, description="The agent host is down", generate_examples=False)


@get("/healthz", opt={"open": True}, security=[{}], tags=["health"], responses={503: _DOWN})
async def health(
    state: State,
    agents: NamedDependency[AgentsClient],
    history: NamedDependency[HistoryIndex],
    catalog: NamedDependency[Catalog],
) -> Response[Health]:
    """Health of the service; 503 when a process behind it is down"""
    problems = [history.stale] if history.stale else []
    up = False
    with suppress(UnavailableError):
        problems += (await agents.call(Overview(), HostOverview, seconds=ANSWER_SECONDS)).problems
        up = True
    try:
        sessions = await catalog.counts()
    except UnavailableError as error:  # no reason to restart what works
        problems.append(error.message)
        sessions = catalog.live_counts
    body = Health(
        status="ok" if up else "degraded",
        version=__version__,
        uptime=int(state.clock() - state.started),
        sessions=sessions,
        services={"agents": "up" if up else "down"},
        problems=problems,
    )
    return Response(body, status_code=200 if up else 503)


HANDLERS: list[ControllerRouterHandler] = [health]
