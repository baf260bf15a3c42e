"""Builds the ASGI application from its settings; nothing else."""

import time

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from hatchpod_api.auth import Authenticator, Clock, Failures, Logins, Password
from hatchpod_api.config import Settings
from hatchpod_api.hosts import AllowedHosts
from hatchpod_api.http import errors
from hatchpod_api.http.health import health
from hatchpod_api.http.login import login, logout
from hatchpod_api.http.openapi import openapi_route
from hatchpod_api.http.perimeter import Authentication, Perimeter, add_security_headers
from hatchpod_api.http.sessions import list_sessions
from hatchpod_api.http.welcome import welcome
from hatchpod_api.peers import TrustedProxies

MAX_BODY = 1024 * 1024

HANDLERS: list[ControllerRouterHandler] = [health, list_sessions, login, logout]


def create_app(settings: Settings, *, clock: Clock = time.monotonic) -> Litestar:
    authenticator = Authenticator(Password(settings.password_hash), Failures(clock), Logins(clock))
    proxies = TrustedProxies(settings.trusted_proxies)
    dependencies = {
        "authenticator": Provide(lambda: authenticator, sync_to_thread=False),
        "proxies": Provide(lambda: proxies, sync_to_thread=False),
    }
    return Litestar(
        [welcome, openapi_route(HANDLERS, dependencies), *HANDLERS],
        state=State({"started": clock(), "clock": clock}),
        dependencies=dependencies,
        middleware=[Perimeter(AllowedHosts(settings.allowed_hosts)), Authentication(authenticator, proxies)],
        before_send=[add_security_headers],
        exception_handlers=errors.HANDLERS,
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
