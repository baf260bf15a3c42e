"""Turns entries into messages: the one place that says which entries make which message, and its index.

A state machine without input or output of its own. Entries come in the order of the transcript,
whether they are read from it or mirrored by a process that runs; the messages are the same.

- All entries of an assistant with the same API message id are one message, at the index of the first, whatever came
  between. Each entry of a user is one message.
- An entry whose uuid was there before is skipped.
- Whatever is meant for the model alone makes no message: see `reading` and `wrappers`.
"""

from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from hatchpod_api.history.entries import Entry, from_message
from hatchpod_api.history.facts import Facts
from hatchpod_api.history.reading import Reading, read
from hatchpod_api.history.tasks import TaskList
from hatchpod_api.messages.transcript import AssistantMessage, NormalizedMessage, with_index


class Change(NamedTuple):
    """A message as it stands now. The same `key` again replaces it; its index stays."""

    key: str
    message: NormalizedMessage


class Placed(NamedTuple):
    """The index of a `message`, and the fingerprints of its key and of the entry's uuid, where it has them."""

    message: int
    key: int | None
    uuid: int | None


class Numbering:
    """Gives each message its index. Keeps 8 bytes of each key and uuid: transcripts have many."""

    def __init__(self, total: int = 0) -> None:
        self.total = total
        self.indexes: dict[int, int] = {}
        self.seen: set[int | None] = set()

    def place(self, reading: Reading, uuid: str | None) -> Placed | None:
        """Where the reading belongs; None when it repeats one that was there before."""
        mark = fingerprint(uuid) if uuid else None
        if mark in self.seen:
            return None
        key = mark if reading.key == uuid else fingerprint(reading.key or "")
        index = self.indexes.get(key) if key is not None else None
        if index is not None and not isinstance(reading.message, AssistantMessage):
            return None
        if mark is not None:
            self.seen.add(mark)
        if index is None:
            index = self.total
            self.total += 1
            if key is not None:
                self.indexes[key] = index
        return Placed(index, key, mark)


class Normaliser:
    """The messages of one session, entry by entry. `keep` is how many of the newest can still be added to in full.

    `facts` are kept up as well, where they are wanted.
    """

    def __init__(self, session_id: str, *, keep: int = 500, facts: Facts | None = None) -> None:
        self.session_id = session_id
        self.facts = facts
        self.tasks = TaskList()
        self.keep = keep
        self._numbering = Numbering()
        self._newest: dict[int, NormalizedMessage] = {}

    @property
    def total(self) -> int:
        """How many messages there are: the index of the next one."""
        return self._numbering.total

    def feed(self, entry: Entry | dict[str, Any]) -> list[Change]:
        """The messages that the entry begins or adds to: none, or one. A dict is an entry that was not decoded here."""
        known = from_message(entry) if isinstance(entry, dict) else entry
        if self.facts is not None and known is not None and not known.is_sidechain:
            self.facts.note(known)
        reading = read(known, self.session_id) if known else None
        if known is None or reading is None:
            return []
        placed = self._numbering.place(reading, known.uuid)
        if placed is None:
            return []
        index = placed.message
        self.tasks.follow(reading)
        if self.facts is not None:
            self.facts.messages = self.total
            self.facts.follow(reading)
        message = merged(self._newest.get(index), with_index(reading.message, index))
        self._newest[index] = message
        while len(self._newest) > self.keep:
            del self._newest[next(iter(self._newest))]
        return [Change(reading.key or f"#{index}", message)]

    def newest(self, count: int) -> list[NormalizedMessage]:
        """The last `count` messages at most, oldest first."""
        first = max(0, self.total - min(count, self.keep))
        return [message for index in range(first, self.total) if (message := self._newest.get(index)) is not None]


def merged(message: NormalizedMessage | None, more: NormalizedMessage) -> NormalizedMessage:
    """The message with what another entry of it says."""
    if not isinstance(message, AssistantMessage) or not isinstance(more, AssistantMessage):
        return more
    thinking = (message.thinking_duration_ms or 0) + (more.thinking_duration_ms or 0)
    return msgspec.structs.replace(
        message,
        parts=[*message.parts, *more.parts],
        thinking_duration_ms=thinking or None,
        model=more.model or message.model,
        usage=more.usage or message.usage,
    )


def fingerprint(key: str) -> int:
    """A signed 64-bit number for a key, as a database column holds it."""
    return int.from_bytes(blake2b(key.encode(errors="surrogatepass"), digest_size=8).digest(), signed=True)
