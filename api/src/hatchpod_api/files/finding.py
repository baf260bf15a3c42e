"""File names for a few typed letters, as editors and `@` in a prompt complete them."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import anyio.to_thread

from hatchpod_api.errors import NotFoundError
from hatchpod_api.git.command import Git
from hatchpod_api.messages.files import Match, Matches
from hatchpod_api.workspace import Workspace, printable

MAX_LOOKED_AT = 50_000
MAX_QUERY = 200
MAX_MATCHES = 100

_SKIPPED = frozenset({"node_modules", "__pycache__", ".git", ".hg", ".svn", ".venv", ".cache", ".tox", ".mypy_cache"})


async def find(git: Git, cwd: str, query: str, limit: int) -> Matches:
    """The best `limit` matches below the folder `cwd`; in a repository without what it ignores."""
    folder = git.workspace.folder(cwd, field="cwd")
    names: Iterable[str]
    try:
        listed = await git.run(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
        names = listed.text.split("\0")[:-1]
    except NotFoundError:
        names = walk_names(git.workspace, folder)
    return await anyio.to_thread.run_sync(best_matches, names, query, limit)


def walk_names(workspace: Workspace, folder: Path) -> Iterator[str]:
    """The files below a folder that is in no repository, nearest first, without what tools leave behind."""
    pending = [""]
    while pending:
        inside = pending.pop(0)
        try:
            with workspace.opened_folder(folder / inside) as opened:
                readable = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=opened)
        except OSError:
            continue
        try:
            with os.scandir(readable) as entries:
                found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
        finally:
            os.close(readable)
        pending += [f"{inside}{name}/" for name, is_folder in found if is_folder and name not in _SKIPPED]
        yield from (printable(f"{inside}{name}") for name, is_folder in found if not is_folder)


def best_matches(names: Iterable[str], query: str, limit: int) -> Matches:
    """The files, and the folders they are in, whose path has the letters of `query` in this order."""
    pattern = _pattern(query)
    candidates: dict[str, bool] = {}
    looked_at = 0
    for looked_at, name in enumerate(names, start=1):
        if looked_at > MAX_LOOKED_AT:
            break
        candidates[name] = False
        for parent in PurePosixPath(name).parents:
            folder = f"{parent}/"
            if folder == "./" or folder in candidates:
                break
            candidates[folder] = True
    ranked = sorted((_rank(name, query), name) for name in candidates if pattern.search(name))
    items = [Match(path=name, type="folder" if candidates[name] else "file") for _, name in ranked[:limit]]
    return Matches(items=items, truncated=looked_at > MAX_LOOKED_AT)


def _pattern(query: str) -> re.Pattern[str]:
    """Each letter is looked for from where the one before it was found, so no text makes this slow."""
    letters = [re.escape(letter) for letter in query]
    between = [f"[^{letter}]*{letter}" for letter in letters[1:]]
    return re.compile("".join(letters[:1] + between), re.IGNORECASE)


def _rank(name: str, query: str) -> tuple[int, int, int]:
    """Lower is better: the base name as typed, its beginning, a part of it, the letters in it, a part of the path."""
    path, typed = name.rstrip("/").casefold(), query.rstrip("/").casefold()
    base = path.rpartition("/")[2]
    tests = (
        typed in {base, path},
        base.startswith(typed) or path.startswith(typed),
        typed in base,
        typed in path,
        _pattern(query).search(base) is not None,
    )
    return tests.index(True) if True in tests else len(tests), path.count("/"), len(path)
