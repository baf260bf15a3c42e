"""The parts of the web server: made once from the settings, opened and closed with the application."""

import time
from contextlib import AsyncExitStack
from typing import Self

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.audit import Audit
from hatchpod_api.auth.authenticator import Authenticator
from hatchpod_api.auth.devices import Devices
from hatchpod_api.auth.failures import Clock, Failures
from hatchpod_api.auth.logins import Logins
from hatchpod_api.auth.password import Password
from hatchpod_api.catalog import Catalog
from hatchpod_api.claude_code.command import ClaudeCommand
from hatchpod_api.claude_code.login import Login
from hatchpod_api.claude_code.mcp import McpSettings
from hatchpod_api.config import Settings, for_children
from hatchpod_api.git.command import Git
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.messages.sessions import SessionSummary
from hatchpod_api.metrics import Metric, Metrics, by_label, counter, gauge
from hatchpod_api.notify.deliveries import Deliveries
from hatchpod_api.notify.notifier import Notifier
from hatchpod_api.notify.push import WebPush
from hatchpod_api.notify.webhooks import Webhooks
from hatchpod_api.peers import TrustedProxies
from hatchpod_api.presence import Presence
from hatchpod_api.sessions import Sessions
from hatchpod_api.state.database import Database
from hatchpod_api.state.notes import NotesGoAlong, SessionNotes
from hatchpod_api.state.preferences import Preferences
from hatchpod_api.workspace import Workspace


class Parts:
    """Handlers get each of these by the name that it has here."""

    def __init__(self, settings: Settings, clock: Clock = time.monotonic, wall_clock: Clock = time.time) -> None:
        private = settings.allow_private_webhooks
        self.settings = settings
        self.proxies = TrustedProxies(settings.trusted_proxies)
        self.database = Database(settings.places.state / "api.sqlite")
        self.authenticator = Authenticator(
            Password(settings.password_hash),
            Failures(clock),
            Logins(self.database, wall_clock),
            Devices(self.database, wall_clock),
        )
        self.preferences = Preferences(self.database)
        self.notes = SessionNotes(self.database)
        self.workspace = Workspace(settings.places.workspace)
        self.git = Git(self.workspace, for_children())
        self.agents = AgentsClient(settings.places.socket)
        self.history = HistoryIndex(settings.places)
        self.catalog = Catalog(self.agents, self.history, self.notes)
        self.sessions = Sessions(
            settings, self.preferences, self.workspace, self.agents, self.history, self.notes, self.catalog
        )
        self.presence = Presence()
        self.push = WebPush(self.database, settings.places.state, allow_private=private)
        self.webhooks = Webhooks(self.database)
        self.deliveries = Deliveries(self.webhooks, allow_private=private)
        self.notifier = Notifier(
            self.agents, self.database, self.preferences, self.presence, self.push, self.deliveries
        )
        self.claude = ClaudeCommand(for_children())
        self.mcp = McpSettings(self.claude, settings.places)
        self.login = Login(self.claude, settings.places.workspace)
        self.audit = Audit(self.database)
        self.metrics = Metrics()
        self.metrics.read_from(self._numbers)
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """In this order, and closed in the reverse one; when one cannot be opened, those before it are closed."""
        async with AsyncExitStack() as opening:
            for part in (
                self.database,
                self.authenticator,
                self.preferences,
                self.notes,
                self.webhooks,
                self.deliveries,
                NotesGoAlong(self.notes, self.agents),
                self.notifier,  # hears the agents from their first word on
                self.agents,
                self.history,
                self.login,
            ):
                await opening.enter_async_context(part)
            self._opened = opening.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    def _numbers(self) -> list[Metric]:
        return [
            gauge("agents_up", "Whether the agent host is connected", self.agents.connected),
            gauge("streams_open", "Open session streams", self.presence.streams),
            gauge("index_ready", "Whether the history index has read every transcript", self.history.ready),
            gauge("index_stale", "Whether the history index cannot be written now", self.history.stale is not None),
            by_label("sessions", "Sessions of the agent host", "status", map(_status, self.agents.sessions.values())),
            counter("webhook_deliveries", "Webhook deliveries that were taken", self.deliveries.delivered),
            counter("webhook_failures", "Webhook deliveries that were given up", self.deliveries.failed),
            counter("push_deliveries", "Web Push messages that were taken", self.push.delivered),
            counter("push_failures", "Web Push messages that failed", self.push.failed),
        ]


def _status(session: SessionSummary) -> str:
    return session.status
