"""What is in a folder."""

import os
import stat
from pathlib import Path

from hatchpod_api.messages.files import Entry, EntryType, Listing
from hatchpod_api.timestamps import iso
from hatchpod_api.workspace import Workspace, printable

MAX_ENTRIES = 10_000

_NOT_OFFERED = frozenset({"node_modules"})


def list_folder(workspace: Workspace, path: str, *, with_files: bool) -> Listing:
    """Folders first, then files, each by name without regard to case."""
    real = workspace.resolve(path)
    with workspace.explained(real), workspace.opened_folder(real) as folder:
        readable = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
        try:
            names = sorted(os.listdir(readable), key=str.casefold)  # noqa: PTH208 # it is a descriptor
            entries = [entry for name in names[:MAX_ENTRIES] if (entry := _entry(workspace, real, readable, name))]
        finally:
            os.close(readable)
    return Listing(
        path=workspace.shown(real),
        cwd=printable(str(real)),
        dirs=[e.name for e in entries if e.type == "folder" and not e.hidden and e.name not in _NOT_OFFERED],
        entries=sorted(entries, key=lambda entry: entry.type != "folder") if with_files else [],
        truncated=len(names) > MAX_ENTRIES,
    )


def _entry(workspace: Workspace, parent: Path, folder: int, name: str) -> Entry | None:
    """None for what is gone by now."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None
    is_link = stat.S_ISLNK(found.st_mode)
    if is_link:
        found = _behind(workspace, parent / name) or found
    kind = _type(found.st_mode)
    return Entry(
        name=printable(name),
        path=workspace.shown(parent / name),
        type=kind,
        hidden=name.startswith("."),
        link=is_link,
        size=None if kind == "folder" else found.st_size,
        modified_at=iso(found.st_mtime),
    )


def _behind(workspace: Workspace, link: Path) -> os.stat_result | None:
    """What a link leads to, unless that is nothing, or not in the workspace."""
    target = Path(os.path.realpath(link))
    if not workspace.contains(target):
        return None
    try:
        with workspace.opened_parent(target) as (folder, name):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None
    return None if stat.S_ISLNK(found.st_mode) else found


def _type(mode: int) -> EntryType:
    if stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISREG(mode):
        return "file"
    return "link" if stat.S_ISLNK(mode) else "other"
