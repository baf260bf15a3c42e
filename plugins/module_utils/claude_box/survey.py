"""What a home holds: its size, and what of it names the old home. Only looks; follows no symbolic link."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from ansible.module_utils.claude_box import paths
from ansible.module_utils.claude_box.paths import Homes

CREDENTIALS = ".claude/.credentials.json"  # tokens, and no path
SETTINGS = (".claude.json", ".claude/*.json", ".claude/plugins/*.json", ".claude/projects/*/sessions-index.json")
LINES = (".claude/history.jsonl", ".claude/projects/*.jsonl")
PROJECTS = ".claude/projects"
# Not looked through for paths of the old home: Claude Code's own passing files, and what is downloaded.
PASSED_OVER = frozenset(
    {".git", ".cache", "node_modules", "__pycache__", "_cacache"}
    | {
        f".claude/{name}"
        for name in ("projects", "backups", "debug", "file-history", "shell-snapshots", "statsig", "todos")
    }
)
SMALL = 256 * 1024  # bytes; a script or a setting is no larger
# What a workstation's first start puts into an empty home, and what of it belongs to the workstation.
OWN = (".hatchpod", ".local/state/hatchpod")


@dataclass
class Survey:
    """What was found. Names are relative to the home; a name that is no UTF-8 has surrogates."""

    uid: int
    gid: int
    files: int = 0
    size: int = 0  # bytes on the disk
    rewrites: dict[str, int] = field(default_factory=dict)  # file -> paths to change
    projects: dict[str, str] = field(default_factory=dict)  # folder under .claude/projects -> new name
    links: dict[str, str] = field(default_factory=dict)  # symbolic link -> new target
    sockets: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)  # other files that name the old home
    troubles: list[str] = field(default_factory=list)


def entries(home: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Give everything below a home with its state, folders before what is in them."""
    for folder, folders, names in os.walk(home, onerror=_raise):
        folders.sort()
        for name in sorted([*folders, *names]):
            path = os.path.join(folder, name)  # noqa: PTH118 - a Path of each of a million files takes seconds
            yield os.path.relpath(path, home), os.lstat(path)


def _raise(error: OSError) -> None:
    raise error


def survey(home: Path, homes: Homes) -> Survey:
    """Look through a home. Raises OSError where it cannot be read."""
    state = home.lstat()
    found = Survey(state.st_uid, state.st_gid)
    seen: set[tuple[int, int]] = set()
    for name, one in entries(home):
        if (one.st_dev, one.st_ino) not in seen:
            found.size += one.st_blocks * 512
            if one.st_nlink > 1:
                seen.add((one.st_dev, one.st_ino))
        if stat.S_ISDIR(one.st_mode):
            if str(PurePosixPath(name).parent) == PROJECTS:
                _look_at_project(home, name, homes, found)
            continue
        found.files += 1
        if stat.S_ISLNK(one.st_mode):
            _look_at_link(home, name, homes, found)
        elif stat.S_ISSOCK(one.st_mode):
            found.sockets.append(name)
        elif stat.S_ISREG(one.st_mode):
            _look_at_file(home, name, one.st_size, homes, found)
    return found


def kind(name: str) -> Callable[[Iterator[bytes], Homes], Iterator[paths.Rewritten]] | None:
    """Return what changes the paths in one of Claude Code's own files, None for everybody else's."""
    if name == CREDENTIALS:
        return None
    depth = name.count("/")
    if any(fnmatchcase(name, pattern) and depth == pattern.count("/") for pattern in SETTINGS):
        return lambda content, homes: iter([paths.settings(b"".join(content), homes)])
    if any(fnmatchcase(name, pattern) for pattern in LINES):
        return paths.lines
    return None


def _look_at_file(home: Path, name: str, size: int, homes: Homes, found: Survey) -> None:
    change = kind(name)
    if change is not None:
        with (home / name).open("rb") as content:
            count, troubles = 0, set()
            for part in change(content, homes):
                count += part.count
                troubles.update(part.troubles)
        found.troubles += [f"{name} {trouble}" for trouble in sorted(troubles)]
        if count:
            found.rewrites[name] = count
    elif name != CREDENTIALS and size <= SMALL and not _passed_over(name) and _names(home / name, homes):
        found.mentions.append(name)


def _names(path: Path, homes: Homes) -> bool:
    return homes.anywhere.search(path.read_bytes()) is not None


def _passed_over(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not PASSED_OVER.isdisjoint(parts) or "/".join(parts[:2]) in PASSED_OVER


def _look_at_link(home: Path, name: str, homes: Homes, found: Survey) -> None:
    moved = homes.moved(str((home / name).readlink()))
    if moved is not None:
        found.links[name] = moved
    if kind(name) is not None:
        found.troubles.append(f"{name} is a symbolic link: paths in what it points to were left as they are")


def _look_at_project(home: Path, name: str, homes: Homes, found: Survey) -> None:
    """Ask the first transcript that names a folder."""
    cwd = None
    for transcript in sorted((home / name).glob("*.jsonl")):
        if transcript.is_symlink() or not transcript.is_file():
            continue
        with transcript.open("rb") as content:
            cwd = next((folder for line in content if (folder := paths.working_folder(line)) is not None), None)
        if cwd is not None:
            break
    old = PurePosixPath(name).name
    new = paths.moved_project(old, cwd, homes)
    if new != old:
        found.projects[old] = new


def occupied(home: Path, skeleton: dict[str, str]) -> list[str]:
    """Return what a home holds that its workstation's first start did not put there.

    `skeleton` has the SHA-256 of each file that it did put there.
    """
    if not home.is_dir():
        return []
    found = []
    for name, state in entries(home):
        own = any(name == folder or name.startswith(f"{folder}/") for folder in OWN)
        if stat.S_ISDIR(state.st_mode) or own:
            continue
        known = skeleton.get(name) if stat.S_ISREG(state.st_mode) else None
        if known is None or hashlib.sha256((home / name).read_bytes()).hexdigest() != known:
            found.append(name)
    return found
