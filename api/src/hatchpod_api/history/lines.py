"""Reads the lines of a file that somebody else appends to, from where the last reading ended."""

import errno
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

MAX_LINE = 128 * 1024 * 1024  # bytes; a longer line is passed over
BUFFER = 256 * 1024
_MARK = 64  # bytes before a position by which the file is recognised


class Position(msgspec.Struct, frozen=True):
    """How far a file was read. `mark` is what stood just before `offset`, by which the content is recognised."""

    inode: int = 0
    offset: int = 0
    mark: bytes = b""

    def holds(self, file: BinaryIO) -> bool:
        """Whether the open file is the one that was read, with at least as much in it."""
        status = os.fstat(file.fileno())
        if status.st_ino != self.inode or status.st_size < self.offset:
            return False
        return os.pread(file.fileno(), len(self.mark), self.offset - len(self.mark)) == self.mark

    @classmethod
    def of(cls, file: BinaryIO, offset: int) -> "Position":
        start = max(0, offset - _MARK)
        return cls(os.fstat(file.fileno()).st_ino, offset, os.pread(file.fileno(), offset - start, start))


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line with its newline; `content` is empty where it is longer than `MAX_LINE`."""

    offset: int
    length: int
    content: bytes

    @property
    def end(self) -> int:
        return self.offset + self.length


def complete_lines(file: BinaryIO, offset: int = 0) -> Iterator[Line]:
    """The lines from `offset` on. What stands after the last newline is still being written, and left for later."""
    file.seek(offset)
    while content := file.readline(MAX_LINE):
        length = len(content)
        if not content.endswith(b"\n"):
            if length < MAX_LINE:
                return
            content = b""
            while (more := file.readline(BUFFER)) and not more.endswith(b"\n"):
                length += len(more)
            if not more:
                return
            length += len(more)
        yield Line(offset, length, content)
        offset += length


def opened(path: str | os.PathLike[str]) -> BinaryIO:
    """The file, for reading. Raises OSError, also when it is no file: a named pipe would have its reader wait."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
    return os.fdopen(descriptor, "rb", buffering=BUFFER)
