"""Git repositories of the workspace. Paths are relative to the repository's top folder."""

from typing import Annotated, Literal

import msgspec

from hatchpod_api.messages.base import Wire

FileState = Literal["unmodified", "modified", "added", "deleted", "renamed", "copied", "type_changed", "unmerged"]

Text = Annotated[str, msgspec.Meta(min_length=1)]
Paths = Annotated[list[Text], msgspec.Meta(min_length=1, max_length=10_000)]


class GitFile(Wire, frozen=True):
    """A changed file: `index` against the last commit, `worktree` against the index.

    `insertions` and `deletions` count lines against the last commit; 0 for binary and for untracked files.
    """

    path: str
    original_path: str | None
    index: FileState
    worktree: FileState
    insertions: int
    deletions: int
    binary: bool
    untracked: bool
    staged: bool
    conflicted: bool


class GitStatus(Wire, frozen=True):
    """`branch` is null when detached, `head` before the first commit; `ahead` and `behind` without an upstream.

    `root` is the absolute path of the top folder. `truncated` says that there are more files than are listed.
    """

    root: str
    branch: str | None
    head: str | None
    upstream: str | None
    ahead: int | None
    behind: int | None
    files: list[GitFile]
    total_insertions: int
    total_deletions: int
    truncated: bool


class GitDiff(Wire, frozen=True):
    """A unified diff; `truncated` when it goes on after the limit."""

    diff: str
    truncated: bool


class GitPaths(Wire, frozen=True, forbid_unknown_fields=True):
    cwd: Text
    paths: Paths


class GitCommit(Wire, frozen=True, forbid_unknown_fields=True):
    cwd: Text
    message: Annotated[str, msgspec.Meta(min_length=1, max_length=100_000)]


class GitPush(Wire, frozen=True, forbid_unknown_fields=True):
    """Without `remote`: the branch's upstream, or else the only remote, which becomes the upstream."""

    cwd: Text
    remote: Text | None = None


class GitSwitch(Wire, frozen=True, forbid_unknown_fields=True):
    """`create` makes the branch from what is checked out."""

    cwd: Text
    branch: Text
    create: bool = False


class GitCommitted(Wire, frozen=True):
    commit: str


class GitOutput(Wire, frozen=True):
    """What git had to say."""

    output: str


class GitLogEntry(Wire, frozen=True):
    commit: str
    parents: list[str]
    author_name: str
    author_email: str
    authored_at: str
    subject: str
    body: str
    refs: list[str]


class GitLog(Wire, frozen=True):
    """Pass `next_cursor` back as `cursor`; null at the end."""

    items: list[GitLogEntry]
    next_cursor: str | None = msgspec.field(name="next_cursor")


class GitBranch(Wire, frozen=True):
    name: str
    remote: bool
    current: bool
    commit: str
    upstream: str | None
    subject: str
    committed_at: str


class GitWorktree(Wire, frozen=True):
    """`path` is absolute; `branch` is null when detached. Only worktrees inside the workspace are listed."""

    path: str
    branch: str | None
    commit: str | None
    main: bool
    locked: bool
