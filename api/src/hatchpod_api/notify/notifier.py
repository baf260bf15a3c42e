"""Takes what the agent host says has happened, and tells each person and each program that wants to know."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import Self

import anyio.to_thread

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import FeedEvent
from hatchpod_api.errors import UnavailableError, UpstreamError
from hatchpod_api.messages.notify import PushMessage
from hatchpod_api.notify import services
from hatchpod_api.notify.deliveries import Deliveries
from hatchpod_api.notify.push import WebPush
from hatchpod_api.presence import Presence
from hatchpod_api.state.database import Database
from hatchpod_api.state.preferences import Preferences

MAX_WAITING = 500

_REMEMBERED_SECONDS = 30 * 24 * 3600
_NEEDS_A_PERSON = frozenset({"approval", "question", "plan", "error"})
_WEBHOOK_EVENTS = {
    "approval": "tool.approval",
    "question": "tool.question",
    "plan": "tool.plan",
    "completed": "session.completed",
    "interrupted": "session.interrupted",
    "error": "session.error",
    "rate_limit": "rate_limit",
}

logger = logging.getLogger(__name__)


class Notifier(AbstractAsyncContextManager["Notifier"]):
    """Every event is told once, also when the host tells it again after a restart of either side.

    People are told unless somebody looks at the session just then, and of the kinds that the settings name. Webhooks
    are for programs: they get every event that they ask for.
    """

    def __init__(
        self,
        agents: AgentsClient,
        database: Database,
        preferences: Preferences,
        presence: Presence,
        push: WebPush,
        deliveries: Deliveries,
    ) -> None:
        self._agents = agents
        self._database = database
        self._preferences = preferences
        self._presence = presence
        self._push = push
        self._deliveries = deliveries
        self._waiting: asyncio.Queue[FeedEvent] = asyncio.Queue(MAX_WAITING)
        self._statuses: dict[str, str] | None = None
        self._stop_listening: list[Callable[[], None]] = []
        self._working: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._stop_listening = [self._agents.on_event(self._take), self._agents.on_change(self._compare)]
        self._working = asyncio.create_task(self._work(), name="notifier")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for stop in self._stop_listening:
            stop()
        if self._working is not None:
            self._working.cancel()
            with suppress(asyncio.CancelledError):
                await self._working

    def _take(self, event: FeedEvent) -> None:
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            logger.warning("an event was not told: too many wait", extra={"fields": {"session": event.session_id}})

    def _compare(self, _: str | None) -> None:
        """Tell webhooks of sessions that are new or have another status; what was there at the start is not news."""
        statuses: dict[str, str] = {session.id: session.status for session in self._agents.sessions.values()}
        if self._statuses is not None and self._agents.connected:
            for session_id, status in statuses.items():
                data = {"sessionId": session_id, "status": status}
                if session_id not in self._statuses:
                    self._deliveries.announce("session.created", data)
                elif self._statuses[session_id] != status:
                    self._deliveries.announce("session.status", data)
        if self._agents.connected:
            self._statuses = statuses

    async def _work(self) -> None:
        while True:
            event = await self._waiting.get()
            try:
                await self._tell(event)
            except Exception:
                logger.exception("an event was not told", extra={"fields": {"session": event.session_id}})
            finally:
                self._waiting.task_done()

    async def _tell(self, event: FeedEvent) -> None:
        if not await self._is_news(event):
            return
        data = {
            "sessionId": event.session_id,
            "title": event.title,
            "text": event.text,
            "at": event.at,
            "toolUseId": event.tool_use_id,
        }
        self._deliveries.announce(_WEBHOOK_EVENTS[event.kind], data, delivery_id=event.id)
        wanted = self._preferences.current.notifications
        if wanted.enabled and event.kind in wanted.events and not self._is_seen(event.session_id):
            await asyncio.gather(self._tell_browsers(event), self._tell_services(event))

    def _is_seen(self, session_id: str) -> bool:
        """Whether somebody looks at it, by whichever of the ids that it has had."""
        resolve = self._agents.resolve
        return resolve(session_id) in map(resolve, self._presence.seen)

    async def _is_news(self, event: FeedEvent) -> bool:
        try:
            await self._database.run("DELETE FROM told WHERE at < ?", time.time() - _REMEMBERED_SECONDS)
            return bool(await self._database.run("INSERT OR IGNORE INTO told VALUES (?, ?)", event.id, time.time()))
        except UnavailableError:
            return True  # on a full disk: rather told twice, should there be a restart, than never

    async def _tell_browsers(self, event: FeedEvent) -> None:
        message = PushMessage(
            title=event.title,
            body=event.text,
            kind=event.kind,
            session_id=event.session_id,
            url=f"/sessions/{event.session_id}",
            tag=event.id,
        )
        try:
            await self._push.send(message, urgent=event.kind in _NEEDS_A_PERSON)
        except UpstreamError as error:
            logger.warning("no browser was told", extra={"fields": {"reason": error.message}})

    async def _tell_services(self, event: FeedEvent) -> None:
        urls = [target.url for target in self._preferences.current.notifications.apprise]
        if not urls:
            return
        try:
            await anyio.to_thread.run_sync(services.send, urls, event.title, event.text)
        except UpstreamError as error:
            logger.warning("a service was not told", extra={"fields": {"reason": error.message}})
