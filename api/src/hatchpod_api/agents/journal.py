"""A session's journal: every event has the next number, is encoded once, and is kept for clients that come back."""

import re
from collections import deque
from itertools import islice
from uuid import uuid4

import msgspec

from hatchpod_api.agents.lines import encode_line
from hatchpod_api.messages.frames import Journaled, ToolApprovalRequest

KEPT_BYTES = 2 * 1024 * 1024
KEPT_EVENTS = 10_000

_CURSOR = re.compile(r"([0-9a-f]{16}):(0|[1-9][0-9]{0,15})")


class Journal:
    """`seq` is the number of the newest event, 0 when there is none. An epoch is one life of the journal.

    It keeps the newest `KEPT_BYTES`, though never more than `KEPT_EVENTS` events; both are far above what a client
    misses while its network is away for a moment.
    """

    def __init__(self) -> None:
        self.epoch = uuid4().hex[:16]
        self.seq = 0
        self._ring: deque[bytes] = deque()
        self._size = 0

    @property
    def cursor(self) -> str:
        return f"{self.epoch}:{self.seq}"

    def append(self, frame: Journaled | ToolApprovalRequest) -> bytes:
        """The event's line, with its number. Raises what encoding raises, and is unchanged then."""
        line = encode_line(msgspec.structs.replace(frame, seq=self.seq + 1))
        self.seq += 1
        self._ring.append(line)
        self._size += len(line)
        while self._size - len(self._ring[0]) >= KEPT_BYTES or len(self._ring) > KEPT_EVENTS:
            self._size -= len(self._ring.popleft())
        return line

    def since(self, cursor: str) -> list[bytes] | None:
        """The lines after that cursor, or None when they are not all here: another epoch, too old, not a cursor."""
        match = _CURSOR.fullmatch(cursor)
        if match is None or match[1] != self.epoch:
            return None
        missed = self.seq - int(match[2])
        if not 0 <= missed <= len(self._ring):
            return None
        return list(islice(self._ring, len(self._ring) - missed, None))
