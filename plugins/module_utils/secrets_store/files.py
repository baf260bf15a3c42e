"""How bytes reach the disk: through open directories, never through a symbolic link, all or nothing.

A file is replaced in two steps. `stage` writes a new file beside it: created exclusively, owner and mode set
before the first byte, flushed to the disk. `commit` renames it into place. A full disk therefore fails while
nothing has changed yet, and whatever moment a process is killed at, each path holds its old or its new content.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from ansible.module_utils.secrets_store.model import Attributes, SecretError, Stored

MAXIMUM_BYTES = 64 * 1024
TEMPORARY_NAME = ".{name}.{token}.new"
_TEMPORARY = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{16}\.new")
_DIRECTORY_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_NEW_FILE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def attributes_of(status: os.stat_result) -> Attributes:
    return Attributes(status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode))


def set_attributes(descriptor: int, wanted: Attributes) -> None:
    """Never more open in between: group and others lose access before the owner changes."""
    found = attributes_of(os.fstat(descriptor))
    if (found.owner, found.group) != (wanted.owner, wanted.group):
        os.fchmod(descriptor, found.mode & wanted.mode & 0o700)
        os.fchown(descriptor, wanted.owner, wanted.group)
    if attributes_of(os.fstat(descriptor)).mode != wanted.mode:
        os.fchmod(descriptor, wanted.mode)


@contextlib.contextmanager
def reporting(verb: str, path: str) -> Iterator[None]:
    """Turn an error of the operating system into a sentence with the path in it."""
    try:
        yield
    except OSError as error:
        raise SecretError(f"cannot {verb} {path}: {error.strerror or type(error).__name__}") from None


def untrusted(directory: str) -> tuple[str, str] | None:
    """Why secrets below `directory` would not be safe, others could put theirs in their place; and the remedy."""
    trusted = {0, os.geteuid()}
    for path in (*reversed([str(parent) for parent in PurePosixPath(directory).parents]), directory):
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        if stat.S_ISLNK(status.st_mode):
            continue  # refused on the way down
        if status.st_uid not in trusted:
            return f"{path} belongs to user {status.st_uid}", f"chown -R root:root {path}"
        if path != directory and status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX:
            return f"{path} can be written by others than its owner", f"chmod go-w {path}"
    return None


class Files:
    """Files below directories which are opened once, component by component."""

    def __init__(self, new_directory: Attributes) -> None:
        self.made: set[str] = set()
        self._new_directory = new_directory
        self._open: dict[str, int] = {}
        self._staged: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._discard_staged()
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()

    def directory(self, path: str) -> int | None:
        """The open directory, or None if it is missing. Every component must be a real directory."""
        if path not in self._open:
            descriptor = self._descend(path, create=False)
            if descriptor is None:
                return None
            self._open[path] = descriptor
        return self._open[path]

    def ensure(self, path: str) -> int:
        """The open directory, made if it is missing, as are those above it."""
        descriptor = self.directory(path)
        if descriptor is None:
            descriptor = self._descend(path, create=True)
            assert descriptor is not None  # noqa: S101 - for mypy: what is missing was made
            self._open[path] = descriptor
        return descriptor

    def read(self, path: str) -> Stored | None:
        """Content and attributes of a regular file, None if there is none."""
        folder, name = self._locate(path)
        if folder is None:
            return None
        with reporting("read", path), _existing(path, name, folder) as descriptor:
            if descriptor is None:
                return None
            status = os.fstat(descriptor)
            if status.st_size > MAXIMUM_BYTES:
                raise SecretError(f"{path} is larger than {MAXIMUM_BYTES} bytes. It was left as it is; move it away")
            return Stored(attributes_of(status), os.read(descriptor, MAXIMUM_BYTES + 1))

    def stage(self, path: str, content: bytes, attributes: Attributes) -> None:
        """Write the file's next content beside it. It takes effect with `commit`."""
        parent, name = os.path.split(path)
        with reporting("write", path):
            folder = self.ensure(parent)
            temporary = TEMPORARY_NAME.format(name=name, token=secrets.token_hex(8))
            descriptor = os.open(temporary, _NEW_FILE_FLAGS, 0o600, dir_fd=folder)
            self._staged[path] = temporary
            try:
                set_attributes(descriptor, attributes)
                _write(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def commit(self) -> None:
        """Put every staged file into its place, in the order of staging."""
        touched: dict[int, str] = {}
        for path, temporary in list(self._staged.items()):
            folder, name = self._locate(path)
            with reporting("replace", path):
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            del self._staged[path]
            if folder is not None:
                touched[folder] = path
        for folder, path in touched.items():
            with reporting("flush the directory of", path):
                os.fsync(folder)

    def repair(self, path: str, attributes: Attributes) -> None:
        """Set owner, group and mode of an existing file, without touching its content."""
        folder, name = self._locate(path)
        with reporting("repair", path), _existing(path, name, folder) as descriptor:
            if descriptor is not None:
                set_attributes(descriptor, attributes)

    def remove(self, path: str) -> None:
        folder, name = self._locate(path)
        if folder is not None:
            with reporting("remove", path), contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
                os.fsync(folder)

    def sweep(self, path: str, *, names: frozenset[str] | None = None) -> None:
        """Remove what killed runs left in a directory; only for these files if `names` is given."""
        folder = self.directory(path)
        if folder is None:
            return
        for entry in os.listdir(folder):  # noqa: PTH208 - pathlib cannot list an open directory
            match = _TEMPORARY.fullmatch(entry)
            if match and (names is None or match["name"] in names):
                with reporting("remove", f"{path}/{entry}"):
                    _remove_leftover(entry, folder)

    def _locate(self, path: str) -> tuple[int | None, str]:
        parent, name = os.path.split(path)
        return self.directory(parent), name

    def _discard_staged(self) -> None:
        for path, temporary in self._staged.items():
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=self.directory(os.path.split(path)[0]))
        self._staged.clear()

    def _descend(self, path: str, *, create: bool) -> int | None:
        current = os.open("/", _DIRECTORY_FLAGS)
        walked = "/"
        for component in PurePosixPath(path).parts[1:]:
            walked = os.path.join(walked, component)  # noqa: PTH118 - text for messages
            try:
                following = self._step(component, current, walked, create=create)
            finally:
                os.close(current)
            if following is None:
                return None
            current = following
        return current

    def _step(self, component: str, parent: int, walked: str, *, create: bool) -> int | None:
        try:
            return os.open(component, _DIRECTORY_FLAGS, dir_fd=parent)
        except FileNotFoundError:
            if not create:
                return None
        except NotADirectoryError:
            raise SecretError(_not_plain(walked, "directory")) from None
        except OSError as error:
            raise SecretError(f"cannot open {walked}: {error.strerror}") from None
        with reporting("create", walked):
            return self._make_directory(component, parent, walked)

    def _make_directory(self, component: str, parent: int, walked: str) -> int:
        """Private from its first moment, whatever the umask; another run may have been quicker."""
        made = True
        try:
            os.mkdir(component, 0o700, dir_fd=parent)
        except FileExistsError:
            made = False
        descriptor = os.open(component, _DIRECTORY_FLAGS, dir_fd=parent)
        if made:
            set_attributes(descriptor, self._new_directory)
            os.fsync(parent)
            self.made.add(walked)
        return descriptor


@contextlib.contextmanager
def _existing(path: str, name: str, folder: int | None) -> Iterator[int | None]:
    """A regular file opened for reading; None if it is missing. Links, pipes and devices are refused."""
    try:
        descriptor = os.open(name, os.O_RDONLY | _FILE_FLAGS, dir_fd=folder)
    except FileNotFoundError:
        yield None
        return
    except OSError:
        if stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise
        raise SecretError(_not_plain(path, "file")) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SecretError(_not_plain(path, "file"))
        yield descriptor
    finally:
        os.close(descriptor)


def _not_plain(path: str, wanted: str) -> str:
    return (
        f"{path} is a symbolic link or no {wanted} at all. It was left as it is; put a real {wanted} there or remove it"
    )


def _write(descriptor: int, content: bytes) -> None:
    remaining = memoryview(content)
    while remaining:
        remaining = remaining[os.write(descriptor, remaining) :]


def _remove_leftover(entry: str, folder: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(entry, dir_fd=folder, follow_symlinks=False).st_mode):
            shutil.rmtree(entry, dir_fd=folder)
        else:
            os.unlink(entry, dir_fd=folder)
