"""Who somebody is, once let in."""

from typing import Literal

import msgspec


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is stable for this login or device, and secret of nothing; `name` is for people."""

    kind: Literal["password", "login", "device"]
    id: str
    name: str


PASSWORD = Principal(kind="password", id="password", name="password")
