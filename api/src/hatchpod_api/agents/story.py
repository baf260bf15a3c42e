"""What a session tells its clients: the journal, the conversation, what is in flight, and who listens."""

from collections.abc import Iterable
from typing import Protocol

from hatchpod_api.agents.conversation import Conversation
from hatchpod_api.agents.in_flight import InFlight
from hatchpod_api.agents.journal import Journal
from hatchpod_api.agents.lines import encode_line
from hatchpod_api.messages.frames import (
    Frame,
    Journaled,
    Message,
    ReplayComplete,
    Resume,
    ToolApprovalRequest,
)
from hatchpod_api.messages.transcript import MessagePage

DEFAULT_LIMIT = 30
MAX_LIMIT = 500

StoryFrame = Journaled | ToolApprovalRequest


class Subscriber(Protocol):
    """One client's connection. Neither method waits."""

    def send(self, line: bytes) -> None: ...

    def replay(self, lines: Iterable[bytes]) -> None: ...

    def close(self) -> None: ...


class Story:
    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.journal = Journal()
        self.in_flight = InFlight()
        self.subscribers: set[Subscriber] = set()

    def tell(self, frame: StoryFrame) -> None:
        """The one way to every client: numbered, encoded once, the same bytes for all."""
        line = self.journal.append(frame)
        for subscriber in self.subscribers:
            subscriber.send(line)

    def tell_all(self, frames: Iterable[StoryFrame]) -> None:
        for frame in frames:
            self.tell(frame)

    def show(self, frame: Journaled) -> None:
        """Tell it, and again to clients that come while it is so; nothing when they know it already."""
        if self.in_flight.take(frame):
            self.tell(frame)

    def subscribe(
        self,
        subscriber: Subscriber,
        present: Iterable[Frame | ToolApprovalRequest],
        cursor: str | None,
        limit: int | None,
    ) -> None:
        """From here on the subscriber gets everything: what it missed, or a snapshot that ends with `present`."""
        missed = None if cursor is None else self.journal.since(cursor)
        if missed is not None:
            subscriber.replay([encode_line(Resume(result="ok", cursor=self.journal.cursor)), *missed])
        else:
            gap = [] if cursor is None else [Resume(result="gap", cursor=self.journal.cursor)]
            frames = [*gap, *self._snapshot(limit), *present]
            subscriber.replay([encode_line(frame) for frame in frames])
        self.subscribers.add(subscriber)

    def replace(self, conversation: Conversation, present: Iterable[Frame | ToolApprovalRequest]) -> None:
        """All messages may be others: a new epoch, and everybody gets it as after a gap."""
        self.conversation = conversation
        self.journal = Journal()
        frames = [Resume(result="gap", cursor=self.journal.cursor), *self._snapshot(None), *present]
        lines = [encode_line(frame) for frame in frames]
        for subscriber in self.subscribers:
            subscriber.replay(lines)

    def page(self, before: int | None, limit: int) -> MessagePage | None:
        """None when that part is not in memory."""
        return self.conversation.page(before, limit, self.in_flight.tasks)

    def end(self) -> None:
        """Disconnect everybody."""
        for subscriber in tuple(self.subscribers):
            subscriber.close()
        self.subscribers.clear()

    def _snapshot(self, limit: int | None) -> list[Frame | ToolApprovalRequest]:
        messages = self.conversation.newest(max(0, min(DEFAULT_LIMIT if limit is None else limit, MAX_LIMIT)))
        return [
            *(Message(message=message) for message in messages),
            *self.conversation.in_flight(),
            *self.in_flight.frames(),
            ReplayComplete(
                total_messages=self.conversation.total,
                oldest_index=messages[0].index if messages else None,
                cursor=self.journal.cursor,
            ),
        ]
