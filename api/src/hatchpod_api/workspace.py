"""The one place where a path that a client names becomes a path on the disk: always inside the workspace.

First every link is resolved and the result compared with the root. Then the result is opened folder by folder, none
of which may be a link by now: whoever swaps a folder for a link in between gets an error, not a file from outside.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from hatchpod_api.errors import (
    ConflictError,
    ForbiddenError,
    HatchpodError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
    ValueNotAllowedError,
)

MAX_PATH_BYTES = 4096

_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Workspace:
    """`root` bounds every path; relative ones begin there. Paths that are returned have no links left in them."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def root(self) -> Path:
        return Path(os.path.realpath(self._root))

    def resolve(self, path: str, *, field: str = "path", follow: bool = True) -> Path:
        """The real path of `path`, which need not exist; without `follow` a link at its end stays that link.

        Raises `ValueNotAllowedError` for what cannot be a path, `ForbiddenError` for what is not in the workspace.
        """
        named = _parse(path, field)
        real, root = self._real(self._root / named, follow=follow), self.root
        if not real.is_relative_to(root):
            raise _outside(path, field)
        return real

    def contains(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.root)

    def shown(self, real: Path) -> str:
        """A real path as clients see it: relative to the root, which itself is the empty string."""
        relative = real.relative_to(self.root)
        return "" if relative == Path() else printable(str(relative))

    def folder(self, path: str, *, field: str = "path") -> Path:
        """The real path of a folder that exists."""
        real = self.resolve(path, field=field)
        with self.explained(real, field=field), self.opened_folder(real):
            return real

    @contextmanager
    def opened_folder(self, real: Path) -> Iterator[int]:
        """A descriptor of the folder, good as a `dir_fd`; `OSError` when it is none, or no longer."""
        parts = real.relative_to(self.root).parts
        folder = os.open(self.root, _FOLDER)
        try:
            for part in parts:
                below = os.open(part, _FOLDER, dir_fd=folder)
                os.close(folder)
                folder = below
            yield folder
        finally:
            os.close(folder)

    @contextmanager
    def opened_parent(self, real: Path, *, field: str = "path") -> Iterator[tuple[int, str]]:
        """A descriptor of the folder that `real` is in, and its name there; the root has none to offer."""
        if real == self.root:
            raise ForbiddenError("The workspace itself stays where it is. Name something inside it.", field=field)
        with self.opened_folder(real.parent) as folder:
            yield folder, real.name

    def open(self, real: Path, flags: int = os.O_RDONLY) -> int:
        """A descriptor of a regular file or of a folder; `OSError` when it cannot be opened."""
        flags |= os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a named pipe would block until somebody writes
        if real == self.root:
            return os.open(real, flags)
        with self.opened_folder(real.parent) as folder:
            opened = os.open(real.name, flags, dir_fd=folder)
        mode = os.fstat(opened).st_mode
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            return opened
        os.close(opened)
        raise OSError(errno.ENXIO, "neither a file nor a folder")

    def open_file(self, real: Path) -> BufferedReader:
        """A regular file, for reading; `OSError` when it is none."""
        opened = self.open(real)
        try:
            return os.fdopen(opened, "rb")
        except OSError:  # a folder, of which `fdopen` leaves the descriptor open
            os.close(opened)
            raise

    @contextmanager
    def explained(self, real: Path, *, field: str = "path") -> Iterator[None]:
        """What the system refuses within, as an error for the client."""
        try:
            yield
        except OSError as error:
            raise _explanation(error, self.shown(real) or "the workspace", field) from error

    @staticmethod
    def _real(path: Path, *, follow: bool) -> Path:
        return Path(os.path.realpath(path)) if follow else Path(os.path.realpath(path.parent)) / path.name


def printable(name: str) -> str:
    """A name from the disk as text: bytes that are no UTF-8 become replacement characters."""
    return os.fsencode(name).decode(errors="replace")


def _parse(path: str, field: str) -> Path:
    try:
        size = len(os.fsencode(path))
    except UnicodeEncodeError:
        raise ValueNotAllowedError(f"`{field}` has characters that no file name can have.", field=field) from None
    if "\0" in path:
        raise ValueNotAllowedError(f"`{field}` has a NUL character; no path can have one.", field=field)
    if size > MAX_PATH_BYTES:
        raise ValueNotAllowedError(f"`{field}` is {size} bytes long; {MAX_PATH_BYTES} is the longest.", field=field)
    named = Path(path)
    if ".." in named.parts:
        raise _outside(path, field)
    return named


def _outside(path: str, field: str) -> HatchpodError:
    shown = printable(path)[:200]
    message = f"{shown!r} is not inside the workspace. Name a path below its root, without `..` and without links out."
    return ForbiddenError(message, field=field, code="outside_workspace")


def _explanation(error: OSError, shown: str, field: str) -> HatchpodError:
    match error.errno:
        case errno.ENOENT:
            return NotFoundError(f"There is no {shown!r} in the workspace.", field=field)
        case errno.EACCES | errno.EPERM | errno.EROFS:
            message = f"The workstation's user may not do this to {shown!r}. Change its permissions or owner first."
            return ForbiddenError(message, field=field, code="permission_denied")
        case errno.EEXIST | errno.ENOTEMPTY:
            return ConflictError(f"There is a {shown!r} already. Choose another name.", field=field, code="exists")
        case errno.EISDIR:
            return ConflictError(f"{shown!r} is a folder. Name a file.", field=field, code="is_folder")
        case errno.ENOTDIR:
            return ConflictError(f"{shown!r} is not a folder. Name a folder.", field=field, code="not_a_folder")
        case errno.ENAMETOOLONG:
            return ValueNotAllowedError("A name in the path is too long for the disk. Shorten it.", field=field)
        case errno.ELOOP | errno.ENXIO | errno.ESTALE:
            return ConflictError(f"{shown!r} is neither a file nor a folder.", field=field, code="special_file")
        case errno.EXDEV:
            return ConflictError(f"{shown!r} would have to go to another disk. Copy it instead.", field=field)
        case errno.EINVAL:
            return ValueNotAllowedError(
                f"This cannot be done to {shown!r}; a folder has no place in itself.", field=field
            )
        case errno.ENOSPC | errno.EDQUOT:
            return UnavailableError("The disk is full; nothing was changed. Free some space.", code="disk_full")
        case errno.EFBIG:
            return TooLargeError("The file would be larger than the disk takes.", field=field)
    return UnavailableError(f"The disk failed with {shown!r}: {os.strerror(error.errno or 0)}.", code="disk_failed")
