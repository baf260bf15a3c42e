"""What comes along with a prompt: pictures as data, or files of the workspace, which are read when it is delivered."""

import asyncio
import base64
import binascii
import mimetypes
from collections.abc import Container, Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from hatchpod_api.agents.queue import without_data
from hatchpod_api.errors import ConflictError, TooLargeError, ValueNotAllowedError
from hatchpod_api.messages.sessions import Attachment, QueueItem
from hatchpod_api.workspace import Workspace

MAX_BYTES = 20 * 1024 * 1024
MAX_KEPT = 256 * 1024 * 1024


class AttachedFiles:
    """Data that came with prompts, a file for each prompt until it is a message: memory and records stay small."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sizes: dict[str, int] = {}

    def load(self, wanted: Container[str]) -> None:
        """Find those of prompts that wait, by the prompts' ids, and remove all others. Raises `OSError`."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in self._folder.iterdir():
            if path.name in wanted:
                self._sizes[path.name] = path.stat().st_size
            else:
                path.unlink()

    def put(self, item: QueueItem) -> QueueItem:
        """The prompt without the data, which is kept here. On a full disk it stays with the prompt."""
        light = without_data(item)
        if light is item:
            return item
        data = msgspec.json.encode(item.attachments)
        if sum(self._sizes.values()) + len(data) > MAX_KEPT:
            raise ConflictError(
                f"attachments of prompts that wait take {MAX_KEPT >> 20} MiB, which is the limit; remove some, or wait",
                field="attachments",
                code="queue_full",
            )
        try:
            (self._folder / item.id).write_bytes(data)
        except OSError:
            self.drop(item.id)
            return item
        self._sizes[item.id] = len(data)
        return light

    async def get(self, item: QueueItem) -> list[Attachment]:
        if item.id not in self._sizes:
            return item.attachments
        try:
            data = await asyncio.to_thread((self._folder / item.id).read_bytes)
            return msgspec.json.decode(data, type=list[Attachment])
        except (OSError, msgspec.MsgspecError) as error:
            raise ConflictError(
                "attachments: they are gone from the disk; attach them again", field="attachments"
            ) from error

    def drop(self, item_id: str) -> None:
        """Nobody waits for them any more."""
        self._sizes.pop(item_id, None)
        with suppress(OSError):
            (self._folder / item_id).unlink(missing_ok=True)


def check(attachments: Iterable[Attachment]) -> None:
    """Raises `ValueNotAllowedError` for what can never be delivered."""
    for attachment in attachments:
        if (attachment.data is None) == (attachment.path is None):
            raise ValueNotAllowedError(
                "attachments: each has either `data` or `path`; send one of the two", field="attachments"
            )
        if attachment.data is not None:
            if len(attachment.data) > MAX_BYTES * 4 // 3 + 4:
                raise _too_large(attachment.name)
            try:
                base64.b64decode(attachment.data, validate=True)
            except (binascii.Error, ValueError):
                raise ValueNotAllowedError(
                    "attachments: `data` is not base64; encode the file's bytes", field="attachments"
                ) from None


async def load(attachments: Iterable[Attachment], workspace: Workspace) -> tuple[Attachment, ...]:
    """The same with `data` set on each; raises what reading a file of the workspace raises."""
    return tuple(
        [
            attachment if attachment.path is None else await asyncio.to_thread(_read, attachment, workspace)
            for attachment in attachments
        ]
    )


def _too_large(name: str | None) -> TooLargeError:
    return TooLargeError(
        f"attachments: {name or 'one'!r} is larger than {MAX_BYTES >> 20} MiB; name it in the text instead",
        field="attachments",
    )


def _read(attachment: Attachment, workspace: Workspace) -> Attachment:
    path = attachment.path or ""
    real = workspace.resolve(path, field="attachments")
    with workspace.explained(real, field="attachments"), workspace.open_file(real) as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _too_large(path)
    return msgspec.structs.replace(
        attachment,
        name=attachment.name or real.name,
        media_type=attachment.media_type or mimetypes.guess_type(real.name)[0] or "application/octet-stream",
        data=base64.b64encode(content).decode(),
    )
