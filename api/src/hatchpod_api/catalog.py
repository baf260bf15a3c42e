"""Every session there is: those of the agent host, those of the transcripts, and what people noted about them."""

import base64
import binascii
from collections import Counter
from contextlib import suppress
from typing import TypeVar

import msgspec

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import GetSession
from hatchpod_api.errors import NotFoundError, UnavailableError, ValueNotAllowedError
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.messages.rest import SessionCounts
from hatchpod_api.messages.sessions import BUSY, SessionDetail, SessionPage, SessionStatus, SessionSummary
from hatchpod_api.state.notes import SessionNotes

# Where a page ends: sessions are ordered by the time of their last change and, among equals, by id.
Place = tuple[str, str]

Session = TypeVar("Session", bound=SessionSummary)


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

    async def page(self, filters: Filters, *, limit: int, cursor: str | None) -> SessionPage:
        """The next `limit` sessions, newest first."""
        before = _read_cursor(cursor) if cursor else None
        matches = await self._history.matching(filters.text) if filters.text else None
        items = await self._live(filters, matches)
        past = await self._past(filters, matches, before, limit + 1, {item.id for item in items})
        merged = sorted([*items, *past], key=_place, reverse=True)
        if before is not None:
            merged = [item for item in merged if _place(item) < before]
        shown = merged[:limit]
        return SessionPage(items=shown, next_cursor=_write_cursor(shown[-1]) if len(merged) > limit else None)

    async def _live(self, filters: Filters, matches: set[str] | None) -> list[SessionSummary]:
        """The agent host's sessions, with what their transcripts know besides."""
        live = dict(self._agents.sessions)
        past = await self._history.summaries(live)
        found = []
        for session in live.values():
            item = self._noted(_joined(session, past.get(session.id)))
            if _shows(filters, item) and (matches is None or item.id in matches or _mentions(item, filters.text or "")):
                found.append(item)
        return found

    async def _past(
        self, filters: Filters, matches: set[str] | None, before: Place | None, count: int, live: set[str]
    ) -> list[SessionSummary]:
        """At least `count` sessions that exist only as transcripts, where there are as many."""
        found: list[SessionSummary] = []
        if filters.status not in (None, "history"):
            return found
        known = live | set(self._agents.sessions)
        while len(found) < count:
            rows = await self._history.newest(before=before, limit=count + 50, cwd=filters.cwd)
            for row in rows:
                item = self._noted(row)
                wanted = matches is None or item.id in matches or _mentions(item, filters.text or "")
                if row.id not in known and wanted and _shows(filters, item):
                    found.append(item)
            if len(rows) < count + 50:
                break
            before = _place(rows[-1])
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
                return self._noted(_joined(live, past))
        if past is None:
            raise NotFoundError("There is no session with this id. The list is at GET /api/sessions.")
        return self._noted(SessionDetail(**msgspec.structs.asdict(past)))

    async def counts(self) -> SessionCounts:
        """How many sessions there are, and how many of them are busy."""
        live = self._agents.sessions
        only_live = len(live) - len(await self._history.summaries(live))
        return SessionCounts(active=self.live_counts.active, total=await self._history.count() + only_live)

    @property
    def live_counts(self) -> SessionCounts:
        """The same of the agent host's sessions alone, for when the transcripts cannot be counted."""
        live = self._agents.sessions
        return SessionCounts(active=sum(session.status in BUSY for session in live.values()), total=len(live))

    async def folders(self) -> dict[str, int]:
        """How many sessions there are of each folder."""
        live = self._agents.sessions
        past = await self._history.summaries(live)
        found = Counter(await self._history.folders())
        found.update(session.cwd for session in live.values() if session.id not in past)
        return found

    def _noted(self, session: Session) -> Session:
        note = self._notes.of(session.id)
        return msgspec.structs.replace(
            session, title=note.title or session.title, tags=list(note.tags), archived=note.archived
        )


def _joined(live: Session, past: SessionSummary | None) -> Session:
    """What the host says counts; what it has no word on, or did not do itself, comes from the transcript."""
    if past is None:
        return live
    if live.status == "history":
        live = msgspec.structs.replace(
            live,
            last_modified=past.last_modified,
            num_turns=past.num_turns,
            total_cost_usd=past.total_cost_usd,
            tokens=past.tokens,
            summary=past.summary,
            total_messages=past.total_messages,
        )
    return msgspec.structs.replace(
        live,
        created_at=min(live.created_at, past.created_at),
        last_modified=max(live.last_modified, past.last_modified),
        title=live.title or past.title,
        slug=live.slug or past.slug,
        summary=live.summary or past.summary,
        model=live.model or past.model,
        git_branch=live.git_branch or past.git_branch,
        total_messages=live.total_messages if live.total_messages is not None else past.total_messages,
    )


def _shows(filters: Filters, item: SessionSummary) -> bool:
    return (
        item.archived == filters.archived
        and filters.cwd in (None, item.cwd)
        and filters.status in (None, item.status, "running" if item.status == "starting" else None)
        and (filters.tag is None or filters.tag in item.tags)
    )


def _mentions(item: SessionSummary, text: str) -> bool:
    wanted = text.casefold()
    return any(wanted in (name or "").casefold() for name in (item.title, item.summary, item.slug))


def _place(item: SessionSummary) -> Place:
    return item.last_modified, item.id


def _write_cursor(item: SessionSummary) -> str:
    return base64.urlsafe_b64encode("|".join(_place(item)).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> Place:
    try:
        modified, _, session_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition("|")
    except (binascii.Error, UnicodeError, ValueError):
        modified = session_id = ""
    if not modified or not session_id:
        raise ValueNotAllowedError("`cursor` is not one that a list gave. Leave it out to begin anew.", field="cursor")
    return modified, session_id
