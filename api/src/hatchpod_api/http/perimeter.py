"""What every request passes first: host names, origins, security headers, and then authentication.

A route is closed unless its handler says `opt={"open": True}`.
"""

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from hatchpod_api.auth.authenticator import Authenticator
from hatchpod_api.auth.principal import Principal
from hatchpod_api.errors import HostNotAllowedError, NotAuthenticatedError, OriginNotAllowedError
from hatchpod_api.hosts import AllowedHosts, same_origin
from hatchpod_api.peers import TrustedProxies

COOKIE = "hatchpod_login"

_READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})

_SECURITY_HEADERS = {
    b"content-security-policy": b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    # Not `no-referrer`: with it browsers send `Origin: null` for forms of our own pages.
    b"referrer-policy": b"same-origin",
    b"permissions-policy": b"microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}


class Perimeter(ASGIMiddleware):
    """Refuses requests for foreign host names, and changes that a page of another site asks for."""

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET)

    def __init__(self, hosts: AllowedHosts) -> None:
        self._hosts = hosts

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        host = ",".join(headers(scope, b"host"))
        if not self._hosts.allows(host):
            message = (
                f"This workstation does not answer to the name {host[:255]!r}. Add it to ALLOWED_HOSTS if it should."
            )
            raise HostNotAllowedError(message)
        if scope.get("method") not in _READ_ONLY and not all(same_origin(o, host) for o in headers(scope, b"origin")):
            message = "The request comes from a page of another site. Open this workstation's own address and retry;"
            raise OriginNotAllowedError(f"{message} a proxy in front must pass the Host header on unchanged.")
        await next_app(scope, receive, send)


class Authentication(ASGIMiddleware):
    """Lets a request through that has the password, a device token or a browser's login; `scope["user"]` says who."""

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = "open"

    def __init__(self, authenticator: Authenticator, proxies: TrustedProxies) -> None:
        self._authenticator = authenticator
        self._proxies = proxies

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        principal = await identify(scope, self._authenticator, self._proxies)
        if principal is None:
            raise NotAuthenticatedError("Authentication is needed. Send the header `Authorization: Bearer <password>`.")
        scope["user"] = principal
        await next_app(scope, receive, send)


async def identify(scope: Scope, authenticator: Authenticator, proxies: TrustedProxies) -> Principal | None:
    """Who asks, by header or cookie; None when there is neither. A wrong header is not rescued by a cookie."""
    credential = bearer(scope)
    if credential is not None:
        return await authenticator.check(credential, client_address(scope, proxies))
    return next(filter(None, map(authenticator.logins.find, login_tokens(scope))), None)


async def add_security_headers(message: Message, _: Scope) -> None:
    """On every response, errors included; a handler's own value of a header stays."""
    if message["type"] == "http.response.start":
        present = {name.lower() for name, _ in message["headers"]}
        missing = [item for item in _SECURITY_HEADERS.items() if item[0] not in present]
        message["headers"] = [*message["headers"], *missing]


def client_address(scope: Scope, proxies: TrustedProxies) -> str:
    peer = scope.get("client")
    return proxies.client(peer[0] if peer else None, ",".join(headers(scope, b"x-forwarded-for")))


def bearer(scope: Scope) -> bytes | None:
    """The bytes after `Bearer`, whatever they are; None without exactly one such header."""
    values = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
    if len(values) != 1:
        return None
    scheme, _, credential = values[0].partition(b" ")
    return credential.strip(b" \t") or None if scheme.lower() == b"bearer" else None


def login_tokens(scope: Scope) -> list[str]:
    """Read by hand: the framework's parser keeps the last 1,024 cookie headers, tokens and all, in a cache."""
    pairs = (pair.strip().partition("=") for header in headers(scope, b"cookie") for pair in header.split(";"))
    return [value for name, _, value in pairs if name == COOKIE]


def headers(scope: Scope, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted]
