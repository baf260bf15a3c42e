"""Which sessions a list shows."""

from pathlib import Path

import pytest
from tests.conftest import make_places

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.catalog import Catalog, Filters
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.messages.sessions import SessionStatus, SessionSummary, TokenCounts
from hatchpod_api.state.database import Database
from hatchpod_api.state.notes import SessionNotes

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
