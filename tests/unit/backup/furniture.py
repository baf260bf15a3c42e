"""A home with all that is easily lost on its way into a backup and back, and what to compare."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Any


def listing(folder: Path) -> dict[str, tuple[Any, ...]]:
    """Return all that a restore must bring back, by path."""
    found: dict[str, tuple[Any, ...]] = {}
    links: dict[int, str] = {}
    root = os.fsencode(folder)
    for place, folders, files in os.walk(root):
        for path in [os.path.join(place, name) for name in [b".", *folders, *files]]:  # noqa: PTH118 - names are bytes
            status = os.lstat(path)
            content: bytes | None = None
            if stat.S_ISREG(status.st_mode):
                content = Path(os.fsdecode(path)).read_bytes()
            elif stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)  # noqa: PTH115 - names are bytes
            name = repr(os.path.relpath(path, root))
            first = links.setdefault(status.st_ino, name) if stat.S_ISREG(status.st_mode) else name
            attributes = {one: os.getxattr(path, one, follow_symlinks=False) for one in _attributes(path)}
            found[name] = (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, content, first, attributes)
    return found


def _attributes(path: bytes) -> list[str]:
    return os.listxattr(path, follow_symlinks=False)


def furnish(home: Path) -> None:
    """Fill a home with what is easily lost on the way."""
    odd = [
        b"new\nline",
        b"quote \"' $HOME `id` * \\",
        b" blanks ",
        b"-rf",
        b"invalid-\xff\xfe",
        "日本語-😀".encode(),
        b"n" * 250,
    ]
    for name in odd:
        Path(os.fsdecode(os.path.join(os.fsencode(home), name))).write_bytes(name)  # noqa: PTH118 - names are bytes
    for plain, mode in (("suid", 0o4755), ("none", 0o000), ("secret", 0o600)):
        (home / plain).write_text(plain)
        (home / plain).chmod(mode)
    if os.geteuid() == 0:
        os.chown(home / "secret", 12345, 54321)
    (home / "shared").mkdir()
    (home / "shared").chmod(0o2770)
    os.link(home / "suid", home / "shared/hard link")
    (home / "dangling").symlink_to("../nowhere")
    os.utime(home / "dangling", (1, 2), follow_symlinks=False)
    os.mkfifo(home / "fifo")
    (home / "notes").touch()
    with contextlib.suppress(OSError):
        os.setxattr(home / "notes", "user.note", b"with\0zero")
    os.utime(home / "notes", ns=(0, 946684800123456789))
    os.utime(home / "shared", ns=(0, 1))
