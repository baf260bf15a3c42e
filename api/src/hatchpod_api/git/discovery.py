"""Folders to work in: the repositories of the workspace, found without starting anything."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from hatchpod_api.history.lines import opened
from hatchpod_api.messages.settings import WorkspaceFolder
from hatchpod_api.workspace import Workspace, printable

MAX_FOLDERS = 500

_DEPTH = 3
_MAX_LOOKED_AT = 20_000
_MAX_HEAD = 4096
_SKIPPED = frozenset({"node_modules", "vendor", "__pycache__"})


def workspace_folders(workspace: Workspace, sessions: Mapping[str, int]) -> list[WorkspaceFolder]:
    """Repositories at most three levels deep, and folders that have `sessions` (path to their number); by path."""
    root = workspace.root
    repositories = _repositories(root)
    inside = {Path(path) for path in sessions if os.path.realpath(path) == path and Path(path).is_relative_to(root)}
    known = repositories | {path for path in inside if path.is_dir()}
    return [
        WorkspaceFolder(
            path=printable(str(folder)),
            name=printable(folder.name),
            repository=folder in repositories or (folder / ".git").exists(),
            branch=current_branch(workspace, folder),
            session_count=sessions.get(str(folder), 0),
        )
        for folder in sorted(known)[:MAX_FOLDERS]
    ]


def _repositories(root: Path) -> set[Path]:
    """Nearest first; a repository's own folders are not looked at."""
    found: set[Path] = set()
    level, looked_at = [root], 0
    for _ in range(_DEPTH + 1):
        below: list[Path] = []
        for folder in level:
            if (folder / ".git").exists():
                found.add(folder)
                if folder != root:
                    continue
            looked_at += 1
            if looked_at > _MAX_LOOKED_AT:
                return found
            below += _folders(folder)
        level = below
    return found


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [
                folder / entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".") and entry.name not in _SKIPPED
            ]
    except OSError:
        return []


def current_branch(workspace: Workspace, folder: Path) -> str | None:
    """The branch that is checked out in this folder; read from the repository's own file, as git lays it out."""
    store = folder / ".git"
    with suppress(OSError, UnicodeDecodeError):
        if store.is_file():  # a worktree: the file says where its store is
            store = folder / _head(store).removeprefix("gitdir: ").strip()
        if not workspace.contains(store):
            return None
        kind, _, name = _head(store / "HEAD").strip().partition(": refs/heads/")
        return name if kind == "ref" and name else None
    return None


def _head(path: Path) -> str:
    with opened(path) as file:
        return file.read(_MAX_HEAD).decode()
