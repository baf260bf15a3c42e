"""Which sessions a list shows."""

from pathlib import Path

import msgspec
import pytest
from tests.conftest import make_places

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.catalog import Catalog, Filters
from hatchpod_api.history.index import HistoryIndex
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
async def test_what_starts_is_among_what_runs(tmp_path: Path, status: SessionStatus | None, shown: set[str]) -> None:
    places = make_places(tmp_path)
    agents = AgentsClient(tmp_path / "no-host.sock")
    agents.sessions = {status: summary(status) for status in STATUSES}
    async with HistoryIndex(places) as history:
        catalog = Catalog(agents, history, SessionNotes(Database(tmp_path / "notes.sqlite")))
        page = await catalog.page(Filters(status=status), limit=50, cursor=None)
    assert {item.id for item in page.items} == shown


async def test_a_session_that_the_host_only_shows_is_listed_as_its_transcript_has_it(tmp_path: Path) -> None:
    places = make_places(tmp_path)
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
        agents.sessions = {session: msgspec.structs.replace(shown, permission_mode="plan")}
        [after] = (await catalog.page(Filters(), limit=50, cursor=None)).items
        assert (before.num_turns, before.total_messages, before.summary) == (2, 4, "first")
        assert after == msgspec.structs.replace(before, permission_mode="plan", cwd="/")
        agents.sessions = {session: msgspec.structs.replace(shown, status="completed", num_turns=7, summary="mine")}
        [ran] = (await catalog.page(Filters(), limit=50, cursor=None)).items
        assert (ran.num_turns, ran.summary) == (7, "mine")
