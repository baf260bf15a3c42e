"""A folder as a zip file, made while it is sent."""

import io
import os
import stat
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hatchpod_api.workspace import Workspace, printable

_CHUNK = 256 * 1024
_LEFT_OUT = "NOT-INCLUDED.txt"


class _Outlet(io.RawIOBase):
    """Takes what the archive writes, until it is drained."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | memoryview") -> int:  # type: ignore[override] # any buffer, as the archive sends them
        self._written += data
        return len(data)

    def drain(self) -> bytes:
        data = bytes(self._written)
        self._written.clear()
        return data


def zip_folder(workspace: Workspace, real: Path) -> Iterator[bytes]:
    """Chunks of the archive. Links go in as links; what cannot be read is listed in a file of its own at the end."""
    left_out: list[str] = []
    outlet = _Outlet()
    with (
        workspace.opened_folder(real) as folder,
        zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for inside, names, opened in _walk(folder, left_out):
            for name in names:
                try:
                    yield from _add(archive, outlet, opened, name, inside + printable(name))
                except OSError:
                    left_out.append(inside + printable(name))
        if left_out:
            archive.writestr(_LEFT_OUT, "".join(f"{name}\n" for name in sorted(left_out)))
    yield outlet.drain()


def _walk(folder: int, left_out: list[str]) -> Iterator[tuple[str, list[str], int]]:
    """Each folder below: its path inside the archive, the names in it, a descriptor for them. No link is followed."""

    def unreadable(error: OSError) -> None:
        left_out.append(printable(str(error.filename or "a folder")))

    for path, folders, files, opened in os.fwalk(".", dir_fd=folder, onerror=unreadable, follow_symlinks=False):
        folders.sort()
        inside = printable(os.path.normpath(path)) + "/"
        yield "" if inside == "./" else inside, sorted([*folders, *files]), opened


def _add(archive: zipfile.ZipFile, outlet: _Outlet, folder: int, name: str, inside: str) -> Iterator[bytes]:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    info = zipfile.ZipInfo(inside, max((1980, 1, 1, 0, 0, 0), time.localtime(found.st_mtime)[:6]))
    info.external_attr = (found.st_mode & 0xFFFF) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    if stat.S_ISDIR(found.st_mode):
        info.filename += "/"
        archive.writestr(info, b"", zipfile.ZIP_STORED)
    elif stat.S_ISLNK(found.st_mode):
        archive.writestr(info, os.fsencode(os.readlink(name, dir_fd=folder)))
    elif stat.S_ISREG(found.st_mode):
        with _opened(folder, name) as file, archive.open(info, "w", force_zip64=True) as entry:
            while chunk := file.read(_CHUNK):
                entry.write(chunk)
                yield outlet.drain()
    else:
        raise OSError("neither file, folder nor link")
    yield outlet.drain()


@contextmanager
def _opened(folder: int, name: str) -> Iterator[io.FileIO]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    with io.FileIO(os.open(name, flags, dir_fd=folder)) as file:
        yield file
