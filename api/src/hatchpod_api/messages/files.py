"""Files and folders of the workspace. Paths are relative to its root, which is the empty path."""

from typing import Annotated, Literal

import msgspec

from hatchpod_api.messages.base import Wire

EntryType = Literal["file", "folder", "link", "other"]
Encoding = Literal["utf-8", "latin-1", "base64"]

Name = Annotated[str, msgspec.Meta(min_length=1)]


class Entry(Wire, frozen=True):
    """One thing in a folder. A link has the type of what it leads to; `link` itself when that is not reachable.

    `size` is in bytes, null for folders; `modified_at` is ISO 8601.
    """

    name: str
    path: str
    type: EntryType
    hidden: bool
    link: bool
    size: int | None
    modified_at: str


class Listing(Wire, frozen=True):
    """A folder. `dirs` names its visible folders; `entries` has everything, folders first, where it was asked for.

    `cwd` is the absolute path, for a session to start in; `truncated` says that there is more than is listed.
    """

    path: str
    cwd: str
    dirs: list[str]
    entries: list[Entry]
    truncated: bool


class FileContent(Wire, frozen=True):
    """A file. `etag` changes with its bytes; `binary` content is base64. `size` is in bytes."""

    path: str
    content: str
    encoding: Encoding
    size: int
    etag: str
    binary: bool
    modified_at: str


class WriteFile(Wire, frozen=True, forbid_unknown_fields=True):
    content: str
    encoding: Encoding = "utf-8"


class FileWritten(Wire, frozen=True):
    path: str
    size: int
    etag: str


class Uploaded(Wire, frozen=True):
    files: list[FileWritten]


class MoveFile(Wire, frozen=True, forbid_unknown_fields=True):
    """Both are whole paths; `overwrite` permits that a file at `target` goes."""

    source: Name
    target: Name
    overwrite: bool = False


class Moved(Wire, frozen=True):
    path: str


class CreateFolder(Wire, frozen=True, forbid_unknown_fields=True):
    path: Name


class FolderCreated(Wire, frozen=True):
    path: str
    cwd: str


class Match(Wire, frozen=True):
    """A file or folder that a few typed letters may mean. `path` is relative to the directory that was asked about."""

    path: str
    type: Literal["file", "folder"]


class Matches(Wire, frozen=True):
    """Best first; `truncated` says that not every file was looked at."""

    items: list[Match]
    truncated: bool
