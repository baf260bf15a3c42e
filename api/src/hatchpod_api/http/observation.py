"""Every request is counted, and every one that changes something is written down. What it carries is neither."""

import time
from urllib.parse import parse_qs

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from hatchpod_api.audit import Audit
from hatchpod_api.errors import HatchpodError
from hatchpod_api.http.errors import status_of
from hatchpod_api.http.perimeter import client_address
from hatchpod_api.metrics import Metrics
from hatchpod_api.peers import TrustedProxies

_READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

# Parameters that say what a request is about.
_TELLING = ("path", "cwd", "name", "scope")


class Observation(ASGIMiddleware):
    """Goes around everything else, so that what the perimeter refuses is seen as well."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, metrics: Metrics, audit: Audit, proxies: TrustedProxies) -> None:
        self._metrics = metrics
        self._audit = audit
        self._proxies = proxies

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        begun, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await next_app(scope, receive, watch)
        except (HatchpodError, HTTPException) as error:
            status = error.status_code if isinstance(error, HTTPException) else status_of(error)
            raise
        finally:
            await self._note(scope, status, time.perf_counter() - begun)  # type: ignore[arg-type] # `scopes` says so

    async def _note(self, scope: HTTPScope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = scope.get("path_template") or "unknown"
        self._metrics.note_request(method, route, status, seconds)
        if method not in _READ_ONLY and status != 404 and route != "unknown":
            client = client_address(scope, self._proxies)
            await self._audit.note(scope.get("user"), client, f"{method} {route}", _target(scope), status)


def _target(scope: HTTPScope) -> str | None:
    """What the request is about, by the parts of its address that name something."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    named = [f"{name}={query[name][0]}" for name in _TELLING if name in query]
    return " ".join([*map(str, scope.get("path_params", {}).values()), *named]) or None
