"""From the agent host's feed to people: who is told of what, and who is not."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import FeedEvent, FeedRedirected, FeedSession, FeedSnapshot
from hatchpod_api.messages.notify import CreateWebhook, PushMessage, PushTested
from hatchpod_api.messages.sessions import SessionSummary, TokenCounts
from hatchpod_api.messages.settings import ChangeNotifications, ChangeSettings, EventKind, WantedAppriseTarget
from hatchpod_api.notify.deliveries import Deliveries
from hatchpod_api.notify.notifier import Notifier
from hatchpod_api.notify.push import WebPush
from hatchpod_api.notify.webhooks import Webhooks
from hatchpod_api.presence import Presence
from hatchpod_api.state.database import Database
from hatchpod_api.state.preferences import Preferences

pytestmark = pytest.mark.anyio


def event(number: int, kind: EventKind = "approval", session: str = "s") -> FeedEvent:
    return FeedEvent(
        id=f"e{number}", kind=kind, session_id=session, title="Fix it", text=f"text {number}", at="2026-11-23T20:00:00Z"
    )


def summary(session_id: str, status: Any) -> SessionSummary:
    return SessionSummary(
        id=session_id,
        status=status,
        created_at="",
        last_modified="",
        num_turns=0,
        total_cost_usd=0,
        tokens=TokenCounts(),
        has_pending_approval=False,
        provider="claude",
        slug=None,
        summary=None,
        title=None,
        tags=[],
        cwd="/",
        permission_mode="default",
        model=None,
    )


class Pushes(WebPush):
    """Only keeps what it would send: what arrives is shown with Web Push itself."""

    sent: list[tuple[PushMessage, bool]]

    async def send(self, message: PushMessage, *, urgent: bool) -> PushTested:
        self.sent.append((message, urgent))
        return PushTested(sent=1, forgotten=0)


class World:
    """Everything that notifying takes, fed by hand instead of by an agent host."""

    def __init__(self, database: Database, tmp_path: Path) -> None:
        self.agents = AgentsClient(tmp_path / "no-host.sock")
        self.preferences = Preferences(database)
        self.presence = Presence()
        self.push = Pushes(database, tmp_path, allow_private=True)
        self.push.sent = []
        self.webhooks = Webhooks(database)
        self.deliveries = Deliveries(self.webhooks, allow_private=True)
        self.notifier = Notifier(self.agents, database, self.preferences, self.presence, self.push, self.deliveries)

    def feed(self, *lines: Any) -> None:
        for line in lines:
            self.agents._take(line)

    async def settle(self) -> None:
        """Until everything that was fed is told."""
        async with asyncio.timeout(30):
            await self.notifier._waiting.join()
            while self.deliveries.pending:  # noqa: ASYNC110 # there is nothing to wait for but its end
                await asyncio.sleep(0.005)

    @property
    def told(self) -> list[str]:
        return [message.body for message, _ in self.push.sent]


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    world = World(database, tmp_path)
    async with world.preferences, world.webhooks, world.deliveries, world.notifier:
        yield world


async def test_an_event_opens_the_right_session(world: World) -> None:
    world.feed(event(1, session="abc"), event(2, "completed"))
    await world.settle()
    (first, urgent), (_, not_urgent) = world.push.sent
    assert (first.title, first.body, first.session_id, first.url) == ("Fix it", "text 1", "abc", "/sessions/abc")
    assert (urgent, not_urgent) == (True, False)


async def test_nobody_is_told_of_a_session_that_somebody_looks_at(world: World) -> None:
    with world.presence.enter("seen") as viewer:
        world.feed(event(1, session="seen"), event(2, session="other"))
        await world.settle()
        assert world.told == ["text 2"]
        viewer.visible = False
        world.feed(event(3, session="seen"))
        await world.settle()
    world.feed(event(4, session="seen"))
    await world.settle()
    assert world.told == ["text 2", "text 3", "text 4"]


async def test_a_session_is_seen_by_whichever_id_it_was_opened(world: World) -> None:
    with world.presence.enter("former") as viewer:
        world.feed(FeedRedirected(id="former", to="present"), event(1, session="present"))
        await world.settle()
        viewer.visible = False
        world.feed(event(2, session="present"))
        await world.settle()
    assert world.told == ["text 2"]


async def test_each_event_is_told_once_also_over_restarts(world: World, database: Database, tmp_path: Path) -> None:
    world.feed(event(1), event(1))
    await world.settle()
    again = World(database, tmp_path)
    async with again.notifier:
        again.feed(event(1), event(2))
        await again.settle()
    assert (world.told, again.told) == (["text 1"], ["text 2"])


async def test_only_kinds_that_the_settings_name_are_told(world: World) -> None:
    changes = ChangeNotifications(events=["error"])
    await world.preferences.change(ChangeSettings(notifications=changes))
    world.feed(event(1), event(2, "error"))
    await world.settle()
    await world.preferences.change(ChangeSettings(notifications=ChangeNotifications(enabled=False)))
    world.feed(event(3, "error"))
    await world.settle()
    assert world.told == ["text 2"]


async def test_webhooks_get_every_event_whoever_looks(world: World, receive: Callable[..., Any]) -> None:
    server = receive()
    await world.webhooks.create(CreateWebhook(name="all", url=server.url))
    with world.presence.enter("s"):
        world.feed(event(1), event(2, "plan"), event(1))
        await world.settle()
    bodies = sorted((json.loads(body) for _, _, body in server.requests), key=lambda body: str(body["deliveryId"]))
    assert [(body["event"], body["deliveryId"]) for body in bodies] == [("tool.approval", "e1"), ("tool.plan", "e2")]
    assert bodies[0]["data"]["sessionId"] == "s"
    assert world.told == []


async def test_webhooks_learn_of_new_sessions_and_of_their_status(world: World, receive: Callable[..., Any]) -> None:
    server = receive()
    await world.webhooks.create(CreateWebhook(name="all", url=server.url))
    world.feed(FeedSnapshot(sessions=[summary("old", "idle")]))
    world.feed(FeedSession(session=summary("new", "idle")), FeedSession(session=summary("old", "running")))
    world.feed(FeedSession(session=summary("old", "running")))
    await world.settle()
    got = sorted((json.loads(body)["event"], json.loads(body)["data"]["sessionId"]) for _, _, body in server.requests)
    assert got == [("session.created", "new"), ("session.status", "old")]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # imported by one of Apprise's services
async def test_services_are_told_by_apprise(world: World, receive: Callable[..., Any]) -> None:
    server = receive(200)
    url = server.url.replace("http://", "json://") + "/hook"
    wanted = ChangeNotifications(apprise=[WantedAppriseTarget(url=url)])
    shown = await world.preferences.change(ChangeSettings(notifications=wanted))
    (target,) = shown.notifications.apprise
    assert target.service == "json"
    world.feed(event(1))
    await world.settle()
    ((path, _, body),) = server.requests
    assert (path, json.loads(body)["title"], json.loads(body)["message"]) == ("/hook", "Fix it", "text 1")


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # imported by one of Apprise's services
async def test_a_service_that_fails_does_not_stop_the_others(
    world: World, receive: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = receive(500), receive(200)
    urls = [server.url.replace("http://", "json://ada:hunter2@") for server in (bad, good)]
    wanted = ChangeNotifications(apprise=[WantedAppriseTarget(url=url) for url in urls], enabled=UNSET)
    await world.preferences.change(ChangeSettings(notifications=wanted))
    world.feed(event(1))
    await world.settle()
    assert (len(good.requests), world.told) == (1, ["text 1"])
    assert "hunter2" not in caplog.text
    assert any(r.message == "a service was not told" for r in caplog.records)
