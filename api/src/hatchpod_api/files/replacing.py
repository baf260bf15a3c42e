"""Files that appear as a whole or not at all."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Draft:
    """A file that is written beside the one that it may become."""

    def __init__(self, folder: int, name: str, mode: int) -> None:
        self._folder = folder
        self._name = name
        self._draft = f".{name[:40]}.{secrets.token_hex(6)}.part"
        self.file: BinaryIO = os.fdopen(os.open(self._draft, _FLAGS, mode, dir_fd=folder), "wb")

    def publish(self, *, overwrite: bool) -> None:
        """Give it its name at once, on the disk for good. `FileExistsError` unless it may `overwrite`.

        What is overwritten hands its mode on, and must be a file that could have been written to.
        """
        self.settle(overwrite=overwrite)
        self.reveal(overwrite=overwrite)

    def settle(self, *, overwrite: bool) -> None:
        """All of `publish` that can fail for what is known of the file and its name, but nothing to be seen yet."""
        self.file.flush()
        if overwrite:
            self._adopt_mode()
        os.fsync(self.file.fileno())

    def reveal(self, *, overwrite: bool) -> None:
        """The rest of it."""
        if overwrite:
            os.replace(self._draft, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        else:
            os.link(self._draft, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            os.unlink(self._draft, dir_fd=self._folder)

    def _adopt_mode(self) -> None:
        try:
            old = os.open(self._name, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=self._folder)
        except FileNotFoundError:
            return
        try:
            os.fchmod(self.file.fileno(), stat.S_IMODE(os.fstat(old).st_mode))
        finally:
            os.close(old)

    def discard(self) -> None:
        """Harmless after `publish`."""
        with suppress(OSError):  # closing writes what is left in the buffer: a full disk fails here again
            self.file.close()
        with suppress(FileNotFoundError):
            os.unlink(self._draft, dir_fd=self._folder)


@contextmanager
def draft(folder: int, name: str, mode: int = 0o666) -> Iterator[Draft]:
    """A draft in the folder with this descriptor; nothing of it stays unless it is published."""
    written = Draft(folder, name, mode)
    try:
        yield written
    finally:
        written.discard()
