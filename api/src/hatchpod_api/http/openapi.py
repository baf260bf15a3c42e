"""The OpenAPI 3.1 document of the routes.

Made on first request, from a second application that serves nothing: the framework's own route for
it would bring HTML pages and a catch-all under /api, and its generator memory that is rarely used.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import msgspec
from litestar import Litestar, MediaType, Response, get
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

from hatchpod_api import __version__

_SECURITY = Components(
    security_schemes={
        "password": SecurityScheme(type="http", scheme="bearer", description="The workstation's API password"),
        "login": SecurityScheme(
            type="apiKey", name="hatchpod_login", security_scheme_in="cookie", description="Set by POST /api/login"
        ),
    }
)


def openapi_route(
    handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide]
) -> ControllerRouterHandler:
    """The handler that describes `handlers`; a parameter named in `dependencies` is none of the client's."""
    document = cache(lambda: _document(handlers, dependencies))

    @get("/api/openapi.json", opt={"open": True}, sync_to_thread=True, include_in_schema=False)
    def openapi() -> Response[bytes]:
        return Response(document(), media_type=MediaType.JSON)

    return openapi


def _document(handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide]) -> bytes:
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
    return msgspec.json.encode(described.openapi_schema.to_schema())
