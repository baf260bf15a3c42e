"""The messages of one session: which index each has, what grows at the moment, and the newest of them to show."""

from collections.abc import Iterable

from hatchpod_api.messages.frames import Message, MessageDiscarded, TextDelta, ThinkingDelta
from hatchpod_api.messages.transcript import (
    AssistantMessage,
    MessagePage,
    NormalizedMessage,
    Task,
    UserMessage,
    with_index,
)
from hatchpod_api.providers.base import Delta

HELD_MESSAGES = 500
_HELD_KEYS = 10_000

ConversationFrame = Message | MessageDiscarded | TextDelta | ThinkingDelta


class _Growing:
    """A part that deltas build. `units` is its length in UTF-16 code units."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.units = 0
        self._pieces: list[str] = []

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self.units += len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2

    @property
    def text(self) -> str:
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]


class Conversation:
    """Messages by the provider's keys. `total` is the next index; what deltas have begun is counted already.

    `messages` are the newest of a transcript of `total`, in order and without gaps.
    """

    def __init__(self, messages: Iterable[NormalizedMessage] = (), total: int = 0) -> None:
        self._messages = {message.index: message for message in messages}
        self.total = max([total, *(index + 1 for index in self._messages)])
        self._oldest = min(self._messages, default=self.total)
        self._indexes: dict[str, int] = {}
        self._growing: dict[int, dict[int, _Growing]] = {}
        self._trim()

    def say(self, key: str, message: NormalizedMessage) -> list[ConversationFrame]:
        """What to tell of a message as it stands now; nothing when it stood like that before."""
        index = self._index_of(key)
        message = with_index(message, index)
        growing = self._growing.pop(index, None)
        if growing is None and self._messages.get(index) == message:
            return []
        if index >= self._oldest:
            self._messages[index] = message
        rest = {part: text for part, text in (growing or {}).items() if part >= _part_count(message)}
        if rest:
            self._growing[index] = rest
        self._trim()
        return [Message(message=message), *self._deltas(index)]

    def place(self, message: NormalizedMessage) -> Message | None:
        """What to tell of a message whose index is known already; None when it stands like that there."""
        if message.index < self._oldest or self._messages.get(message.index) == message:
            return None
        self._messages[message.index] = message
        self.total = max(self.total, message.index + 1)
        self._trim()
        return Message(message=message)

    def grow(self, delta: Delta) -> TextDelta | ThinkingDelta | None:
        """What to tell of more text; None for a part that was said in full before."""
        index = self._index_of(delta.key)
        message = self._messages.get(index)
        if index < self._oldest or (message is not None and delta.part_index < _part_count(message)):
            return None
        parts = self._growing.setdefault(index, {})
        part = parts.get(delta.part_index)
        if part is None:
            part = parts[delta.part_index] = _Growing(delta.kind)
        elif part.kind != delta.kind:
            return None
        frame = _DELTAS[delta.kind](
            message_index=index, part_index=delta.part_index, offset=part.units, text=delta.text
        )
        part.add(delta.text)
        return frame

    def discard_unsaid(self) -> list[ConversationFrame]:
        """What to tell when a turn is over: nothing grows any more, and indexes are contiguous again."""
        unsaid = sorted(index for index in self._growing if index not in self._messages)
        unfinished = [Message(message=self._messages[i]) for i in sorted(self._growing) if i in self._messages]
        self._growing.clear()
        return [*unfinished, *(self._close_gaps(unsaid) if unsaid else ())]

    def in_flight(self) -> list[TextDelta | ThinkingDelta]:
        """Text that is being said, each part from its beginning."""
        return [delta for index in sorted(self._growing) for delta in self._deltas(index)]

    def newest(self, limit: int) -> list[NormalizedMessage]:
        start = max(self._oldest, self.total - limit)
        return [self._messages[index] for index in range(start, self.total) if index in self._messages]

    def page(self, before: int | None, limit: int, tasks: list[Task]) -> MessagePage | None:
        """At most `limit` messages before that index (the newest without one); None when they are not all held."""
        end = self.total if before is None else max(0, min(before, self.total))
        start = max(0, end - limit)
        if start < self._oldest and start < end:
            return None
        messages = [self._messages[index] for index in range(start, end) if index in self._messages]
        return MessagePage(
            messages=messages,
            tasks=tasks,
            total_messages=self.total,
            has_more=start > 0,
            oldest_index=messages[0].index if messages else None,
        )

    def _index_of(self, key: str) -> int:
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = self.total
            self.total += 1
            if len(self._indexes) > _HELD_KEYS:
                del self._indexes[next(iter(self._indexes))]
        return index

    def _deltas(self, index: int) -> list[TextDelta | ThinkingDelta]:
        return [
            _DELTAS[part.kind](message_index=index, part_index=part_index, offset=0, text=part.text)
            for part_index, part in sorted(self._growing.get(index, {}).items())
        ]

    def _close_gaps(self, unsaid: list[int]) -> list[ConversationFrame]:
        """Later messages move up: they are told again at their new place, and the last places are taken back."""
        kept = [index for index in range(unsaid[0], self.total) if index in self._messages]
        moved = {old: unsaid[0] + position for position, old in enumerate(kept)}
        frames: list[ConversationFrame] = []
        for old, new in moved.items():
            self._messages[new] = with_index(self._messages.pop(old), new)
            frames.append(Message(message=self._messages[new]))
        gone = set(unsaid)
        self._indexes = {key: moved.get(index, index) for key, index in self._indexes.items() if index not in gone}
        end = self.total - len(unsaid)
        frames += [MessageDiscarded(message_index=index) for index in reversed(range(end, self.total))]
        self.total = end
        return frames

    def _trim(self) -> None:
        """Forget the oldest, but nothing that may still have to move."""
        floor = min(self._growing, default=self.total)
        while len(self._messages) > HELD_MESSAGES and self._oldest < floor:
            self._messages.pop(self._oldest, None)
            self._oldest += 1


_DELTAS: dict[str, type[TextDelta] | type[ThinkingDelta]] = {"text": TextDelta, "thinking": ThinkingDelta}


def _part_count(message: NormalizedMessage) -> int:
    return len(message.parts) if isinstance(message, UserMessage | AssistantMessage) else 0
