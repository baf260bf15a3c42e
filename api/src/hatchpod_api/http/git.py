"""Git repositories of the workspace. `cwd` is any folder in the repository; paths are relative to its top folder."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from litestar.types import ControllerRouterHandler

from hatchpod_api.git import reading, writing
from hatchpod_api.git.command import Git
from hatchpod_api.git.repository import open_repository
from hatchpod_api.git.status import read_status
from hatchpod_api.http.errors import documented
from hatchpod_api.messages.git import (
    GitBranch,
    GitCommit,
    GitCommitted,
    GitDiff,
    GitLog,
    GitOutput,
    GitPaths,
    GitPush,
    GitStatus,
    GitSwitch,
    GitWorktree,
)

_TAGS = ["git"]
_ERRORS = documented(400, 401, 403, 404, 409, 413, 422, 429, 503)


@get("/api/git/status", responses=_ERRORS, tags=_TAGS)
async def git_status(git: NamedDependency[Git], cwd: FromQuery[str] = "") -> GitStatus:
    """Branch, upstream and changed files with their inserted and deleted lines"""
    return await read_status(git, await open_repository(git, cwd))


@get("/api/git/diff", responses=_ERRORS, tags=_TAGS)
async def git_diff(
    git: NamedDependency[Git],
    cwd: FromQuery[str] = "",
    path: FromQuery[str | None] = None,
    staged: FromQuery[bool] = False,
    commit: FromQuery[str | None] = None,
) -> GitDiff:
    """Unified diff of what is not staged, of what is `staged`, or of a `commit`; at most 1 MiB of it"""
    repository = await open_repository(git, cwd)
    return await reading.read_diff(git, repository, path=path, staged=staged, commit=commit)


@get("/api/git/log", responses=_ERRORS, tags=_TAGS)
async def git_log(
    git: NamedDependency[Git],
    cwd: FromQuery[str] = "",
    path: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
    cursor: FromQuery[str | None] = None,
) -> GitLog:
    """Commits of what is checked out, newest first"""
    repository = await open_repository(git, cwd)
    return await reading.read_log(git, repository, limit=limit, cursor=cursor, path=path)


@get("/api/git/branches", responses=_ERRORS, tags=_TAGS)
async def git_branches(git: NamedDependency[Git], cwd: FromQuery[str] = "") -> list[GitBranch]:
    """Local branches, then those of remotes, each newest first"""
    return await reading.list_branches(git, await open_repository(git, cwd))


@get("/api/git/worktrees", responses=_ERRORS, tags=_TAGS)
async def git_worktrees(git: NamedDependency[Git], cwd: FromQuery[str] = "") -> list[GitWorktree]:
    """The repository's worktrees inside the workspace, the main one first"""
    return await reading.list_worktrees(git, await open_repository(git, cwd))


@post("/api/git/stage", status_code=200, responses=_ERRORS, tags=_TAGS)
async def git_stage(git: NamedDependency[Git], data: JSONBody[GitPaths]) -> GitStatus:
    """Stage files, deleted ones included; answers with the new status"""
    repository = await open_repository(git, data.cwd)
    await writing.stage(git, repository, data.paths)
    return await read_status(git, repository)


@post("/api/git/unstage", status_code=200, responses=_ERRORS, tags=_TAGS)
async def git_unstage(git: NamedDependency[Git], data: JSONBody[GitPaths]) -> GitStatus:
    """Take files back out of the next commit; their content stays"""
    repository = await open_repository(git, data.cwd)
    await writing.unstage(git, repository, data.paths)
    return await read_status(git, repository)


@post("/api/git/discard", status_code=200, responses=_ERRORS, tags=_TAGS)
async def git_discard(git: NamedDependency[Git], data: JSONBody[GitPaths]) -> GitStatus:
    """Undo what is not staged, for good; untracked files are deleted"""
    repository = await open_repository(git, data.cwd)
    await writing.discard(git, repository, data.paths)
    return await read_status(git, repository)


@post("/api/git/commit", status_code=201, responses=_ERRORS, tags=_TAGS)
async def git_commit(git: NamedDependency[Git], data: JSONBody[GitCommit]) -> GitCommitted:
    """Commit what is staged; the repository's hooks run"""
    return await writing.commit(git, await open_repository(git, data.cwd), data.message)


@post(
    "/api/git/push",
    status_code=200,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 502, 503),
    tags=_TAGS,
)
async def git_push(git: NamedDependency[Git], data: JSONBody[GitPush]) -> GitOutput:
    """Push the current branch; one without an upstream gets one"""
    return await writing.push(git, await open_repository(git, data.cwd), data.remote)


@post("/api/git/switch", status_code=200, responses=_ERRORS, tags=_TAGS)
async def git_switch(git: NamedDependency[Git], data: JSONBody[GitSwitch]) -> GitStatus:
    """Switch to a branch, or with `create` make it first; refused when changes would be lost"""
    repository = await open_repository(git, data.cwd)
    await writing.switch(git, repository, data.branch, create=data.create)
    return await read_status(git, repository)


HANDLERS: list[ControllerRouterHandler] = [
    git_status,
    git_diff,
    git_log,
    git_branches,
    git_worktrees,
    git_stage,
    git_unstage,
    git_discard,
    git_commit,
    git_push,
    git_switch,
]
