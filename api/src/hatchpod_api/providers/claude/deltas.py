"""Text that grows, from the events of the Messages API, in the order in which the transcript will have it.

A delta for a new answer takes the next place in the conversation. What the transcript puts before it, such as a tool's
result, reaches us a little later; so deltas are held until everything that came before them in the stream is there.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from hatchpod_api.providers.base import Delta

Frame = dict[str, Any]

# An entry that never reaches the transcript must not hold the text of an answer for ever.
_PATIENCE = 1.0

# The transcript is now and then ahead of the stream: what is there already is not waited for.
_REMEMBERED = 100


class Deltas:
    """One answer at a time grows: the main conversation's; subagents' are not shown."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._awaited: set[str] = set()
        self._arrived: deque[str] = deque(maxlen=_REMEMBERED)
        self._held: list[Delta] = []
        self._held_since = 0.0
        self._key = ""
        self._parts: dict[int, int] = {}

    def expect(self, entry: str | None) -> None:
        """An entry with this uuid will be in the transcript before anything that is said from now on."""
        if entry and not self._held and entry not in self._arrived:
            self._awaited.add(entry)

    def arrived(self, entry: str | None) -> None:
        if entry:
            self._awaited.discard(entry)
            self._arrived.append(entry)

    def said(self, key: str, parts: int) -> None:
        """These parts of a message are there in full: what is held of them is out of date."""
        self._held = [delta for delta in self._held if delta.key != key or delta.part_index >= parts]

    def released(self) -> Iterator[Delta]:
        """What need not be held any longer."""
        if self._held and (not self._awaited or self._clock() - self._held_since > _PATIENCE):
            self._awaited.clear()
            held, self._held = self._held, []
            yield from held

    def stream_event(self, event: Frame) -> Iterator[Delta]:
        """Deltas of one event. Only what shows something is a part: thinking may be empty, signatures are hidden."""
        kind = event.get("type")
        if kind == "message_start":
            self._key, self._parts = str(event.get("message", {}).get("id", "")), {}
        elif kind == "content_block_start" and event.get("content_block", {}).get("type") == "tool_use":
            self._part(event.get("index", 0))
        elif kind == "content_block_delta":
            delta = event.get("delta", {})
            shown = {"text_delta": "text", "thinking_delta": "thinking"}.get(delta.get("type"))
            text = delta.get(shown) if shown else None
            if shown and text:
                self._hold(
                    Delta(
                        key=self._key,
                        part_index=self._part(event.get("index", 0)),
                        kind="text" if shown == "text" else "thinking",
                        text=text,
                    )
                )
        yield from self.released()

    def _part(self, block: int) -> int:
        return self._parts.setdefault(block, len(self._parts))

    def _hold(self, delta: Delta) -> None:
        if not self._held:
            self._held_since = self._clock()
        self._held.append(delta)

    def drop(self) -> None:
        """The turn is over: what was not said by now never will be."""
        self._awaited.clear()
        self._held.clear()
