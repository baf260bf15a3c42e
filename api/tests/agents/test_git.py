import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.git import add_worktree, diff_stat
from hatchpod_api.agents.protocol import GetSession
from hatchpod_api.config import Places
from hatchpod_api.errors import ConflictError, ValueNotAllowedError
from hatchpod_api.messages.frames import GitDiffStat
from hatchpod_api.messages.sessions import SessionDetail
from standins.stream_client import StreamClient

pytestmark = pytest.mark.anyio

OpenStreamOf = Callable[..., Awaitable[StreamClient]]
NewSession = Callable[..., Awaitable[str]]


def git(cwd: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def repository(places: Places) -> Path:
    (places.workspace / "a.txt").write_text("one\ntwo\n")
    git(places.workspace, "init")
    git(places.workspace, "add", ".")
    git(places.workspace, "commit", "-m", "first")
    return places.workspace


async def test_changes_are_counted_against_the_last_commit(repository: Path) -> None:
    clean = GitDiffStat(branch="main", files=0, insertions=0, deletions=0)
    assert await diff_stat(str(repository)) == clean
    (repository / "a.txt").write_text("one\nthree\nfour\n")
    (repository / "new.txt").write_text("new\n")
    assert await diff_stat(str(repository)) == GitDiffStat(branch="main", files=2, insertions=2, deletions=1)


async def test_without_a_commit_or_a_repository_there_is_nothing_to_count(tmp_path: Path) -> None:
    nothing = GitDiffStat(branch=None, files=0, insertions=0, deletions=0)
    assert await diff_stat(str(tmp_path)) == nothing
    assert await diff_stat(str(tmp_path / "missing")) == nothing
    git(tmp_path, "init")
    (tmp_path / "new.txt").write_text("new\n")
    assert await diff_stat(str(tmp_path)) == GitDiffStat(branch="main", files=1, insertions=0, deletions=0)


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
    repository: Path, new_session: NewSession, agents: AgentsClient
) -> None:
    first = await agents.call(GetSession(id=await new_session(worktree="feature")), SessionDetail)
    assert first.cwd == first.worktree == str(repository / ".claude/worktrees/feature")
    assert (Path(first.cwd) / "a.txt").read_text() == "one\ntwo\n"
    second = await agents.call(GetSession(id=await new_session(worktree="feature")), SessionDetail)
    assert second.cwd == first.cwd
    third = await agents.call(GetSession(id=await new_session(worktree=True)), SessionDetail)
    assert third.cwd.startswith(str(repository / ".claude/worktrees/session-"))
    assert (await diff_stat(first.cwd)).branch == "worktree-feature"
    assert (await diff_stat(str(repository))).files == 0


@pytest.mark.parametrize("name", ["", "..", "a/b", "-b", ".git", "a..b", "x.lock", "x" * 65, "a b", "é"])
async def test_a_name_that_is_none_is_refused(repository: Path, name: str) -> None:
    with pytest.raises(ValueNotAllowedError) as refused:
        await add_worktree(str(repository), name)
    assert refused.value.field == "worktree"
    assert not (repository / ".claude").exists()


async def test_a_worktree_needs_a_repository_and_a_free_place(
    new_session: NewSession, agents: AgentsClient, repository: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueNotAllowedError, match="no git repository"):
        await new_session(worktree="x", cwd=str(tmp_path))
    (repository / ".claude/worktrees/taken").mkdir(parents=True)
    (repository / ".claude/worktrees/taken/file").write_text("")
    with pytest.raises(ConflictError, match="taken"):
        await new_session(worktree="taken")
    assert agents.sessions == {}
