"""Files and folders of the workspace."""

from asyncio import to_thread
from typing import Annotated

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from litestar.params import FromQuery, HeaderParameter, JSONBody
from litestar.types import ControllerRouterHandler

from hatchpod_api.errors import MalformedError, ValueNotAllowedError
from hatchpod_api.files import changes, content, listing
from hatchpod_api.files.finding import MAX_MATCHES, MAX_QUERY, find
from hatchpod_api.files.upload import Upload, receive
from hatchpod_api.git.command import Git
from hatchpod_api.http.download import download
from hatchpod_api.http.errors import AnyRequest, documented
from hatchpod_api.messages.files import (
    CreateFolder,
    FileContent,
    FileWritten,
    FolderCreated,
    Listing,
    Matches,
    Moved,
    MoveFile,
    Uploaded,
    WriteFile,
)
from hatchpod_api.workspace import Workspace

# A file of the largest size that is read, in JSON that escapes what it likes to.
_MAX_WRITE_BODY = 4 * content.MAX_CONTENT

_TAGS = ["files"]
_PATH_ERRORS = (400, 401, 403, 404, 409, 422, 429, 503)

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]
IfNoneMatch = Annotated[str | None, HeaderParameter(name="If-None-Match")]


@get("/api/browse", responses=documented(*_PATH_ERRORS), tags=_TAGS)
async def browse(
    workspace: NamedDependency[Workspace], path: FromQuery[str] = "", files: FromQuery[bool] = False
) -> Listing:
    """What is in a folder: its visible folders, or with `files` everything"""
    return await to_thread(listing.list_folder, workspace, path, with_files=files)


@get("/api/files", responses=documented(*_PATH_ERRORS, 413), tags=_TAGS)
async def read(workspace: NamedDependency[Workspace], path: FromQuery[str]) -> FileContent:
    """Read a file of at most 2 MiB"""
    return await to_thread(content.read_file, workspace, path)


@put(
    "/api/files",
    request_max_body_size=_MAX_WRITE_BODY,
    responses=documented(*_PATH_ERRORS, 412, 413),
    tags=_TAGS,
)
async def write(
    workspace: NamedDependency[Workspace],
    path: FromQuery[str],
    data: JSONBody[WriteFile],
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> FileWritten:
    """Write a whole file at once: with `If-Match` only that version of it, with `If-None-Match: *` only a new one"""
    if if_none_match not in {None, "*"}:
        raise ValueNotAllowedError("`If-None-Match` can only be `*` here: make a new file.", field="If-None-Match")
    create_only = if_none_match == "*"
    return await to_thread(content.write_file, workspace, path, data, if_match=if_match, create_only=create_only)


@post(
    "/api/files/upload",
    status_code=201,
    request_max_body_size=None,
    responses=documented(*_PATH_ERRORS, 413),
    tags=_TAGS,
)
async def upload(
    request: AnyRequest,
    workspace: NamedDependency[Workspace],
    path: FromQuery[str] = "",
    overwrite: FromQuery[bool] = False,
) -> Uploaded:
    """Put files into a folder: multipart/form-data with parts named `file`. All of them arrive, or none"""
    with Upload(workspace, path, overwrite=overwrite) as new:
        try:
            return await receive(new, request.headers.get("content-type", ""), request.stream())
        except InternalServerException:
            raise MalformedError("The upload ended before all of it had come. Send it again.") from None


@post("/api/files/move", status_code=200, responses=documented(*_PATH_ERRORS, 413), tags=_TAGS)
async def move(workspace: NamedDependency[Workspace], data: JSONBody[MoveFile]) -> Moved:
    """Move or rename a file or folder"""
    return Moved(path=await to_thread(changes.move, workspace, data))


@delete("/api/files", responses=documented(*_PATH_ERRORS), tags=_TAGS)
async def remove(
    workspace: NamedDependency[Workspace], path: FromQuery[str], recursive: FromQuery[bool] = False
) -> None:
    """Delete a file, or a folder: with everything in it only when `recursive`"""
    await to_thread(changes.delete, workspace, path, recursive=recursive)


@post("/api/files/folder", status_code=201, responses=documented(*_PATH_ERRORS, 413), tags=_TAGS)
async def make_folder(workspace: NamedDependency[Workspace], data: JSONBody[CreateFolder]) -> FolderCreated:
    """Make a folder"""
    return await to_thread(changes.make_folder, workspace, data.path)


@get("/api/files/find", responses=documented(*_PATH_ERRORS), tags=_TAGS)
async def find_files(
    git: NamedDependency[Git], q: FromQuery[str] = "", cwd: FromQuery[str] = "", limit: FromQuery[int] = 20
) -> Matches:
    """Files and folders below `cwd` that the letters `q` may mean, for completion after `@`; best first"""
    if len(q) > MAX_QUERY:
        raise ValueNotAllowedError(f"`q` has {len(q)} characters; {MAX_QUERY} are enough.", field="q")
    if not 1 <= limit <= MAX_MATCHES:
        raise ValueNotAllowedError(f"`limit` must be from 1 to {MAX_MATCHES}, got {limit}.", field="limit")
    return await find(git, cwd, q, limit)


HANDLERS: list[ControllerRouterHandler] = [
    browse,
    read,
    write,
    upload,
    move,
    remove,
    make_folder,
    find_files,
    download,
]
