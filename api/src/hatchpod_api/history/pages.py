"""Messages of one session, read from the places of the transcript that the index names."""

import sqlite3
from collections.abc import Iterable
from typing import BinaryIO, NamedTuple

import msgspec

from hatchpod_api.history.entries import parse
from hatchpod_api.history.facts import Facts
from hatchpod_api.history.lines import opened
from hatchpod_api.history.normalise import merged
from hatchpod_api.history.reading import read
from hatchpod_api.messages.transcript import MessagePage, NormalizedMessage, with_index

_facts = msgspec.json.Decoder(Facts)


class Place(NamedTuple):
    """Where an entry of a message stands."""

    message: int
    offset: int
    length: int


def page(connection: sqlite3.Connection, session_id: str, before: int | None, limit: int) -> MessagePage | None:
    """The `limit` messages before the one with index `before`, or the newest; None when the session is not known.

    Raises OSError where the transcript is gone.
    """
    row = connection.execute(
        "SELECT number, path, messages, facts FROM sessions WHERE id = ?", (session_id,)
    ).fetchone()
    if row is None:
        return None
    number, path, total, facts = row
    end = total if before is None else max(0, min(before, total))
    first = max(0, end - limit)
    rows = connection.execute(
        "SELECT message, offset, length FROM entries WHERE session = ? AND message >= ? AND message < ?"
        " ORDER BY message, number",
        (number, first, end),
    )
    messages = read_messages(path, session_id, map(Place._make, rows.fetchall()))
    return MessagePage(
        messages=messages,
        tasks=_facts.decode(facts).tasks.tasks,
        total_messages=total,
        has_more=first > 0,
        oldest_index=messages[0].index if messages else None,
    )


def read_messages(path: str, session_id: str, places: Iterable[Place]) -> list[NormalizedMessage]:
    """The messages whose entries stand at these places; entries of one message follow each other."""
    messages: dict[int, NormalizedMessage] = {}
    with opened(path) as file:
        for place in places:
            if message := read_entry(file, session_id, place):
                messages[place.message] = merged(messages.get(place.message), message)
    return list(messages.values())


def read_entry(file: BinaryIO, session_id: str, place: Place) -> NormalizedMessage | None:
    """What one entry says; None when something else stands there now."""
    file.seek(place.offset)
    entry = parse(file.read(place.length))
    reading = read(entry, session_id) if entry else None
    return with_index(reading.message, place.message) if reading else None
