"""What the host needs of git: how far a directory is from its last commit, and new worktrees."""

import asyncio
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

from hatchpod_api.errors import ConflictError, HatchpodError, NotFoundError, UnavailableError, ValueNotAllowedError
from hatchpod_api.git.command import Git
from hatchpod_api.git.repository import open_repository
from hatchpod_api.messages.frames import GitDiffStat

STAT_SECONDS = 10.0
WORKTREE_SECONDS = 120.0
SETTLE_SECONDS = 0.3

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CHANGES = re.compile(r"(\d+) (insertion|deletion)")
_SUBMODULES = "--ignore-submodules=dirty"  # to look into one is to run what its configuration names


class DiffStats:
    """Computes the state of directories in the background, at most one at a time for each session."""

    def __init__(self, git: Git) -> None:
        self._git = git
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
            show(await diff_stat(self._git, cwd))
            if key not in self._again:
                return


async def diff_stat(git: Git, cwd: str) -> GitDiffStat:
    """Changes below `cwd`, files that git does not know yet included. Without a repository all of it is nothing."""
    try:
        repository = await open_repository(git, cwd)
        folder = git.workspace.folder(cwd, field="cwd")
        look = partial(git.run, folder, config=repository.harmless, seconds=STAT_SECONDS)
        status = await look("status", "--porcelain=v2", "--branch", _SUBMODULES, "--", ".")
        branch, files, born = _read_status(status.text)
        insertions = deletions = 0
        if born:
            diff = await look("diff", "--shortstat", "--no-ext-diff", "--no-textconv", _SUBMODULES, "HEAD", "--", ".")
            counts = {name: int(count) for count, name in _CHANGES.findall(diff.text)}
            insertions, deletions = counts.get("insertion", 0), counts.get("deletion", 0)
    except HatchpodError:
        return GitDiffStat(branch=None, files=0, insertions=0, deletions=0)
    return GitDiffStat(branch=branch, files=files, insertions=insertions, deletions=deletions)


async def add_worktree(git: Git, cwd: str, wanted: str | bool) -> Path:
    """The folder of a worktree of the repository that `cwd` is in: made now, or there already under that name.

    It lies where `claude --worktree` puts it, on a branch of its own that begins at the present commit.
    """
    name = wanted if isinstance(wanted, str) else f"session-{uuid4().hex[:8]}"
    if not _NAME.fullmatch(name) or name.endswith((".", ".lock")) or ".." in name:
        raise ValueNotAllowedError(
            f"worktree: got {name!r}; use letters, digits and . _ - only, beginning with a letter", field="worktree"
        )
    try:
        top = (await open_repository(git, cwd)).top
    except NotFoundError as error:
        if error.code != "not_a_repository":
            raise
        raise ValueNotAllowedError(
            "worktree: the directory is in no git repository; run `git init` there first, or leave worktree out",
            field="worktree",
        ) from None
    common = Path((await git.run(top, "rev-parse", "--path-format=absolute", "--git-common-dir")).text.strip())
    root = common.parent if common.name == ".git" else common
    folder = git.workspace.resolve(str(root / ".claude" / "worktrees" / name), field="worktree")
    known = (await git.run(top, "worktree", "list", "--porcelain")).text.splitlines()
    if f"worktree {folder}" in known and await asyncio.to_thread(folder.is_dir):
        return folder
    await asyncio.to_thread(_exclude, common)
    branch = f"worktree-{name}"
    exists = bool((await git.run(top, "branch", "--list", branch)).data)
    start = (str(folder), branch) if exists else ("-b", branch, str(folder), "HEAD")
    try:
        await git.run(top, "worktree", "add", "--quiet", *start, seconds=WORKTREE_SECONDS)
    except (ConflictError, UnavailableError) as error:
        raise ConflictError(
            f"worktree: git could not make {name!r} ({error}); choose another name", field="worktree"
        ) from None
    return folder


def _exclude(common: Path) -> None:
    """Worktrees inside the repository are not files of it."""
    exclude = common / "info" / "exclude"
    text = exclude.read_text() if exclude.is_file() else ""
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
