"""Files that come as multipart/form-data: straight to the disk, and into their folder when all of them are there."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack
from hashlib import sha256
from types import TracebackType
from typing import Self

import anyio.to_thread
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from hatchpod_api.errors import ConflictError, MalformedError, TooLargeError, ValueNotAllowedError
from hatchpod_api.files.content import etag
from hatchpod_api.files.replacing import Draft, draft
from hatchpod_api.messages.files import FileWritten, Uploaded
from hatchpod_api.workspace import Workspace

MAX_UPLOAD = 4 * 1024 * 1024 * 1024
MAX_FILES = 50

_MAX_NAME_BYTES = 200  # leaves room for the draft's suffix


class Upload(AbstractContextManager["Upload"]):
    """One request's files. What is not published when it ends leaves no trace."""

    def __init__(self, workspace: Workspace, path: str, *, overwrite: bool) -> None:
        self._workspace = workspace
        self._real = workspace.resolve(path)
        self._overwrite = overwrite
        self._stack = ExitStack()
        self._folder = -1
        self._arrived: dict[str, _Arrived] = {}

    def __enter__(self) -> Self:
        with self._workspace.explained(self._real):
            self._folder = self._stack.enter_context(self._workspace.opened_folder(self._real))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def begin(self, name: str) -> "_Arrived":
        name = clean_name(name)
        if name in self._arrived:
            raise ValueNotAllowedError(f"Two files are named {name!r}. Send them to different folders.", field="file")
        if not self._overwrite and _exists(self._folder, name):
            message = f"There is a {name!r} already. Rename the file, or say `overwrite=true`."
            raise ConflictError(message, field="file", code="exists")
        with self._workspace.explained(self._real / name, field="file"):
            self._arrived[name] = _Arrived(self._stack.enter_context(draft(self._folder, name)))
        return self._arrived[name]

    def write(self, arrived: "_Arrived", chunk: bytes) -> None:
        with self._workspace.explained(self._real, field="file"):
            arrived.draft.file.write(chunk)
        arrived.digest.update(chunk)
        arrived.size += len(chunk)

    def publish(self) -> Uploaded:
        """All of them, or none: a name that somebody took meanwhile takes those before it back."""
        for name, arrived in self._arrived.items():
            with self._workspace.explained(self._real / name, field="file"):
                arrived.draft.settle(overwrite=self._overwrite)
        with ExitStack() as undoing:
            for name, arrived in self._arrived.items():
                with self._workspace.explained(self._real / name, field="file"):
                    arrived.draft.reveal(overwrite=self._overwrite)
                if not self._overwrite:
                    undoing.callback(os.unlink, name, dir_fd=self._folder)
            undoing.pop_all()
        return Uploaded(files=[self._written(name, arrived) for name, arrived in self._arrived.items()])

    def _written(self, name: str, arrived: "_Arrived") -> FileWritten:
        path = self._workspace.shown(self._real / name)
        return FileWritten(path=path, size=arrived.size, etag=etag(arrived.digest))


class _Arrived:
    """A file as far as it has come."""

    def __init__(self, new: Draft) -> None:
        self.draft = new
        self.digest = sha256()
        self.size = 0


async def receive(upload: Upload, content_type: str, body: AsyncIterator[bytes]) -> Uploaded:
    """Take the `file` parts of the body; raises before anything is visible when one of them cannot be kept."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise MalformedError("The files must come as multipart/form-data, in parts named `file`.")
    try:
        parser = PushMultipartParser(options["boundary"], max_segment_count=MAX_FILES)
        await _receive_parts(upload, parser, body)
    except MultipartError as error:
        raise MalformedError(f"The multipart body cannot be read: {error}.") from None
    return await anyio.to_thread.run_sync(upload.publish)


async def _receive_parts(upload: Upload, parser: PushMultipartParser, body: AsyncIterator[bytes]) -> None:
    current: _Arrived | None = None
    received = files = 0
    with parser:
        async for chunk in body:
            received += len(chunk)
            if received > MAX_UPLOAD:
                raise TooLargeError(f"The upload is larger than {MAX_UPLOAD} bytes. Send less at once.")
            for event in parser.parse(chunk) if chunk else ():
                if isinstance(event, MultipartSegment):
                    current = await anyio.to_thread.run_sync(upload.begin, _file_name(event))
                    files += 1
                elif event and current:
                    await anyio.to_thread.run_sync(upload.write, current, bytes(event))
    if not files:
        raise MalformedError("There is no file in the body. Send at least one part named `file`.", field="file")


def _file_name(segment: MultipartSegment) -> str:
    if segment.name != "file" or segment.filename is None:
        message = f"The part {segment.name!r} is not expected. Send files only, in parts named `file`."
        raise MalformedError(message, field=segment.name or None)
    return str(segment.filename)


def clean_name(name: str) -> str:
    """The last part of what the client calls the file, without characters that only deceive."""
    last = name.replace("\\", "/").rpartition("/")[2]
    cleaned = "".join(character for character in last if character.isprintable()).strip()
    if cleaned in {"", ".", ".."} or len(cleaned.encode(errors="surrogatepass")) > _MAX_NAME_BYTES:
        message = f"A file's name must have 1 to {_MAX_NAME_BYTES} bytes, got {last[:80]!r}. Rename it."
        raise ValueNotAllowedError(message, field="file")
    return cleaned


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
