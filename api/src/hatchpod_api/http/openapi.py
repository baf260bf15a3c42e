"""The OpenAPI 3.1 document of the routes.

Made on first request, from a second application that serves nothing: the framework's own route for
it would bring HTML pages and a catch-all under /api, and its generator memory that is rarely used.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Response, get
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

from hatchpod_api import __version__
from hatchpod_api.messages.commands import ClientFrame
from hatchpod_api.messages.frames import ServerFrame
from hatchpod_api.messages.terminal import TerminalClientFrame, TerminalServerFrame

_FRAMES = {
    "ServerFrame": ServerFrame,
    "ClientFrame": ClientFrame,
    "TerminalServerFrame": TerminalServerFrame,
    "TerminalClientFrame": TerminalClientFrame,
}

_SECURITY = Components(
    security_schemes={
        "password": SecurityScheme(type="http", scheme="bearer", description="The workstation's API password"),
        "login": SecurityScheme(
            type="apiKey", name="hatchpod_login", security_scheme_in="cookie", description="Set by POST /api/login"
        ),
    }
)


def openapi_route(document: Callable[[], bytes]) -> ControllerRouterHandler:
    """The handler that serves what `document` returns."""

    @get("/api/openapi.json", opt={"open": True}, sync_to_thread=True, include_in_schema=False)
    def openapi() -> Response[bytes]:
        return Response(document(), media_type=MediaType.JSON)

    return openapi


def describe(handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide]) -> bytes:
    """The document of `handlers`; a parameter named in `dependencies` is none of the client's."""
    config = OpenAPIConfig(
        title="Hatchpod",
        version=__version__,
        description="Claude Code sessions of one workstation.",
        components=_SECURITY,
        security=[{"password": []}, {"login": []}],
        render_plugins=[JsonRenderPlugin()],
        use_handler_docstrings=True,
    )
    described = Litestar(handlers, dependencies=dependencies, openapi_config=config, logging_config=None)
    document = described.openapi_schema.to_schema()
    schemas = document["components"].setdefault("schemas", {})
    document["components"]["schemas"] = {**_frames(), **schemas}
    return msgspec.json.encode(document)


def _frames() -> dict[str, Any]:
    """What the WebSockets carry, which OpenAPI has no place for: each union by name, and every struct in it."""
    template = "#/components/schemas/{name}"
    unions, structs = msgspec.json.schema_components(_FRAMES.values(), ref_template=template)
    return {**structs, **dict(zip(_FRAMES, unions, strict=True))}
