"""Diffs, the log, branches and worktrees of a repository."""

import re
from pathlib import Path

from hatchpod_api.errors import ValueNotAllowedError
from hatchpod_api.git.command import Git
from hatchpod_api.git.repository import Repository, repository_paths
from hatchpod_api.messages.git import GitBranch, GitDiff, GitLog, GitLogEntry, GitWorktree
from hatchpod_api.processes import Output

MAX_DIFF = 1024 * 1024
MAX_LOG_PAGE = 200
MAX_BRANCHES = 1_000

_DIFF = ("--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", "-M")
_COMMIT = re.compile(r"[0-9a-f]{4,64}")
_LOG_FORMAT = "--format=%H%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%s%x1f%b%x1f%D"
_BRANCH_FORMAT = "%(refname)%1f%(HEAD)%1f%(objectname)%1f%(upstream:short)%1f%(subject)%1f%(committerdate:iso-strict)"


async def read_diff(git: Git, repository: Repository, *, path: str | None, staged: bool, commit: str | None) -> GitDiff:
    """The working tree against the index, the index against the last commit (`staged`), or what a `commit` changed.

    An untracked file that is named by `path` is shown as wholly new.
    """
    limits = ["--", path] if path else []
    if path:
        repository_paths([path])
    if commit is not None:
        return await _commit_diff(git, repository, commit, limits)
    command = ["diff", *_DIFF, "--ignore-submodules=dirty", *(["--cached"] if staged else [])]
    output = await git.run(repository.top, *command, *limits, config=repository.harmless, limit=MAX_DIFF)
    if path and not staged and not output.data and await _is_untracked(git, repository, path):
        against_nothing = ("diff", *_DIFF, "--no-index", "--", "/dev/null", path)
        output = await git.run(
            repository.top, *against_nothing, config=repository.harmless, allowed=(0, 1), limit=MAX_DIFF
        )
    return _diff(output)


async def _commit_diff(git: Git, repository: Repository, commit: str, limits: list[str]) -> GitDiff:
    if not _COMMIT.fullmatch(commit):
        raise ValueNotAllowedError("`commit` must be a commit's hash, as the log has it.", field="commit")
    command = ("diff-tree", "--patch", "--root", "--no-commit-id", "-m", "--first-parent", *_DIFF, commit)
    return _diff(await git.run(repository.top, *command, *limits, config=repository.harmless, limit=MAX_DIFF))


def _diff(output: Output) -> GitDiff:
    return GitDiff(diff=output.text, truncated=output.truncated)


async def _is_untracked(git: Git, repository: Repository, path: str) -> bool:
    """Git itself confirms that the path is a file of this working tree, and not one behind a link."""
    output = await git.run(repository.top, "ls-files", "-z", "--others", "--", path)
    return output.text == f"{path}\0"


async def read_log(git: Git, repository: Repository, *, limit: int, cursor: str | None, path: str | None) -> GitLog:
    """Newest first; empty before the first commit. A cursor is the number of commits to skip."""
    if cursor is not None and not re.fullmatch(r"[0-9]{1,9}", cursor):
        raise ValueNotAllowedError("`cursor` must be a `next_cursor` of this list.", field="cursor")
    if not 1 <= limit <= MAX_LOG_PAGE:
        raise ValueNotAllowedError(f"`limit` must be from 1 to {MAX_LOG_PAGE}, got {limit}.", field="limit")
    if path:
        repository_paths([path])
    has_commit = await git.run(repository.top, "rev-parse", "--verify", "--quiet", "HEAD", allowed=(0, 1))
    if has_commit.code != 0:
        return GitLog(items=[], next_cursor=None)
    skip = int(cursor or 0)
    window = (f"--max-count={limit + 1}", f"--skip={skip}")
    output = await git.run(
        repository.top, "log", "-z", _LOG_FORMAT, *window, *(["--", path] if path else []), config=repository.harmless
    )
    items = [_log_entry(record) for record in output.text.split("\0") if record]
    return GitLog(items=items[:limit], next_cursor=str(skip + limit) if len(items) > limit else None)


def _log_entry(record: str) -> GitLogEntry:
    commit, parents, name, email, at, subject, rest = record.split("\x1f", 6)
    body, _, refs = rest.rpartition("\x1f")
    return GitLogEntry(
        commit=commit,
        parents=parents.split(),
        author_name=name,
        author_email=email,
        authored_at=at,
        subject=subject,
        body=body.strip(),
        refs=[ref for ref in refs.split(", ") if ref],
    )


async def list_branches(git: Git, repository: Repository) -> list[GitBranch]:
    """Local ones first, each newest first."""
    order = ("--sort=-committerdate", f"--count={MAX_BRANCHES}", f"--format={_BRANCH_FORMAT}")
    branches = []
    for kind in ("refs/heads", "refs/remotes"):
        output = await git.run(repository.top, "for-each-ref", *order, kind)
        branches += [
            _branch(line, kind) for line in output.text.splitlines() if not line.split("\x1f")[0].endswith("/HEAD")
        ]
    return branches


def _branch(line: str, kind: str) -> GitBranch:
    name, current, commit, upstream, rest = line.split("\x1f", 4)
    subject, _, at = rest.rpartition("\x1f")
    return GitBranch(
        name=name.removeprefix(f"{kind}/"),
        remote=kind == "refs/remotes",
        current=current == "*",
        commit=commit,
        upstream=upstream or None,
        subject=subject,
        committed_at=at,
    )


async def list_worktrees(git: Git, repository: Repository) -> list[GitWorktree]:
    """The main one first."""
    output = await git.run(repository.top, "worktree", "list", "--porcelain", "-z")
    worktrees = []
    for number, record in enumerate(output.text.removesuffix("\0\0").split("\0\0")):
        fields = dict(line.partition(" ")[::2] for line in record.split("\0"))
        branch = fields.get("branch", "").removeprefix("refs/heads/") or None
        worktree = GitWorktree(
            path=fields["worktree"],
            branch=branch,
            commit=fields.get("HEAD"),
            main=number == 0,
            locked="locked" in fields,
        )
        if git.workspace.contains(Path(worktree.path)):
            worktrees.append(worktree)
    return worktrees
