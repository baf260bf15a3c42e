"""The agent host's sessions as lists show them. Thousands may be on its record, so each is put together once."""

import asyncio
from typing import TypeVar

import msgspec

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.messages.sessions import SessionSummary
from hatchpod_api.state.notes import NOTHING, SessionNotes

# Sessions are ordered by the time of their last change and, among equals, by id.
Place = tuple[str, str]

Session = TypeVar("Session", bound=SessionSummary)


class LiveRows:
    """Kept until the host, the history or a person says that the session has changed."""

    def __init__(self, agents: AgentsClient, history: HistoryIndex, notes: SessionNotes) -> None:
        self._agents = agents
        self._history = history
        self._notes = notes
        self._rows: dict[str, SessionSummary] = {}
        self._in_order: list[SessionSummary] = []
        self._transcribed: set[str] = set()
        self._changed = set(agents.sessions)
        self._lane = asyncio.Lock()
        agents.on_change(self._note_change)
        history.changed.append(self._changed.update)
        notes.changed.append(self._changed.add)

    async def in_order(self) -> list[SessionSummary]:
        """All of them, oldest first; nobody changes this list."""
        async with self._lane:
            if self._changed:
                await self._renew()
            return self._in_order

    async def without_transcript(self) -> list[SessionSummary]:
        """Those that the history does not know."""
        return [row for row in await self.in_order() if row.id not in self._transcribed]

    def _note_change(self, session_id: str | None) -> None:
        self._changed |= {*self._rows, *self._agents.sessions} if session_id is None else {session_id}

    async def _renew(self) -> None:
        changed = set(self._changed)
        self._changed.clear()  # what changes from here on is looked at again
        try:
            past = await self._history.summaries(changed & self._agents.sessions.keys())
        except BaseException:
            self._changed |= changed
            raise
        for session_id in changed:
            self._rows.pop(session_id, None)
            if session := self._agents.sessions.get(session_id):
                self._rows[session_id] = noted(joined(session, past.get(session_id)), self._notes)
        self._transcribed = (self._transcribed - changed) | past.keys()
        self._in_order = sorted(self._rows.values(), key=place)


def place(session: SessionSummary) -> Place:
    return session.last_modified, session.id


def noted(session: Session, notes: SessionNotes) -> Session:
    """With what people noted about it."""
    note = notes.of(session.id)
    if note is NOTHING:
        return session
    return msgspec.structs.replace(
        session, title=note.title or session.title, tags=list(note.tags), archived=note.archived
    )


def joined(live: Session, past: SessionSummary | None) -> Session:
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
