"""Every session there is: those of the agent host, those of the transcripts, and what people noted about them."""

import base64
import binascii
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import islice

import msgspec
from msgspec.structs import replace

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import GetSession
from hatchpod_api.errors import NotFoundError, UnavailableError, ValueNotAllowedError
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.history.search import Cursor
from hatchpod_api.live_rows import LiveRows, Place, joined, noted, place
from hatchpod_api.messages.rest import SessionCounts
from hatchpod_api.messages.search import SearchPage, SearchSession
from hatchpod_api.messages.sessions import BUSY, SessionDetail, SessionPage, SessionStatus, SessionSummary
from hatchpod_api.state.notes import SessionNotes

Shows = Callable[[SessionSummary], bool]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is to show. `text` is looked for in titles and transcripts; `archived` shows those put away."""

    text: str | None = None
    cwd: str | None = None
    status: SessionStatus | None = None
    tag: str | None = None
    archived: bool = False


class Catalog:
    def __init__(self, agents: AgentsClient, history: HistoryIndex, notes: SessionNotes) -> None:
        self._agents = agents
        self._history = history
        self._notes = notes
        self._live = LiveRows(agents, history, notes)

    async def page(self, filters: Filters, *, limit: int, cursor: str | None) -> SessionPage:
        """The next `limit` sessions, newest first."""
        before = _read_cursor(cursor) if cursor else None
        matches = await self._history.matching(filters.text) if filters.text else None
        shows = partial(_shows, filters, matches)
        live = _newest(await self._live.in_order(), shows, before, limit + 1)
        past = await self._past(filters, shows, before, limit + 1, live)
        merged = sorted([*live, *past], key=place, reverse=True)
        shown = merged[:limit]
        return SessionPage(items=shown, next_cursor=_write_cursor(shown[-1]) if len(merged) > limit else None)

    async def _past(
        self, filters: Filters, shows: Shows, before: Place | None, count: int, live: list[SessionSummary]
    ) -> list[SessionSummary]:
        """Sessions that exist only as transcripts: at least as many as make `count` with the `live` ones as new."""
        found: list[SessionSummary] = []
        if filters.status not in (None, "history"):
            return found
        known = {item.id for item in live}
        while True:
            rows = await self._history.newest(before=before, limit=count + 50, cwd=filters.cwd)
            for row in rows:
                if row.id not in known and row.id not in self._agents.sessions:
                    item = noted(row, self._notes)
                    if shows(item):
                        found.append(item)
            if len(rows) < count + 50:
                return found
            before = end = place(rows[-1])
            if len(found) + sum(place(item) > end for item in live) >= count:
                return found

    async def detail(self, session_id: str) -> SessionDetail:
        """One session, by its id or one that it had before; `NotFoundError` when there is none."""
        session_id = self._agents.resolve(session_id)
        past = (await self._history.summaries([session_id])).get(session_id)
        with suppress(NotFoundError):
            try:
                live = await self._agents.call(GetSession(id=session_id), SessionDetail)
            except UnavailableError:
                if past is None:
                    raise
            else:
                return noted(joined(live, past), self._notes)
        if past is None:
            raise NotFoundError("There is no session with this id. The list is at GET /api/sessions.")
        return noted(SessionDetail(**msgspec.structs.asdict(past)), self._notes)

    async def search(self, typed: str, *, limit: int, cursor: Cursor | None) -> SearchPage:
        """Messages that have all the words, in sessions by the titles that people gave them."""
        page = await self._history.search(typed, limit=limit, cursor=cursor)
        return replace(page, items=[replace(hit, session=self._titled(hit.session)) for hit in page.items])

    def _titled(self, session: SearchSession) -> SearchSession:
        return replace(session, title=self._notes.of(session.id).title or session.title)

    async def counts(self) -> SessionCounts:
        """How many sessions there are, and how many of them are busy."""
        only_live = len(await self._live.without_transcript())
        return SessionCounts(active=self.live_counts.active, total=await self._history.count() + only_live)

    @property
    def live_counts(self) -> SessionCounts:
        """The same of the agent host's sessions alone, for when the transcripts cannot be counted."""
        live = self._agents.sessions
        return SessionCounts(active=sum(session.status in BUSY for session in live.values()), total=len(live))

    async def folders(self) -> dict[str, int]:
        """How many sessions there are of each folder."""
        found = Counter(await self._history.folders())
        found.update(session.cwd for session in await self._live.without_transcript())
        return found


def _newest(in_order: list[SessionSummary], shows: Shows, before: Place | None, count: int) -> list[SessionSummary]:
    """At most `count` of them, newest first."""
    end = len(in_order) if before is None else bisect_left(in_order, before, key=place)
    return list(islice(filter(shows, reversed(in_order[:end])), count))


def _shows(filters: Filters, matches: set[str] | None, item: SessionSummary) -> bool:
    """`matches` are the ids of those whose transcript has the text, where there is one to look for."""
    return (
        item.archived == filters.archived
        and filters.cwd in (None, item.cwd)
        and filters.status in (None, item.status, "running" if item.status == "starting" else None)
        and (filters.tag is None or filters.tag in item.tags)
        and (matches is None or item.id in matches or _mentions(item, filters.text or ""))
    )


def _mentions(item: SessionSummary, text: str) -> bool:
    wanted = text.casefold()
    return any(wanted in (name or "").casefold() for name in (item.title, item.summary, item.slug))


def _write_cursor(item: SessionSummary) -> str:
    return base64.urlsafe_b64encode("|".join(place(item)).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> Place:
    try:
        modified, _, session_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition("|")
    except (binascii.Error, UnicodeError, ValueError):
        modified = session_id = ""
    if not modified or not session_id:
        raise ValueNotAllowedError("`cursor` is not one that a list gave. Leave it out to begin anew.", field="cursor")
    return modified, session_id
