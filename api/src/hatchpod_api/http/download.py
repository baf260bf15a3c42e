"""Downloads: a file, or a part of it; a folder as a zip file."""

import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from email.utils import formatdate
from io import FileIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery
from litestar.response import Stream

from hatchpod_api.files.archive import zip_folder
from hatchpod_api.http.errors import AnyRequest, documented
from hatchpod_api.http.ranges import UnsatisfiableRangeError, wanted_range
from hatchpod_api.messages.errors import ErrorBody
from hatchpod_api.workspace import Workspace, printable

_CHUNK = 256 * 1024
_BINARY = "application/octet-stream"  # never what the file claims to be: nothing of it may run in a browser

_SENT = {
    200: ResponseSpec(bytes, media_type="application/*", description="The whole file; application/zip for a folder"),
    206: ResponseSpec(bytes, media_type=_BINARY, description="The part that `Range` asked for"),
    416: ResponseSpec(ErrorBody, description="The range begins after the end of the file", generate_examples=False),
}


@get(
    "/api/files/download",
    opt={"as_is": True},
    responses={**_SENT, **documented(400, 401, 403, 404, 409, 422, 429)},
    tags=["files"],
)
async def download(
    request: AnyRequest, workspace: NamedDependency[Workspace], path: FromQuery[str] = ""
) -> Response[Any]:
    """Download a file, with `Range` a part of it; a folder comes as a zip file"""
    real = workspace.resolve(path)
    with workspace.explained(real):
        opened = await anyio.to_thread.run_sync(workspace.open, real)
    found = os.fstat(opened)
    if stat.S_ISDIR(found.st_mode):
        os.close(opened)
        headers = _attachment(f"{real.name}.zip")
        return Stream(_pump(zip_folder(workspace, real)), media_type="application/zip", headers=headers)
    return _file(request, real, FileIO(opened), found)


def _file(request: AnyRequest, real: Path, file: FileIO, found: os.stat_result) -> Response[Any]:
    tag = f'"{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}"'
    headers = {
        **_attachment(printable(real.name)),
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Last-Modified": formatdate(found.st_mtime, usegmt=True),
    }
    is_same = request.headers.get("if-range", tag) == tag
    try:
        part = wanted_range(request.headers.get("range") if is_same else None, found.st_size)
    except UnsatisfiableRangeError:
        file.close()
        body = ErrorBody(error=f"The file has {found.st_size} bytes; ask for a part of those.", code="range")
        headers = {"Content-Range": f"bytes */{found.st_size}"}
        return Response(body, status_code=416, headers=headers, media_type=MediaType.JSON)
    first, last = part or (0, found.st_size - 1)
    headers["Content-Length"] = str(last - first + 1)
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{found.st_size}"
    chunks = _pump(_read(file, first, last - first + 1))
    return Stream(chunks, status_code=206 if part else 200, media_type=_BINARY, headers=headers)


def _attachment(name: str) -> dict[str, str]:
    """RFC 6266: a plain name for old clients, the true one for the others."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in name
    )
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}


def _read(file: FileIO, first: int, count: int) -> Iterator[bytes]:
    """A file that has become shorter ends the response early, which the client notices by its length."""
    with file:
        file.seek(first)
        while count > 0 and (chunk := file.read(min(_CHUNK, count))):
            count -= len(chunk)
            yield chunk


async def _pump(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each chunk is made in a thread, when the one before it was taken; the end of the client is the end of it all."""
    close: Callable[[], None] = getattr(chunks, "close", lambda: None)
    try:
        while (chunk := await anyio.to_thread.run_sync(next, chunks, None)) is not None:
            yield chunk
    finally:
        close()
