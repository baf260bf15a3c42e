"""Staging, committing, pushing: what a person tells git to do. Hooks run as they would in a terminal."""

from hatchpod_api.errors import ConflictError, UpstreamError, ValueNotAllowedError
from hatchpod_api.git.command import Git, scrubbed
from hatchpod_api.git.repository import Repository, repository_paths
from hatchpod_api.messages.git import GitCommitted, GitOutput

_HOOK_SECONDS = 300.0

_FROM_STDIN = ("--pathspec-from-file=-", "--pathspec-file-nul")


async def stage(git: Git, repository: Repository, paths: list[str]) -> None:
    await git.run(repository.top, "add", "--all", *_FROM_STDIN, stdin=repository_paths(paths))


async def unstage(git: Git, repository: Repository, paths: list[str]) -> None:
    if await _has_commit(git, repository):
        await git.run(repository.top, "restore", "--staged", *_FROM_STDIN, stdin=repository_paths(paths))
    else:  # nothing to go back to: what is staged becomes untracked
        command = ("rm", "--cached", "-r", "--quiet", "--force", *_FROM_STDIN)
        await git.run(repository.top, *command, stdin=repository_paths(paths))


async def discard(git: Git, repository: Repository, paths: list[str]) -> None:
    """Back to what is staged, or else committed; untracked files are deleted. There is no way back from this."""
    repository_paths(paths)
    listed = await git.run(repository.top, "ls-files", "-z", "--others", "--", *_batch(paths))
    untracked = [path for path in listed.text.split("\0") if path]
    known = await git.run(repository.top, "ls-files", "-z", "--", *_batch(paths))
    tracked = [path for path in known.text.split("\0") if path]
    if not tracked and not untracked:
        raise ConflictError("None of these files is known to git, or there at all. Read the status again.")
    if tracked:
        await git.run(repository.top, "restore", "--worktree", *_FROM_STDIN, stdin=repository_paths(tracked))
    if untracked:
        await git.run(repository.top, "clean", "--force", "--quiet", "-d", "--", *_batch(paths))


async def commit(git: Git, repository: Repository, message: str) -> GitCommitted:
    if not message.strip():
        raise ValueNotAllowedError("`message` is blank. Say what the commit does.", field="message")
    staged = await git.run(repository.top, "diff", "--cached", "--quiet", allowed=(0, 1))
    merging = await git.run(repository.top, "rev-parse", "--verify", "--quiet", "MERGE_HEAD", allowed=(0, 1))
    if staged.code == 0 and merging.code != 0:
        raise ConflictError(
            "Nothing is staged. Stage the files that belong to the commit first.", code="nothing_staged"
        )
    text = message.encode(errors="surrogatepass")
    await git.run(repository.top, "commit", "--quiet", "--file=-", stdin=text, seconds=_HOOK_SECONDS)
    return GitCommitted(commit=(await git.run(repository.top, "rev-parse", "HEAD")).text.strip())


async def push(git: Git, repository: Repository, remote: str | None) -> GitOutput:
    """The current branch. Raises `UpstreamError` with what the other side said."""
    remotes = (await git.run(repository.top, "remote")).text.split()
    branch = (await git.run(repository.top, "symbolic-ref", "--quiet", "--short", "HEAD", allowed=(0, 1))).text.strip()
    if not branch:
        raise ConflictError("No branch is checked out. Switch to one, then push.", code="detached")
    upstream = await git.run(repository.top, "rev-parse", "--abbrev-ref", "@{upstream}", allowed=(0, 128))
    target: tuple[str, ...] = ()
    if remote is not None or upstream.code != 0:
        target = ("--set-upstream", "--", _one(remotes, remote), f"refs/heads/{branch}")
    output = await git.run(repository.top, "push", "--porcelain", *target, allowed=range(256), seconds=_HOOK_SECONDS)
    text = scrubbed("\n".join(part.strip() for part in (output.complaint, output.text) if part.strip()))
    if output.code != 0:
        raise UpstreamError(f"The push failed: {text}", code="push_failed")
    return GitOutput(output=text)


async def switch(git: Git, repository: Repository, branch: str, *, create: bool) -> None:
    checked = await git.run(repository.top, "check-ref-format", "--branch", branch, allowed=range(256))
    if checked.code != 0 or branch.startswith(("-", "@")):
        raise ValueNotAllowedError(f"{branch[:200]!r} is no name for a branch.", field="branch")
    await git.run(repository.top, "switch", "--quiet", *(["--create"] if create else []), branch, seconds=_HOOK_SECONDS)


def _one(remotes: list[str], wanted: str | None) -> str:
    if wanted is None and len(remotes) == 1:
        return remotes[0]
    if wanted in remotes:
        return wanted
    known = ", ".join(remotes[:20]) or "none; add one with `git remote add`"
    raise ValueNotAllowedError(f"`remote` must be one of the repository's remotes: {known}.", field="remote")


def _batch(paths: list[str]) -> list[str]:
    """Arguments of one command: the system limits their total length."""
    if sum(len(path.encode(errors="surrogatepass")) + 1 for path in paths) > 100_000:
        raise ValueNotAllowedError("`paths` is too long for one request. Send fewer at once.", field="paths")
    return paths


async def _has_commit(git: Git, repository: Repository) -> bool:
    output = await git.run(repository.top, "rev-parse", "--verify", "--quiet", "HEAD", allowed=(0, 1))
    return output.code == 0
