"""A person's settings."""

import anyio.to_thread
from litestar import get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation
from litestar.types import ControllerRouterHandler
from msgspec import UNSET

from hatchpod_api.config import Settings
from hatchpod_api.errors import ForbiddenError, ValueNotAllowedError
from hatchpod_api.http.errors import documented
from hatchpod_api.messages.settings import ChangeSettings, UserSettings
from hatchpod_api.notify.services import check_address
from hatchpod_api.state.preferences import Preferences


@get("/api/settings", responses=documented(401, 403, 429), tags=["settings"])
async def get_settings(preferences: NamedDependency[Preferences]) -> UserSettings:
    """The settings; of secrets only that they are there"""
    return preferences.current.shown()


@patch("/api/settings", responses=documented(400, 401, 403, 404, 413, 422, 429, 503), tags=["settings"])
async def change_settings(
    data: JSONBody[ChangeSettings],
    preferences: NamedDependency[Preferences],
    settings: NamedDependency[SkipValidation[Settings]],
) -> UserSettings:
    """Change what is named, and nothing else; when one value is not allowed nothing changes"""
    if data.default_permission_mode == "bypassPermissions" and not settings.allow_bypass:
        message = "The mode `bypassPermissions` is off here. Set ALLOW_BYPASS_PERMISSIONS=1 to permit it."
        raise ForbiddenError(message, field="defaultPermissionMode", code="bypass_disabled")
    if data.notifications is not UNSET and data.notifications.apprise is not UNSET:
        for target in data.notifications.apprise:
            if (target.id is None) == (target.url is None):
                message = "A target has either the `id` of one that is there, or a new `url`."
                raise ValueNotAllowedError(message, field="notifications.apprise")
            if target.url is not None:
                await anyio.to_thread.run_sync(check_address, target.url)
    return await preferences.change(data)


HANDLERS: list[ControllerRouterHandler] = [get_settings, change_settings]
