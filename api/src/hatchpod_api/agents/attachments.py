"""What comes along with a prompt: pictures as data, or files of the workspace, which are read when it is delivered."""

import asyncio
import base64
import binascii
import mimetypes
import os
from collections.abc import Iterable

import msgspec

from hatchpod_api.errors import TooLargeError, ValueNotAllowedError
from hatchpod_api.messages.sessions import Attachment
from hatchpod_api.workspace import Workspace

MAX_BYTES = 20 * 1024 * 1024


def check(attachments: Iterable[Attachment]) -> None:
    """Raises `ValueNotAllowedError` for what can never be delivered."""
    for attachment in attachments:
        if (attachment.data is None) == (attachment.path is None):
            raise ValueNotAllowedError(
                "attachments: each has either `data` or `path`; send one of the two", field="attachments"
            )
        if attachment.data is not None:
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


def _read(attachment: Attachment, workspace: Workspace) -> Attachment:
    path = attachment.path or ""
    real = workspace.resolve(path, field="attachments")
    with workspace.explained(real, field="attachments"), os.fdopen(workspace.open(real), "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise TooLargeError(f"attachments: {path!r} is larger than {MAX_BYTES >> 20} MiB; name it in the text instead")
    return msgspec.structs.replace(
        attachment,
        name=attachment.name or real.name,
        media_type=attachment.media_type or mimetypes.guess_type(real.name)[0] or "application/octet-stream",
        data=base64.b64encode(content).decode(),
    )
