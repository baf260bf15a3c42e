import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.git import add_worktree, diff_stat
from hatchpod_api.agents.protocol import GetSession
from hatchpod_api.config import Places, for_children
from hatchpod_api.errors import ConflictError, ForbiddenError, ValueNotAllowedError
from hatchpod_api.git.command import Git
from hatchpod_api.messages.frames import GitDiffStat
from hatchpod_api.messages.sessions import SessionDetail
from hatchpod_api.workspace import Workspace
from standins.stream_client import StreamClient

pytestmark = pytest.mark.anyio

OpenStreamOf = Callable[..., Awaitable[StreamClient]]
NewSession = Callable[..., Awaitable[str]]


def git(cwd: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


def committed(folder: Path) -> Path:
    """A repository with one commit."""
    folder.mkdir(exist_ok=True)
    (folder / "a.txt").write_text("one\ntwo\n")
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    return folder


@pytest.fixture
def looking(places: Places) -> Git:
    return Git(Workspace(places.workspace), for_children())


@pytest.fixture
def repository(places: Places) -> Path:
    return committed(places.workspace)


async def test_changes_are_counted_against_the_last_commit(repository: Path, looking: Git) -> None:
    clean = GitDiffStat(branch="main", files=0, insertions=0, deletions=0)
    assert await diff_stat(looking, str(repository)) == clean
    (repository / "a.txt").write_text("one\nthree\nfour\n")
    (repository / "new.txt").write_text("new\n")
    assert await diff_stat(looking, str(repository)) == GitDiffStat(branch="main", files=2, insertions=2, deletions=1)


async def test_without_a_commit_or_a_repository_there_is_nothing_to_count(
    looking: Git, places: Places, tmp_path: Path
) -> None:
    nothing = GitDiffStat(branch=None, files=0, insertions=0, deletions=0)
    assert await diff_stat(looking, str(tmp_path)) == nothing
    assert await diff_stat(looking, str(tmp_path / "missing")) == nothing
    for folder in (tmp_path / "outside", places.workspace / "inside"):
        folder.mkdir()
        git(folder, "init")
        (folder / "new.txt").write_text("new\n")
    assert await diff_stat(looking, str(tmp_path / "outside")) == nothing
    assert await diff_stat(looking, str(places.workspace / "inside")) == GitDiffStat(
        branch="main", files=1, insertions=0, deletions=0
    )


async def test_a_session_tells_what_its_tools_changed(stream: OpenStreamOf, repository: Path) -> None:
    client = await stream()
    await client.until(lambda frame: frame["type"] == "git_diff_stat" and frame["branch"] == "main")
    (repository / "a.txt").write_text("changed\n")
    client.send("prompt", text="[tool]")
    stat = await client.until_type("git_diff_stat")
    assert (stat["files"], stat["insertions"], stat["deletions"]) == (1, 1, 2)
    late = await stream(client.session_id)
    assert late.reduced.latest["git_diff_stat"] == stat


async def test_a_worktree_is_made_once_and_found_again(
    repository: Path, new_session: NewSession, agents: AgentsClient, looking: Git
) -> None:
    first = await agents.call(GetSession(id=await new_session(worktree="feature")), SessionDetail)
    assert first.cwd == first.worktree == str(repository / ".claude/worktrees/feature")
    assert (Path(first.cwd) / "a.txt").read_text() == "one\ntwo\n"
    second = await agents.call(GetSession(id=await new_session(worktree="feature")), SessionDetail)
    assert second.cwd == first.cwd
    third = await agents.call(GetSession(id=await new_session(worktree=True)), SessionDetail)
    assert third.cwd.startswith(str(repository / ".claude/worktrees/session-"))
    assert (await diff_stat(looking, first.cwd)).branch == "worktree-feature"
    assert (await diff_stat(looking, str(repository))).files == 0


@pytest.mark.parametrize("name", ["", "..", "a/b", "-b", ".git", "a..b", "x.lock", "x" * 65, "a b", "é"])
async def test_a_name_that_is_none_is_refused(repository: Path, looking: Git, name: str) -> None:
    with pytest.raises(ValueNotAllowedError) as refused:
        await add_worktree(looking, str(repository), name)
    assert refused.value.field == "worktree"
    assert not (repository / ".claude").exists()


async def test_a_worktree_needs_a_repository_and_a_free_place(
    new_session: NewSession, agents: AgentsClient, places: Places
) -> None:
    with pytest.raises(ValueNotAllowedError, match="no git repository"):
        await new_session(worktree="x", cwd=str(places.workspace))
    repository = committed(places.workspace)
    (repository / ".claude/worktrees/taken").mkdir(parents=True)
    (repository / ".claude/worktrees/taken/file").write_text("")
    with pytest.raises(ConflictError, match="taken"):
        await new_session(worktree="taken")
    assert agents.sessions == {}


async def test_to_look_at_a_session_runs_no_program_of_the_repository(
    stream: OpenStreamOf, repository: Path, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path / 'ran'}'\ncat\n")
    program.chmod(0o755)
    (repository / ".gitattributes").write_text("* filter=evil diff=evil\n")
    module = committed(repository / "module")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", str(module), "./module")
    (module / ".gitattributes").write_text("* filter=evil\n")
    for place in (repository, module):
        for name in ("filter.evil.clean", "filter.evil.process", "diff.evil.command", "diff.evil.textconv"):
            git(place, "config", name, str(program))
        for name in ("core.fsmonitor", "core.sshCommand", "gpg.program"):
            git(place, "config", name, str(program))
        hook = place / ".git/hooks/post-index-change"
        hook.parent.mkdir(exist_ok=True)
        hook.symlink_to(program)
        (place / "a.txt").write_text("changed\n")
    client = await stream()
    await client.until(lambda frame: frame["type"] == "git_diff_stat" and frame["insertions"] > 0)
    assert not (tmp_path / "ran").exists()


async def test_a_worktree_is_made_inside_of_the_workspace_only(
    new_session: NewSession, places: Places, tmp_path: Path
) -> None:
    outside = committed(tmp_path / "outside")
    git(outside, "worktree", "add", str(places.workspace / "linked"))
    with pytest.raises(ForbiddenError) as refused:
        await new_session(worktree="x", cwd=str(places.workspace / "linked"))
    assert refused.value.code == "outside_workspace"
    inside = committed(places.workspace / "inside")
    (inside / ".claude").symlink_to(tmp_path)
    with pytest.raises(ForbiddenError):
        await new_session(worktree="x", cwd=str(inside))
    assert not (tmp_path / "worktrees").exists()
    assert not (outside / ".claude").exists()
