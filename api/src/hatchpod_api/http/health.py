"""Whether the service is up: open, for supervisors and monitors."""

from litestar import get
from litestar.datastructures import State

from hatchpod_api import __version__
from hatchpod_api.messages import Health, SessionCounts


@get("/healthz", opt={"open": True}, security=[{}], tags=["health"])
async def health(state: State) -> Health:
    """Health of the service"""
    return Health(
        status="ok",
        version=__version__,
        uptime=int(state.clock() - state.started),
        sessions=SessionCounts(active=0, total=0),
        services={},
    )
