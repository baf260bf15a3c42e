"""What people add to sessions: titles, tags, and whether one is put away."""

import asyncio
import logging
from collections.abc import Callable
from typing import Self

import msgspec
from msgspec import UNSET, UnsetType

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.errors import UnavailableError
from hatchpod_api.state.database import Database

logger = logging.getLogger(__name__)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    title: str | None = None
    tags: tuple[str, ...] = ()
    archived: bool = False


NOTHING = Note()


class SessionNotes:
    """All of them are in memory as well, since every row of every list needs one. Enter it before use.

    Each of `changed` is called with the id of a session that has another note now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._notes: dict[str, Note] = {}
        self.changed: list[Callable[[str], None]] = []

    async def __aenter__(self) -> Self:
        rows = await self._database.all("SELECT * FROM session_notes")
        self._notes = {
            row["session_id"]: Note(
                title=row["title"],
                tags=msgspec.json.decode(row["tags"], type=tuple[str, ...]),
                archived=bool(row["archived"]),
            )
            for row in rows
        }
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    def of(self, session_id: str) -> Note:
        return self._notes.get(session_id, NOTHING)

    async def change(
        self,
        session_id: str,
        *,
        title: str | UnsetType | None = UNSET,
        tags: list[str] | UnsetType = UNSET,
        archived: bool | UnsetType = UNSET,
    ) -> None:
        """What is unset stays as it is."""
        old = self.of(session_id)
        new = Note(
            title=old.title if title is UNSET else title,
            tags=old.tags if tags is UNSET else tuple(dict.fromkeys(tags)),
            archived=old.archived if archived is UNSET else archived,
        )
        if new != old:
            await self._write(session_id, new)

    async def move(self, session_id: str, to: str) -> None:
        """The session goes on under another id. What was noted under that one already counts."""
        if (note := self._notes.get(session_id)) is not None:
            newer = self.of(to)
            archived = newer.archived or note.archived
            await self._write(
                to, Note(title=newer.title or note.title, tags=newer.tags or note.tags, archived=archived)
            )
            await self.forget(session_id)

    async def forget(self, session_id: str) -> None:
        self._notes.pop(session_id, None)
        self._tell(session_id)
        await self._database.run("DELETE FROM session_notes WHERE session_id = ?", session_id)

    async def _write(self, session_id: str, note: Note) -> None:
        await self._database.run(
            "INSERT OR REPLACE INTO session_notes (session_id, title, tags, archived) VALUES (?, ?, ?, ?)",
            *(session_id, note.title, msgspec.json.encode(note.tags).decode(), note.archived),
        )
        self._notes[session_id] = note
        self._tell(session_id)

    def _tell(self, session_id: str) -> None:
        for listener in self.changed:
            listener(session_id)


class NotesGoAlong:
    """Moves notes with sessions that go on under another id, for as long as it is entered."""

    def __init__(self, notes: SessionNotes, agents: AgentsClient) -> None:
        self._notes = notes
        self._agents = agents
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._stop_listening = self._agents.on_change(lambda _: self._changed.set())
        self._moving = asyncio.create_task(self._move(), name="notes")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop_listening()
        self._moving.cancel()
        await asyncio.wait([self._moving])

    async def _move(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            for former, present in tuple(self._agents.redirects.items()):
                try:
                    await self._notes.move(former, present)
                except UnavailableError as error:  # it is tried again with the next change
                    logger.warning("a note cannot be moved", extra={"fields": {"reason": error.message}})
