"""Which sessions a list shows."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import FeedRemoved, FeedSession, FeedSnapshot
from hatchpod_api.catalog import Catalog, Filters
from hatchpod_api.config import Places
from hatchpod_api.errors import UnavailableError
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.history.readers import Readers
from hatchpod_api.messages.sessions import SessionStatus, SessionSummary, TokenCounts
from hatchpod_api.state.database import Database
from hatchpod_api.state.notes import SessionNotes
from standins.entries import Entries, append

pytestmark = pytest.mark.anyio

STATUSES: tuple[SessionStatus, ...] = ("idle", "starting", "running", "waiting_for_approval", "completed")


def summary(status: SessionStatus) -> SessionSummary:
    """A session that is named as its status."""
    return SessionSummary(
        id=status,
        status=status,
        created_at="2026-11-23T10:00:00.000Z",
        last_modified="2026-11-23T10:00:00.000Z",
        num_turns=0,
        total_cost_usd=0.0,
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


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (None, set(STATUSES)),
        ("running", {"starting", "running"}),
        ("starting", {"starting"}),
        ("idle", {"idle"}),
        ("history", set()),
    ],
)
async def test_what_starts_is_among_what_runs(
    places: Places, tmp_path: Path, status: SessionStatus | None, shown: set[str]
) -> None:
    agents = AgentsClient(tmp_path / "no-host.sock")
    agents.sessions = {status: summary(status) for status in STATUSES}
    async with HistoryIndex(places) as history:
        catalog = Catalog(agents, history, SessionNotes(Database(tmp_path / "notes.sqlite")))
        page = await catalog.page(Filters(status=status), limit=50, cursor=None)
    assert {item.id for item in page.items} == shown


async def test_a_session_that_the_host_only_shows_is_listed_as_its_transcript_has_it(
    places: Places, tmp_path: Path
) -> None:
    session, make = "11111111-1111-4111-8111-111111111111", Entries()
    append(
        places.claude_projects / "-shop" / f"{session}.jsonl",
        *(make.user("first"), make.assistant("one", id="m1"), make.user("second"), make.assistant("two", id="m2")),
    )
    agents = AgentsClient(tmp_path / "no-host.sock")
    shown = msgspec.structs.replace(summary("history"), id=session, last_modified="2030-01-01T00:00:00.000Z")
    async with HistoryIndex(places) as history:
        await history.wait_ready()
        catalog = Catalog(agents, history, SessionNotes(Database(tmp_path / "notes.sqlite")))
        [before] = (await catalog.page(Filters(), limit=50, cursor=None)).items
        agents._take(FeedSession(session=msgspec.structs.replace(shown, permission_mode="plan")))
        [after] = (await catalog.page(Filters(), limit=50, cursor=None)).items
        assert (before.num_turns, before.total_messages, before.summary) == (2, 4, "first")
        assert after == msgspec.structs.replace(before, permission_mode="plan", cwd="/")
        ran_here = msgspec.structs.replace(shown, status="completed", num_turns=7, summary="mine")
        agents._take(FeedSession(session=ran_here))
        [ran] = (await catalog.page(Filters(), limit=50, cursor=None)).items
        assert (ran.num_turns, ran.summary) == (7, "mine")


def session_id(number: int) -> str:
    return f"11111111-1111-4111-8111-{number:012}"


class CountedHistory(HistoryIndex):
    """Records which sessions were asked for."""

    asked: set[str]

    async def summaries(self, session_ids: Iterable[str]) -> dict[str, SessionSummary]:
        wanted = set(session_ids)
        self.asked |= wanted
        return await super().summaries(wanted)


class World:
    """Each of sessions 0 to 139 is newer than the one before. Those up to 119 have transcripts.

    Those from 60 on ran here, and the host shows those up to 9.
    """

    def __init__(self, history: CountedHistory, notes: SessionNotes, tmp_path: Path) -> None:
        self.history = history
        self.notes = notes
        self.agents = AgentsClient(tmp_path / "no-host.sock")
        self.catalog = Catalog(self.agents, history, notes)
        shown = [self.session(number, status="history") for number in range(10)]
        ran = [self.session(number) for number in range(60, 140)]
        self.agents._take(FeedSnapshot(sessions=[*shown, *ran], redirects={}, rate_limits=[]))

    def session(self, number: int, **changes: Any) -> SessionSummary:
        at = moment(number)
        return msgspec.structs.replace(
            summary("completed"), **{"id": session_id(number), "created_at": at, "last_modified": at, **changes}
        )

    async def listed(self, limit: int = 200, **filters: Any) -> list[SessionSummary]:
        """All pages of a list."""
        items: list[SessionSummary] = []
        cursor = None
        self.history.asked = set()
        while True:
            page = await self.catalog.page(Filters(**filters), limit=limit, cursor=cursor)
            items += page.items
            if (cursor := page.next_cursor) is None:
                return items


def moment(number: int) -> str:
    return f"2026-11-23T{10 + number // 60}:{number % 60:02}:00.000Z"


@pytest.fixture
async def world(places: Places, tmp_path: Path) -> AsyncIterator[World]:
    for number in range(120):
        path = places.claude_projects / "-shop" / f"{session_id(number)}.jsonl"
        append(path, Entries().user(f"prompt {number}", timestamp=moment(number)))
    database = Database(tmp_path / "notes.sqlite")
    async with CountedHistory(places) as history, database, SessionNotes(database) as notes:
        await history.wait_ready()
        yield World(history, notes, tmp_path)


@pytest.mark.parametrize("limit", [1, 7, 200])
@pytest.mark.parametrize(("status", "count"), [(None, 140), ("history", 60)])
async def test_pages_show_each_session_once_and_the_newest_first(
    world: World, limit: int, status: SessionStatus | None, count: int
) -> None:
    wanted = [session_id(number) for number in reversed(range(count))]
    assert [item.id for item in await world.listed(limit, status=status)] == wanted
    assert (await world.catalog.counts()).total == 140
    assert sum((await world.catalog.folders()).values()) == 140


async def test_a_list_puts_together_only_what_has_changed(world: World) -> None:
    await world.listed()
    assert len(world.history.asked) == 90
    await world.listed()
    await world.catalog.counts()
    assert world.history.asked == set()
    world.agents._take(FeedSession(session=world.session(70, model="opus")))
    assert {item.model for item in await world.listed() if item.id == session_id(70)} == {"opus"}
    assert world.history.asked == {session_id(70)}


async def test_a_list_follows_host_people_and_transcripts(world: World, places: Places) -> None:
    before = await world.listed()
    world.agents._take(FeedRemoved(id=session_id(139)))
    assert await world.listed() == before[1:]
    await world.notes.change(session_id(138), title="Mine", archived=True)
    assert await world.listed() == before[2:]
    assert [item.title for item in await world.listed(archived=True)] == ["Mine"]
    await world.notes.forget(session_id(138))
    assert await world.listed() == before[1:]
    entries = Entries()
    entries.user("prompt 75")
    answer = entries.assistant("Yes.", id="m1", timestamp=moment(200))
    append(places.claude_projects / "-shop" / f"{session_id(75)}.jsonl", answer)
    async with asyncio.timeout(20):
        while (await world.listed())[0].id != session_id(75):  # noqa: ASYNC110 # it is the list that is waited for
            await asyncio.sleep(0.02)


async def test_what_could_not_be_read_is_read_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Readers) -> sqlite3.Connection:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(Readers, "_connection", refuse)
        with pytest.raises(UnavailableError):
            await world.listed()
    assert len(await world.listed()) == 140
