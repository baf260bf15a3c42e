"""One transcript file: where it is, its newest messages, and any of its lines again."""

from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import msgspec

from hatchpod_api.history.entries import parse
from hatchpod_api.history.facts import Facts
from hatchpod_api.history.lines import Position, complete_lines, opened
from hatchpod_api.history.normalise import Change, Normaliser
from hatchpod_api.messages.transcript import NormalizedMessage, Task


class Tail(msgspec.Struct, frozen=True, kw_only=True):
    """The newest `messages` of `total`; reading goes on at `position`, through `normaliser`."""

    messages: list[NormalizedMessage]
    total: int
    tasks: list[Task]
    position: Position
    normaliser: Normaliser


def is_session_id(name: str) -> bool:
    """Whether it is a UUID in lower case, as transcripts are named; those of subagents are not."""
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def find_transcript(projects: Path, session_id: str) -> Path | None:
    """The session's transcript below the folder of all projects; the latest, should there be several."""
    if not is_session_id(session_id):
        return None
    found: list[tuple[float, Path]] = []
    for path in projects.glob(f"*/{session_id}.jsonl"):
        try:
            found.append((path.stat().st_mtime, path))
        except OSError:
            continue
    return max(found)[1] if found else None


def read_tail(path: Path, limit: int = 500, *, facts: Facts | None = None) -> Tail:
    """Read all of a transcript and keep its newest messages; `facts` are filled where they are given.

    It takes a second for 200 MB: call it in a thread. Lines that are no JSON are passed over. Raises OSError
    where there is no such file.
    """
    normaliser = Normaliser(path.stem, keep=limit, facts=facts)
    with opened(path) as file:
        offset = 0
        for line in complete_lines(file):
            if entry := parse(line.content):
                normaliser.feed(entry)
            offset = line.end
        return tail_at(Position.of(file, offset), normaliser)


def tail_at(position: Position, normaliser: Normaliser) -> Tail:
    """The tail as the normaliser has it."""
    return Tail(
        messages=normaliser.newest(normaliser.keep),
        total=normaliser.total,
        tasks=normaliser.tasks.tasks,
        position=position,
        normaliser=normaliser,
    )


def read_on(file: BinaryIO, position: Position, normaliser: Normaliser) -> tuple[Position, list[Change]]:
    """Feed the lines after the position to the normaliser; return where they end, and each message as it is then."""
    changes: dict[int, Change] = {}
    offset = position.offset
    for line in complete_lines(file, offset):
        if entry := parse(line.content):
            changes |= {change.message.index: change for change in normaliser.feed(entry)}
        offset = line.end
    return Position.of(file, offset), list(changes.values())
