"""Bodies of REST requests and responses that belong to no resource of their own."""

from typing import Literal

from hatchpod_api.messages.base import Wire


class SessionCounts(Wire, frozen=True):
    active: int
    total: int


class Health(Wire, frozen=True):
    """`uptime` is in seconds; `services` has the state of each process behind the API, `up` or `down`.

    `problems` has one sentence for each thing that does not work now and hurts, such as a full disk.
    """

    status: Literal["ok", "degraded"]
    version: str
    uptime: int
    sessions: SessionCounts
    services: dict[str, str]
    problems: list[str]


class LoginRequest(Wire, frozen=True, forbid_unknown_fields=True):
    password: str
