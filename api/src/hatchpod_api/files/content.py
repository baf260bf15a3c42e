"""Reading and writing a whole file, so that two people who edit it never undo each other's work unknowingly."""

import base64
import binascii
import hashlib
import os
import stat
import threading
from pathlib import Path

from hatchpod_api.errors import ConflictError, StaleError, TooLargeError, ValueNotAllowedError
from hatchpod_api.files.replacing import draft
from hatchpod_api.messages.files import Encoding, FileContent, FileWritten, WriteFile
from hatchpod_api.timestamps import iso
from hatchpod_api.workspace import Workspace

MAX_CONTENT = 2 * 1024 * 1024

_SNIFFED = 8192

# Between comparing an etag and replacing the file nobody else of this process may replace it.
_replacing = threading.Lock()


def read_file(workspace: Workspace, path: str) -> FileContent:
    """Text as text, the rest as base64; `TooLargeError` over `MAX_CONTENT` bytes."""
    real = workspace.resolve(path)
    with workspace.explained(real), workspace.open_file(real) as file:
        found = os.fstat(file.fileno())
        data = file.read(MAX_CONTENT + 1)
    if len(data) > MAX_CONTENT:
        size = max(found.st_size, len(data))
        message = f"The file has {size} bytes; at most {MAX_CONTENT} can be read here. Use GET /api/files/download."
        raise TooLargeError(message, field="path")
    content, encoding = _decode(data)
    return FileContent(
        path=workspace.shown(real),
        content=content,
        encoding=encoding,
        size=len(data),
        etag=etag(hashlib.sha256(data)),
        binary=encoding == "base64",
        modified_at=iso(found.st_mtime),
    )


def write_file(
    workspace: Workspace, path: str, file: WriteFile, *, if_match: str | None = None, create_only: bool = False
) -> FileWritten:
    """Replace or make the file. `StaleError` when its etag is not `if_match`; with `create_only`, when it exists."""
    data = _encode(file)
    real = workspace.resolve(path)
    with workspace.explained(real), workspace.opened_parent(real) as (folder, name), draft(folder, name) as new:
        new.file.write(data)
        with _replacing:
            if if_match is not None:
                _check_unchanged(workspace, real, if_match)
            _check_is_file(folder, name, create_only=create_only)
            new.publish(overwrite=not create_only)
    return FileWritten(path=workspace.shown(real), size=len(data), etag=etag(hashlib.sha256(data)))


def _check_unchanged(workspace: Workspace, real: Path, if_match: str) -> None:
    try:
        with workspace.open_file(real) as old:
            current = etag(hashlib.file_digest(old, "sha256"))
    except FileNotFoundError:
        raise StaleError("The file is gone. Send it with `If-None-Match: *` to make it anew.") from None
    wanted = [tag.strip().removeprefix("W/") for tag in if_match.split(",")]
    if current not in wanted and wanted != ["*"]:
        raise StaleError("The file has changed since it was read. Read it again, and put your changes into that.")


def _check_is_file(folder: int, name: str, *, create_only: bool) -> None:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    if create_only:
        raise StaleError("There is a file of this name already. Read it, and write with `If-Match`.", code="exists")
    if not stat.S_ISREG(mode):
        raise ConflictError("There is something of this name that is no file. Choose another.", field="path")


def etag(digest: "hashlib._Hash") -> str:
    """Of a whole file: the same for the same bytes, wherever they are."""
    return f'"{digest.hexdigest()[:32]}"'


def _decode(data: bytes) -> tuple[str, Encoding]:
    if b"\0" in data[:_SNIFFED]:
        return base64.b64encode(data).decode(), "base64"
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _encode(file: WriteFile) -> bytes:
    try:
        if file.encoding == "base64":
            data = base64.b64decode(file.content, validate=True)
        else:
            data = file.content.encode(file.encoding)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise ValueNotAllowedError(f"`content` cannot be written as {file.encoding}.", field="content") from None
    if len(data) > MAX_CONTENT:
        message = f"The content has {len(data)} bytes; at most {MAX_CONTENT} are taken. Use POST /api/files/upload."
        raise TooLargeError(message, field="content")
    return data
