"""What has changed in a repository."""

import asyncio
from collections.abc import Iterator
from itertools import islice

import msgspec

from hatchpod_api.git.command import Git
from hatchpod_api.git.repository import Repository
from hatchpod_api.messages.git import FileState, GitFile, GitStatus

MAX_FILES = 5_000

_STATES: dict[str, FileState] = {
    ".": "unmodified",
    "M": "modified",
    "A": "added",
    "D": "deleted",
    "R": "renamed",
    "C": "copied",
    "T": "type_changed",
    "U": "unmerged",
}

Counts = dict[str, tuple[int, int, bool]]


async def read_status(git: Git, repository: Repository) -> GitStatus:
    try:
        async with asyncio.TaskGroup() as group:
            status = group.create_task(_status(git, repository))
            counts = group.create_task(_counts(git, repository))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return _with_counts(status.result(), counts.result())


async def _status(git: Git, repository: Repository) -> GitStatus:
    command = ("status", "--porcelain=v2", "-z", "--branch", "--untracked-files=all", "--ignore-submodules=dirty")
    output = await git.run(repository.top, *command, "--find-renames", config=repository.harmless)
    records = iter(output.text.split("\0")[:-1])
    headers: dict[str, str] = {}
    files: list[GitFile] = []
    for record in records:
        if record.startswith("# "):
            name, _, value = record[2:].partition(" ")
            headers[name] = value
        elif file := _file(record, records):
            files.append(file)
    ahead, behind = _distance(headers.get("branch.ab"))
    head, branch = headers.get("branch.oid"), headers.get("branch.head")
    return GitStatus(
        root=str(repository.top),
        branch=None if branch == "(detached)" else branch,
        head=None if head == "(initial)" else head,
        upstream=headers.get("branch.upstream"),
        ahead=ahead,
        behind=behind,
        files=files[:MAX_FILES],
        total_insertions=0,
        total_deletions=0,
        truncated=output.truncated or len(files) > MAX_FILES,
    )


def _file(record: str, following: Iterator[str]) -> GitFile | None:
    """One record of porcelain version 2; a renamed file's old name is the record after it."""
    match record[:1]:
        case "?":
            return _changed(record[2:], "..", untracked=True)
        case "1":
            fields = record.split(" ", 8)
            return _changed(fields[8], fields[1])
        case "2":
            fields = record.split(" ", 9)
            return _changed(fields[9], fields[1], original=next(following, None))
        case "u":
            fields = record.split(" ", 10)
            return _changed(fields[10], fields[1], conflicted=True)
    return None


def _changed(
    path: str, states: str, *, original: str | None = None, untracked: bool = False, conflicted: bool = False
) -> GitFile:
    index, worktree = (_STATES.get(letter, "modified") for letter in states)
    return GitFile(
        path=path,
        original_path=original,
        index=index,
        worktree=worktree,
        insertions=0,
        deletions=0,
        binary=False,
        untracked=untracked,
        staged=index != "unmodified" and not conflicted,
        conflicted=conflicted,
    )


def _distance(text: str | None) -> tuple[int | None, int | None]:
    """`+1 -2` is one commit ahead, two behind."""
    if text is None:
        return None, None
    ahead, behind = (abs(int(number)) for number in text.split())
    return ahead, behind


async def _counts(git: Git, repository: Repository) -> Counts:
    """Inserted and deleted lines of each file against the last commit, and whether it is binary."""
    command = ("diff", "--numstat", "-z", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", "-M")
    has_commit = await git.run(repository.top, "rev-parse", "--verify", "--quiet", "HEAD", allowed=(0, 1))
    against = "HEAD" if has_commit.code == 0 else "--cached"
    output = await git.run(repository.top, *command, against, config=repository.harmless)
    records = iter(output.text.split("\0")[:-1])
    counts: Counts = {}
    for record in records:
        insertions, deletions, path = record.split("\t", 2)
        if not path:  # renamed: the old and the new name follow
            path = list(islice(records, 2))[-1]
        binary = insertions == "-"
        counts[path] = (0, 0, True) if binary else (int(insertions), int(deletions), False)
    return counts


def _with_counts(status: GitStatus, counts: Counts) -> GitStatus:
    files = []
    for file in status.files:
        insertions, deletions, binary = counts.get(file.path, (0, 0, False))
        files.append(msgspec.structs.replace(file, insertions=insertions, deletions=deletions, binary=binary))
    return msgspec.structs.replace(
        status,
        files=files,
        total_insertions=sum(insertions for insertions, _, _ in counts.values()),
        total_deletions=sum(deletions for _, deletions, _ in counts.values()),
    )
