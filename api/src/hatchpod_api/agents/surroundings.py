"""What sessions ask of the host that they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from hatchpod_api.agents.attachments import AttachedFiles
from hatchpod_api.messages.frames import RateLimit
from hatchpod_api.providers.base import Run

if TYPE_CHECKING:
    from hatchpod_api.agents.session import Session

Occasion = Literal["approval", "question", "plan", "completed", "interrupted", "error"]


class Surroundings(Protocol):
    """What a session asks of the host. Only `start` waits."""

    attached: AttachedFiles

    def admit(self, session: Session) -> None:
        """Raises `ConflictError` when no further session may be busy."""
        ...

    def changed(self, session: Session) -> None: ...

    def save(self, session: Session) -> None: ...

    def notify(self, session: Session, occasion: Occasion, text: str, tool_use_id: str | None = None) -> None: ...

    def redirected(self, session: Session, former_id: str) -> None: ...

    def rate_limited(self, limit: RateLimit) -> None: ...

    def disk_changed(self, session: Session) -> None:
        """Files of the session's directory may have changed."""
        ...

    def turn_ended(self, session: Session) -> None: ...

    async def start(self, session: Session) -> Run: ...
