"""What people add to sessions: titles, tags, and whether one is put away."""

from collections.abc import Callable
from typing import Self

import msgspec
from msgspec import UNSET, UnsetType

from hatchpod_api.state.database import Database


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
        """The session goes on under another id."""
        if (note := self._notes.get(session_id)) is not None:
            await self._write(to, note)
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
