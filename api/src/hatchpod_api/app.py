"""Builds the ASGI application from its settings; nothing else."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from hatchpod_api import stream, terminal
from hatchpod_api.auth.failures import Clock
from hatchpod_api.config import Settings
from hatchpod_api.hosts import AllowedHosts
from hatchpod_api.http import (
    claude_code,
    config,
    docs,
    errors,
    export,
    files,
    git,
    health,
    history,
    login,
    metrics,
    openapi,
    push,
    search,
    sessions,
    terminals,
    tokens,
    ui,
    usage,
    webhooks,
)
from hatchpod_api.http import settings as user_settings
from hatchpod_api.http.observation import Observation
from hatchpod_api.http.perimeter import Authentication, Perimeter, add_security_headers
from hatchpod_api.parts import Parts

RESOURCES = (
    *(health, login, tokens, config, user_settings, sessions, history, search, export, usage, files, git),
    *(terminals, claude_code, push, webhooks, metrics),
)
HANDLERS: list[ControllerRouterHandler] = [handler for resource in RESOURCES for handler in resource.HANDLERS]

# For phones on slow networks. Routes with "as_is" send what is compressed already, or parts of a file.
_COMPRESSION = CompressionConfig(backend="gzip", gzip_compress_level=4, minimum_size=1000, exclude_opt_key="as_is")


def create_app(settings: Settings, *, clock: Clock = time.monotonic, wall_clock: Clock = time.time) -> Litestar:
    parts = Parts(settings, clock, wall_clock)
    dependencies = provide(parts)
    document = cache(lambda: openapi.describe(HANDLERS, dependencies))
    own = [ui.ui_route(settings.places.ui), openapi.openapi_route(document), docs.docs_route(document)]
    return Litestar(
        [*own, stream.session_stream, terminal.terminal_stream, *HANDLERS],
        state=State({"started": clock(), "clock": clock}),
        dependencies=dependencies,
        lifespan=[lambda _: parts],
        middleware=[
            Observation(parts.metrics, parts.audit, parts.proxies),
            Perimeter(AllowedHosts(settings.allowed_hosts, tailnet=settings.tailnet_name)),
            Authentication(parts.authenticator, parts.proxies),
        ],
        before_send=[add_security_headers],
        compression_config=_COMPRESSION,
        exception_handlers=errors.HANDLERS,
        request_max_body_size=config.MAX_BODY,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


def provide(parts: Parts) -> dict[str, Provide]:
    """The parts that handlers may ask for, by name."""
    public = {name: part for name, part in vars(parts).items() if not name.startswith("_")}
    return {name: Provide(_constant(part), sync_to_thread=False) for name, part in public.items()}


def _constant(part: object) -> Callable[[], Any]:
    return lambda: part
