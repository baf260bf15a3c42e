"""Who did what."""

import msgspec

from hatchpod_api.messages.base import Wire


class AuditEntry(Wire, frozen=True):
    """`actor` is the login or device and `client` its address; `target` a path or an id, never a content or a secret.

    `status` is the HTTP status of a request, null for what was said over a socket.
    """

    id: int
    at: str
    actor: str
    client: str
    action: str
    target: str | None
    status: int | None


class AuditPage(Wire, frozen=True):
    """Newest first. Pass `next_cursor` back as `cursor`; null at the end."""

    items: list[AuditEntry]
    next_cursor: str | None = msgspec.field(name="next_cursor")
