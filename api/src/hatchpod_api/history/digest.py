"""What the index is to hold of a transcript, read from where the last reading ended. Writes nothing."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from hatchpod_api.history.entries import parse
from hatchpod_api.history.facts import Facts
from hatchpod_api.history.lines import Position, complete_lines, opened
from hatchpod_api.history.normalise import Numbering
from hatchpod_api.history.reading import read
from hatchpod_api.history.scan import Found
from hatchpod_api.history.words import searchable

STEP_BYTES = 8 * 1024 * 1024  # what is read before it is handed on: bounds memory, and what a restart repeats


class Row(NamedTuple):
    """An entry that is part of a message: where it stands, and the words by which it is found."""

    message: int
    offset: int
    length: int
    key: int | None
    uuid: int | None
    text: str


class Known(msgspec.Struct):
    """How far a transcript was read, and the state at that point. `number` is its row; None when it has none."""

    number: int | None
    position: Position
    facts: Facts
    numbering: Numbering


class Digest(NamedTuple):
    """One step: `start` is the position that it goes on from, at 0 for all anew; `position` where it ends."""

    found: Found
    start: int
    position: Position
    facts: bytes
    summary: bytes
    usage: list[tuple[str, str, int, int, int, int, float]]
    last_modified: str
    cwd: str
    messages: int
    rows: list[Row]


def nothing_known() -> Known:
    return Known(None, Position(), Facts(), Numbering())


def digests(found: Found, known: Known) -> Iterator[Digest]:
    """The steps from what is known to the file's last complete line; from its beginning when it is another file.

    There is always at least one. `known` is carried along. Raises OSError where the file is gone.
    """
    with opened(found.path) as file:
        if not known.position.holds(file):
            known.position, known.facts, known.numbering = Position(), Facts(), Numbering()
        rows: list[Row] = []
        start, taken = known.position.offset, 0
        offset = start
        for line in complete_lines(file, start):
            if row := _row(line.content, line.offset, line.length, found.id, known):
                rows.append(row)
            offset, taken = line.end, taken + line.length
            if taken >= STEP_BYTES:
                known.position = Position.of(file, offset)
                yield _digest(found, start, known, rows)
                start, taken, rows = offset, 0, []
        known.position = Position.of(file, offset)
        yield _digest(found, start, known, rows)


def _row(content: bytes, offset: int, length: int, session_id: str, known: Known) -> Row | None:
    entry = parse(content)
    if entry is None:
        return None
    if not entry.is_sidechain:
        known.facts.note(entry)
    reading = read(entry, session_id)
    if reading is None:
        return None
    placed = known.numbering.place(reading, entry.uuid)
    if placed is None:
        return None
    known.facts.messages = known.numbering.total
    known.facts.follow(reading)
    return Row(placed.message, offset, length, placed.key, placed.uuid, searchable(reading.message))


def _digest(found: Found, start: int, known: Known, rows: list[Row]) -> Digest:
    facts = known.facts
    summary = facts.summary(found.id, found.mtime)
    usage = [
        (day, model, amount.input, amount.output, amount.cache_read, amount.cache_write, amount.cost)
        for slot, amount in facts.ledger.by_slot().items()
        for day, _, model in [slot.partition(" ")]
    ]
    return Digest(
        found=found,
        start=start,
        position=known.position,
        facts=msgspec.json.encode(facts),
        summary=msgspec.json.encode(summary),
        usage=usage,
        last_modified=summary.last_modified,
        cwd=summary.cwd,
        messages=facts.messages,
        rows=rows,
    )
