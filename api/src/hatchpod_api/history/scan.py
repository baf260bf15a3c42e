"""Which transcripts there are: one for each session, directly in the folder of a project."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hatchpod_api.history.transcript import is_session_id

SUFFIX = ".jsonl"


class Found(NamedTuple):
    """A transcript as the file system shows it. `mtime` is in nanoseconds."""

    id: str
    path: str
    inode: int
    size: int
    mtime: int


def scan(projects: Path) -> dict[str, Found]:
    """Every transcript by its session; where two folders have one of the same session, the one written last.

    Those of subagents are no sessions: they stand deeper, or have another kind of name.
    """
    found: dict[str, Found] = {}
    for folder in _entries(projects):
        for entry in _entries(folder.path):
            name = entry.name.removesuffix(SUFFIX)
            if name == entry.name or not is_session_id(name):
                continue
            if (one := look(entry.path)) and (name not in found or one.mtime > found[name].mtime):
                found[name] = one
    return found


def look(path: str) -> Found | None:
    """The transcript at this path; None when there is none."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    name = Path(path).stem
    return Found(name, path, status.st_ino, status.st_size, status.st_mtime_ns)


def is_transcript(projects: Path, path: str) -> bool:
    """Whether a path names a session's transcript, there or not."""
    place = Path(path)
    return place.suffix == SUFFIX and place.parent.parent == projects and is_session_id(place.stem)


def _entries(folder: str | Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return
