"""What the host needs of git: how far a directory is from its last commit, and new worktrees. Bounded in time."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from hatchpod_api.errors import ConflictError, ValueNotAllowedError
from hatchpod_api.messages.frames import GitDiffStat

STAT_SECONDS = 10.0
WORKTREE_SECONDS = 120.0
SETTLE_SECONDS = 0.3

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CHANGES = re.compile(rb"(\d+) (insertion|deletion)")
_SAFE = ("--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")


class GitError(Exception):
    """git could not do it; the message is what it said."""


class DiffStats:
    """Computes the state of directories in the background, at most one at a time for each session."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()

    def refresh(self, key: str, cwd: str, show: Callable[[GitDiffStat], None]) -> None:
        if key in self._running:
            self._again.add(key)
            return
        task = self._running[key] = asyncio.create_task(self._refresh(key, cwd, show), name=f"git-{key}")
        task.add_done_callback(lambda _: self._running.pop(key, None))

    async def close(self) -> None:
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _refresh(self, key: str, cwd: str, show: Callable[[GitDiffStat], None]) -> None:
        while True:
            self._again.discard(key)
            await asyncio.sleep(SETTLE_SECONDS)
            show(await diff_stat(cwd))
            if key not in self._again:
                return


async def diff_stat(cwd: str) -> GitDiffStat:
    """Changes below `cwd`, files that git does not know yet included. Without a repository all of it is nothing."""
    try:
        status = await _git(cwd, "status", "--porcelain=v2", "--branch", "--", ".", seconds=STAT_SECONDS)
        branch, files, born = _read_status(status.decode(errors="replace"))
        insertions = deletions = 0
        if born:
            diff = await _git(
                cwd, "diff", "--shortstat", "--no-ext-diff", "--no-textconv", "HEAD", "--", ".", seconds=STAT_SECONDS
            )
            counts = {name: int(count) for count, name in _CHANGES.findall(diff)}
            insertions, deletions = counts.get(b"insertion", 0), counts.get(b"deletion", 0)
    except GitError:
        return GitDiffStat(branch=None, files=0, insertions=0, deletions=0)
    return GitDiffStat(branch=branch, files=files, insertions=insertions, deletions=deletions)


async def add_worktree(cwd: str, wanted: str | bool) -> Path:
    """The folder of a worktree of the repository that `cwd` is in: made now, or there already under that name.

    It lies where `claude --worktree` puts it, on a branch of its own that begins at the present commit.
    """
    name = wanted if isinstance(wanted, str) else f"session-{uuid4().hex[:8]}"
    if not _NAME.fullmatch(name) or name.endswith((".", ".lock")) or ".." in name:
        raise ValueNotAllowedError(
            f"worktree: got {name!r}; use letters, digits and . _ - only, beginning with a letter", field="worktree"
        )
    try:
        common = (await _git(cwd, "rev-parse", "--path-format=absolute", "--git-common-dir")).decode().strip()
    except GitError:
        raise ValueNotAllowedError(
            "worktree: the directory is in no git repository; run `git init` there first, or leave worktree out",
            field="worktree",
        ) from None
    root = Path(common).parent if Path(common).name == ".git" else Path(common)
    folder = root / ".claude" / "worktrees" / name
    known = (await _git(cwd, "worktree", "list", "--porcelain")).decode(errors="replace").splitlines()
    if f"worktree {folder}" in known and await asyncio.to_thread(folder.is_dir):
        return folder
    await asyncio.to_thread(_exclude, Path(common))
    branch = f"worktree-{name}"
    exists = bool(await _git(cwd, "branch", "--list", branch))
    target = (branch,) if exists else ("HEAD",)
    try:
        create = ("-b", branch) if not exists else ()
        await _git(cwd, "worktree", "add", "--quiet", *create, str(folder), *target, seconds=WORKTREE_SECONDS)
    except GitError as error:
        raise ConflictError(
            f"worktree: git could not make {name!r} ({error}); choose another name", field="worktree"
        ) from None
    return folder


def _exclude(common: Path) -> None:
    """Worktrees inside the repository are not files of it."""
    exclude = common / "info" / "exclude"
    text = exclude.read_text() if exclude.exists() else ""
    if "/.claude/worktrees/" not in text.splitlines():
        exclude.parent.mkdir(exist_ok=True)
        exclude.write_text(text + ("" if not text or text.endswith("\n") else "\n") + "/.claude/worktrees/\n")


def _read_status(text: str) -> tuple[str | None, int, bool]:
    """Branch (or the commit's first letters), number of changed files, and whether there is a commit."""
    head = oid = ""
    files = 0
    for line in text.splitlines():
        if line.startswith("# branch.head "):
            head = line.removeprefix("# branch.head ")
        elif line.startswith("# branch.oid "):
            oid = line.removeprefix("# branch.oid ")
        elif not line.startswith("#"):
            files += 1
    return (oid[:9] if head == "(detached)" else head or None), files, oid != "(initial)"


async def _git(cwd: str, *arguments: str, seconds: float = STAT_SECONDS) -> bytes:
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *_SAFE,
            *arguments,
            cwd=cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise GitError(str(error)) from error
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate()
    except TimeoutError:
        raise GitError(f"no end within {seconds:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise GitError(err.decode(errors="replace").strip().splitlines()[-1] if err.strip() else "no reason given")
    return out
