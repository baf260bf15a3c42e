"""Device tokens."""

from typing import Annotated

import msgspec

from hatchpod_api.messages.base import Wire


class CreateDeviceToken(Wire, frozen=True, forbid_unknown_fields=True):
    """`name` is for the list: which phone or script this is."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class DeviceToken(Wire, frozen=True):
    id: str
    name: str
    created_at: str
    last_used_at: str | None


class NewDeviceToken(Wire, frozen=True):
    """`token` is shown this once."""

    id: str
    name: str
    token: str
    created_at: str
