"""Prompts of one session: those that wait their turn, and which ones came already."""

from collections.abc import Iterable, Iterator
from uuid import uuid4

import msgspec

from hatchpod_api.errors import ConflictError, NotFoundError
from hatchpod_api.messages.commands import Prompt
from hatchpod_api.messages.frames import QueueChanged
from hatchpod_api.messages.sessions import Attachment, Queue, QueueItem
from hatchpod_api.timestamps import now

MAX_QUEUED = 100
REMEMBERED_IDS = 1_000


def queue_item(prompt: Prompt) -> QueueItem:
    return QueueItem(
        id=str(uuid4()),
        text=prompt.text,
        client_id=prompt.client_id,
        attachments=prompt.attachments,
        created_at=now(),
    )


class PromptQueue:
    """First in, first out. While `paused` nothing is taken."""

    def __init__(self, items: Iterable[QueueItem] = (), *, paused: bool = False) -> None:
        self.items = list(items)
        self.paused = paused

    def add(self, item: QueueItem) -> None:
        if len(self.items) >= MAX_QUEUED:
            raise ConflictError(f"{MAX_QUEUED} prompts wait already; remove some, or wait", code="queue_full")
        self.items.append(item)

    def put_back(self, *items: QueueItem) -> None:
        self.items[:0] = items

    def take(self) -> QueueItem | None:
        """The next that may run."""
        return self.items.pop(0) if self.items and not self.paused else None

    def edit(self, item_id: str, text: str) -> None:
        position = self._position(item_id)
        self.items[position] = msgspec.structs.replace(self.items[position], text=text)

    def remove(self, item_id: str) -> QueueItem:
        return self.items.pop(self._position(item_id))

    @property
    def shown(self) -> Queue:
        """As clients see it: of pictures the name, not their data."""
        return Queue(items=[without_data(item) for item in self.items], paused=self.paused)

    @property
    def frame(self) -> QueueChanged:
        return QueueChanged(items=self.shown.items, paused=self.paused)

    def _position(self, item_id: str) -> int:
        for position, item in enumerate(self.items):
            if item.id == item_id:
                return position
        raise NotFoundError("this prompt is not in the queue any more; it may run already", field="id")


class Unsaid:
    """Prompts that were accepted and are no messages yet. An agent may end before it has said them."""

    def __init__(self) -> None:
        self._items: dict[str, QueueItem] = {}
        self._delivered: set[str] = set()

    def __iter__(self) -> Iterator[QueueItem]:
        return iter(self._items.values())

    def add(self, item: QueueItem) -> None:
        self._items[item.id] = item

    def delivered(self, item: QueueItem) -> None:
        """The agent has taken it; whether it says it is to be seen."""
        if item.id in self._items:
            self._delivered.add(item.id)

    def said(self, client_id: str | None) -> bool:
        """The oldest with this client's id is a message now; false when it was none of these."""
        item = next((item for item in self if item.client_id == client_id), None)
        if item is not None:
            self.drop(item)
        return item is not None

    def drop(self, item: QueueItem) -> None:
        self._items.pop(item.id, None)
        self._delivered.discard(item.id)

    def clear(self) -> list[QueueItem]:
        """Those that an agent had taken."""
        taken = [item for item in self if item.id in self._delivered]
        self._items.clear()
        self._delivered.clear()
        return taken


class ClientIds:
    """The newest `REMEMBERED_IDS` ids of prompts that were accepted, oldest first."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids = dict.fromkeys(ids)

    def __contains__(self, client_id: str | None) -> bool:
        return client_id is not None and client_id in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def add(self, client_id: str | None) -> None:
        if client_id is not None:
            self._ids[client_id] = None
            if len(self._ids) > REMEMBERED_IDS:
                del self._ids[next(iter(self._ids))]

    def forget(self, client_id: str | None) -> None:
        """It was not delivered after all: the same prompt may come again."""
        if client_id is not None:
            self._ids.pop(client_id, None)


def without_data(item: QueueItem) -> QueueItem:
    """The same with names and types only of what came as data."""
    if not any(attachment.data for attachment in item.attachments):
        return item
    attachments = [
        Attachment(name=attachment.name, media_type=attachment.media_type, path=attachment.path)
        for attachment in item.attachments
    ]
    return msgspec.structs.replace(item, attachments=attachments)
