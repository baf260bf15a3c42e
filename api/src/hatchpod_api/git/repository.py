"""A repository that may be looked at: all of it is inside the workspace."""

from pathlib import Path

import msgspec

from hatchpod_api.errors import ForbiddenError, ValueNotAllowedError
from hatchpod_api.git.command import Git

_PROGRAMS = ("clean", "smudge", "process")


class Repository(msgspec.Struct, frozen=True):
    """`top` is its top folder. `harmless` is configuration that keeps its filters and hooks from running on a look."""

    top: Path
    harmless: dict[str, str]


async def open_repository(git: Git, cwd: str) -> Repository:
    """The repository that the folder `cwd` is in; `NotFoundError` when there is none."""
    folder = git.workspace.folder(cwd, field="cwd")
    where = ("--show-toplevel", "--absolute-git-dir", "--git-common-dir")
    output = await git.run(folder, "rev-parse", "--path-format=absolute", *where)
    top, *stores = (Path(line) for line in output.text.splitlines())
    for place in (top, *stores):
        if not git.workspace.contains(place):
            message = "The repository has a part outside of the workspace. Move it inside to use it here."
            raise ForbiddenError(message, field="cwd", code="outside_workspace")
    return Repository(top, await _harmless(git, top))


def repository_paths(paths: list[str]) -> bytes:
    """`paths` as git reads them from its standard input, each relative to the top folder."""
    for path in paths:
        if path.startswith("/") or "\0" in path or ".." in Path(path).parts:
            message = f"{path[:200]!r} is not a path below the repository's top folder. Name it as the status does."
            raise ValueNotAllowedError(message, field="paths")
    return b"".join(path.encode(errors="surrogateescape") + b"\0" for path in paths)


async def _harmless(git: Git, top: Path) -> dict[str, str]:
    """No hooks, and no filters of the repository's own; the person's and the system's filters (as Git LFS) stay.

    Even a look can start a hook: `git diff` refreshes the index, which has one.
    """
    output = await git.run(
        top, "config", "--show-scope", "--null", "--name-only", "--get-regexp", r"^filter\.", allowed=(0, 1)
    )
    words = output.text.split("\0")
    named = {
        key.removeprefix("filter.").rpartition(".")[0]
        for scope, key in zip(words[::2], words[1::2], strict=False)
        if scope in {"local", "worktree"}
    }
    emptied = {f"filter.{name}.{program}": "" for name in named for program in _PROGRAMS}
    optional = {f"filter.{name}.required": "false" for name in named}
    return {**emptied, **optional, "core.hooksPath": "/dev/null"}
