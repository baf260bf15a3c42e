"""A person's settings, as they are kept."""

import asyncio
import logging
import uuid
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
from msgspec import UNSET

from hatchpod_api.errors import NotFoundError
from hatchpod_api.messages.sessions import Effort, PermissionMode
from hatchpod_api.messages.settings import (
    AppriseTarget,
    ChangeSettings,
    EventKind,
    NotificationSettings,
    Theme,
    UserSettings,
    WantedAppriseTarget,
)
from hatchpod_api.state.database import Database

S = TypeVar("S", bound=msgspec.Struct)

_KEY = "preferences"
_TOLD_OF: tuple[EventKind, ...] = ("approval", "question", "plan", "completed", "error")

logger = logging.getLogger(__name__)


class KeptTarget(msgspec.Struct, frozen=True):
    """An Apprise address, with the name that clients know it by."""

    id: str
    url: str


class KeptNotifications(msgspec.Struct, frozen=True):
    enabled: bool = True
    events: tuple[EventKind, ...] = _TOLD_OF
    apprise: tuple[KeptTarget, ...] = ()


class KeptSettings(msgspec.Struct, frozen=True):
    """With every secret in it: never for a client."""

    theme: Theme = "system"
    terminal_font_size: int = 14
    terminal_scrollback: int = 5_000
    terminal_shell: str | None = None
    default_model: str | None = None
    default_effort: Effort | None = None
    default_permission_mode: PermissionMode = "default"
    notifications: KeptNotifications = KeptNotifications()

    def shown(self) -> UserSettings:
        targets = [AppriseTarget(id=t.id, service=t.url.partition(":")[0]) for t in self.notifications.apprise]
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        notifications = NotificationSettings(
            enabled=self.notifications.enabled, events=list(self.notifications.events), apprise=targets
        )
        return UserSettings(**{**values, "notifications": notifications})


class Preferences(AbstractAsyncContextManager["Preferences"]):
    """Read once, and changed as a whole: a change is either on the disk or not made."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changing = asyncio.Lock()
        self.current = KeptSettings()

    async def __aenter__(self) -> Self:
        row = await self._database.first("SELECT value FROM settings WHERE key = ?", _KEY)
        if row is not None:
            try:
                self.current = msgspec.json.decode(row["value"], type=KeptSettings)
            except msgspec.DecodeError as error:
                logger.warning("the settings cannot be read and begin anew", extra={"fields": {"problem": str(error)}})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    async def change(self, changes: ChangeSettings) -> UserSettings:
        """Change what is named. `NotFoundError` when a target that is to be kept does not exist."""
        async with self._changing:
            changed = _merged(self.current, changes, notifications=self._notifications(changes))
            value = msgspec.json.encode(changed).decode()
            await self._database.run("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", _KEY, value)
            self.current = changed
        return changed.shown()

    def _notifications(self, changes: ChangeSettings) -> KeptNotifications:
        kept = self.current.notifications
        if changes.notifications is UNSET:
            return kept
        asked = changes.notifications
        targets = kept.apprise if asked.apprise is UNSET else tuple(map(self._target, asked.apprise))
        events = kept.events if asked.events is UNSET else tuple(dict.fromkeys(asked.events))
        return _merged(kept, asked, events=events, apprise=targets)

    def _target(self, target: WantedAppriseTarget) -> KeptTarget:
        if target.url is not None:
            return KeptTarget(id=str(uuid.uuid4()), url=target.url)
        for known in self.current.notifications.apprise:
            if known.id == target.id:
                return known
        message = "There is no notification target with this id. Read the settings again."
        raise NotFoundError(message, field="notifications.apprise")


def _merged(current: S, changes: msgspec.Struct, **decided: Any) -> S:
    """`current` with what `changes` names, field by field; what is `decided` already counts more."""
    named = {name: getattr(changes, name) for name in changes.__struct_fields__}
    return msgspec.structs.replace(current, **{k: v for k, v in {**named, **decided}.items() if v is not UNSET})
