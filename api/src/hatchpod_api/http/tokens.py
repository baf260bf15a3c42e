"""Device tokens: make, list, revoke."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from hatchpod_api.auth.authenticator import Authenticator
from hatchpod_api.auth.principal import Principal
from hatchpod_api.errors import ForbiddenError
from hatchpod_api.http.errors import AnyRequest, documented
from hatchpod_api.identifiers import checked
from hatchpod_api.messages.tokens import CreateDeviceToken, DeviceToken, NewDeviceToken


@post("/api/tokens", status_code=201, responses=documented(400, 401, 403, 409, 413, 422, 429, 503), tags=["tokens"])
async def create_token(
    data: JSONBody[CreateDeviceToken], request: AnyRequest, authenticator: NamedDependency[Authenticator]
) -> NewDeviceToken:
    """Make a device token. It is shown this once; a device token cannot make another"""
    principal: Principal = request.user
    if principal.kind == "device":
        raise ForbiddenError("A device token cannot make another. Use the password, or log in.")
    return await authenticator.devices.create(data.name)


@get("/api/tokens", responses=documented(401, 403, 429), tags=["tokens"])
async def list_tokens(authenticator: NamedDependency[Authenticator]) -> list[DeviceToken]:
    """The device tokens, oldest first, without the tokens themselves"""
    return await authenticator.devices.list()


@delete("/api/tokens/{token_id:str}", responses=documented(400, 401, 403, 404, 429, 503), tags=["tokens"])
async def revoke_token(token_id: FromPath[str], authenticator: NamedDependency[Authenticator]) -> None:
    """Revoke a device token at once; its open sockets are closed"""
    await authenticator.revoke_device(checked(token_id))


HANDLERS: list[ControllerRouterHandler] = [create_token, list_tokens, revoke_token]
