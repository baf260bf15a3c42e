"""Log a browser in and out, by a cookie that scripts cannot read and other sites cannot send."""

from litestar import Response, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from hatchpod_api.auth.authenticator import Authenticator
from hatchpod_api.auth.logins import LOGIN_LIFETIME
from hatchpod_api.http.errors import AnyRequest, documented
from hatchpod_api.http.perimeter import COOKIE, client_address, headers, login_tokens
from hatchpod_api.messages.rest import LoginRequest
from hatchpod_api.peers import TrustedProxies

_OPEN = {"open": True}
_DONE = {204: ResponseSpec(None, description="The cookie is set, or gone")}


@post(
    "/api/login",
    status_code=204,
    opt=_OPEN,
    security=[{}],
    responses={**_DONE, **documented(400, 401, 403, 413, 429, 503)},
    tags=["login"],
)
async def login(
    data: JSONBody[LoginRequest],
    request: AnyRequest,
    authenticator: NamedDependency[Authenticator],
    proxies: NamedDependency[TrustedProxies],
) -> Response[None]:
    """Exchange the password for a cookie"""
    address = client_address(request.scope, proxies)
    await authenticator.check_password(data.password.encode(errors="surrogatepass"), address)
    for replaced in login_tokens(request.scope):
        await authenticator.log_out(replaced)
    return Response(None, cookies=[_cookie(request, await authenticator.logins.create(), LOGIN_LIFETIME)])


@post(
    "/api/logout",
    status_code=204,
    opt=_OPEN,
    security=[{}],
    responses={**_DONE, **documented(403, 503)},
    tags=["login"],
)
async def logout(request: AnyRequest, authenticator: NamedDependency[Authenticator]) -> Response[None]:
    """End the browser's login; harmless without one"""
    for token in login_tokens(request.scope):
        await authenticator.log_out(token)
    return Response(None, cookies=[_cookie(request, "", 0)])


def _cookie(request: AnyRequest, token: str, max_age: int) -> Cookie:
    """`Secure` when the browser came by HTTPS: it says so itself, also behind a proxy that ends TLS."""
    secure = any(origin.lower().startswith("https://") for origin in headers(request.scope, b"origin"))
    return Cookie(key=COOKIE, value=token, path="/", max_age=max_age, httponly=True, samesite="strict", secure=secure)


HANDLERS: list[ControllerRouterHandler] = [login, logout]
