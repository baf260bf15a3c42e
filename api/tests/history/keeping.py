"""What tests of the index have in common."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from hatchpod_api.config import Places
from hatchpod_api.errors import UnavailableError
from hatchpod_api.history.index import HistoryIndex
from standins.entries import Entries, append

At = Callable[..., Path]
Soon = Callable[[Callable[[], object]], Awaitable[None]]


def write(path: Path, prompts: int = 2, **more: Any) -> None:
    make = Entries(**more)
    for number in range(prompts):
        append(path, make.user(f"prompt {number} of {path.stem[:8]}"), make.assistant("Yes.", id=f"m{number}"))


async def ids(history: HistoryIndex) -> list[str]:
    return [session.id[:8] for session in await history.newest(limit=100)]


def stored(places: Places) -> list[Any]:
    """Everything that the index holds of transcripts, without the numbers that differ from one building to another."""
    with closing(sqlite3.connect(places.state / "history.sqlite")) as connection:
        return [
            connection.execute(
                "SELECT id, offset, mark, facts, summary, messages FROM sessions ORDER BY id"
            ).fetchall(),
            connection.execute(
                "SELECT s.id, e.message, e.offset, e.length, e.key, e.uuid FROM entries e"
                " JOIN sessions s ON s.number = e.session ORDER BY s.id, e.offset"
            ).fetchall(),
            connection.execute(
                "SELECT s.id, u.day, u.model, u.input, u.output, u.cost FROM usage u"
                " JOIN sessions s ON s.number = u.session ORDER BY 1, 2, 3"
            ).fetchall(),
        ]


async def count_is(history: HistoryIndex, count: int) -> bool:
    return await history.count() == count


async def total_is(history: HistoryIndex, path: Path, total: int) -> bool:
    return (await history.messages(path.stem, limit=1)).total_messages == total


async def path_is(history: HistoryIndex, path: Path) -> bool:
    return await history.path(path.stem) == path


async def searches(history: HistoryIndex) -> bool:
    try:
        return bool((await history.search("prompt", limit=1)).items)
    except UnavailableError:
        return False
