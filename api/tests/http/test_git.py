"""Real git, in real repositories, some of which mean harm."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from hatchpod_api.git.command import Git
from hatchpod_api.http.files import HANDLERS as FILES
from hatchpod_api.http.git import HANDLERS
from hatchpod_api.workspace import Workspace

RunGit = Callable[..., str]


@pytest.fixture
def client(serve, workspace: Workspace, git: Git) -> httpx.Client:  # type: ignore[no-untyped-def]
    client: httpx.Client = serve([*HANDLERS, *FILES], workspace=workspace, git=git)
    return client


@pytest.fixture
def repository(root: Path, run_git: RunGit) -> Path:
    """One commit of `a.txt` with three lines and `b.bin`."""
    folder = root / "project"
    folder.mkdir()
    run_git("init", "--quiet", cwd=folder)
    (folder / "a.txt").write_text("1\n2\n3\n")
    (folder / "b.bin").write_bytes(b"\0\1")
    run_git("add", ".", cwd=folder)
    run_git("commit", "--quiet", "-m", "First", cwd=folder)
    return folder


def status(client: httpx.Client, cwd: str = "project") -> dict[str, Any]:
    response = client.get("/api/git/status", params={"cwd": cwd})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def post(client: httpx.Client, action: str, **body: Any) -> httpx.Response:
    return client.post(f"/api/git/{action}", json={"cwd": "project", **body})


def test_the_status_counts_lines_and_tells_index_from_worktree(
    client: httpx.Client, repository: Path, run_git: RunGit
) -> None:
    assert status(client)["files"] == []
    (repository / "a.txt").write_text("1\n2\nthree\nfour\n")
    run_git("add", "a.txt", cwd=repository)
    (repository / "b.bin").write_bytes(b"\0\2")
    (repository / "sub").mkdir()
    (repository / "sub/new ünd\n.txt").write_text("x\n")
    found = status(client, "project/sub")
    assert (found["root"], found["branch"], found["upstream"], found["ahead"]) == (str(repository), "main", None, None)
    assert (found["totalInsertions"], found["totalDeletions"], found["truncated"]) == (2, 1, False)
    files = {file["path"]: file for file in found["files"]}
    assert sorted(files) == ["a.txt", "b.bin", "sub/new ünd\n.txt"]
    changed = files["a.txt"]
    assert (changed["index"], changed["worktree"], changed["staged"]) == ("modified", "unmodified", True)
    assert (changed["insertions"], changed["deletions"]) == (2, 1)
    assert (files["b.bin"]["binary"], files["b.bin"]["worktree"], files["b.bin"]["staged"]) == (True, "modified", False)
    assert files["sub/new ünd\n.txt"]["untracked"]


def test_a_renamed_file_has_both_names(client: httpx.Client, repository: Path, run_git: RunGit) -> None:
    run_git("mv", "a.txt", "c.txt", cwd=repository)
    (file,) = status(client)["files"]
    assert (file["path"], file["originalPath"], file["index"]) == ("c.txt", "a.txt", "renamed")


def test_a_conflict_is_called_one(client: httpx.Client, repository: Path, run_git: RunGit) -> None:
    run_git("switch", "-qc", "other", cwd=repository)
    (repository / "a.txt").write_text("other\n")
    run_git("commit", "-qam", "Other", cwd=repository)
    run_git("switch", "-q", "main", cwd=repository)
    (repository / "a.txt").write_text("main\n")
    run_git("commit", "-qam", "Main", cwd=repository)
    with pytest.raises(Exception, match="merge"):
        run_git("merge", "other", cwd=repository)
    (file,) = status(client)["files"]
    assert (file["path"], file["conflicted"], file["staged"]) == ("a.txt", True, False)


def test_before_the_first_commit_there_is_a_status_and_an_empty_log(
    client: httpx.Client, root: Path, run_git: RunGit
) -> None:
    (root / "project").mkdir()
    run_git("init", "-q", cwd=root / "project")
    (root / "project/f").write_text("x\n")
    staged = post(client, "stage", paths=["f"]).json()
    assert (staged["head"], staged["branch"], staged["totalInsertions"]) == (None, "main", 1)
    assert client.get("/api/git/log?cwd=project").json() == {"items": [], "next_cursor": None}
    assert post(client, "unstage", paths=["f"]).json()["files"][0]["untracked"]


def test_a_repository_that_git_cannot_read_says_why(client: httpx.Client, repository: Path) -> None:
    (repository / ".git/index").write_bytes(b"no index")
    for route in ("status", "diff"):
        refused = client.get(f"/api/git/{route}", params={"cwd": "project"})
        assert (refused.status_code, refused.json()["code"]) == (409, "git_failed"), route
        assert "index" in refused.json()["error"]


def test_a_diff_shows_each_side(client: httpx.Client, repository: Path, run_git: RunGit) -> None:
    (repository / "a.txt").write_text("staged\n")
    run_git("add", ".", cwd=repository)
    (repository / "a.txt").write_text("worktree\n")
    (repository / "new").write_text("new\n")

    def diff(**query: Any) -> str:
        response = client.get("/api/git/diff", params={"cwd": "project", **query})
        assert response.status_code == 200, response.text
        return str(response.json()["diff"])

    assert "-staged\n+worktree\n" in diff()
    assert "-3\n+staged\n" in diff(staged=True)
    assert "+new\n" in diff(path="new")
    assert diff(path="b.bin") == ""
    commit = run_git("rev-parse", "HEAD", cwd=repository).strip()
    assert "+1\n+2\n+3\n" in diff(commit=commit)
    assert "b.bin" not in diff(commit=commit, path="a.txt")
    assert client.get("/api/git/diff?cwd=project&commit=--output=x").status_code == 422


def test_a_huge_diff_is_cut(client: httpx.Client, repository: Path) -> None:
    (repository / "a.txt").write_text("line\n" * 1_000_000)
    answer = client.get("/api/git/diff?cwd=project").json()
    assert answer["truncated"]
    assert len(answer["diff"]) == 1024 * 1024


def test_an_untracked_link_shows_nothing_from_outside(client: httpx.Client, repository: Path) -> None:
    (repository / "link").symlink_to("../../outside/secret")
    (repository / "folder").symlink_to("../../outside")
    for path in ("link", "folder/secret", "../../outside/secret", "/etc/passwd"):
        response = client.get("/api/git/diff", params={"cwd": "project", "path": path})
        assert "the secret" not in response.text
        assert "root:" not in response.text


def test_files_are_staged_unstaged_and_committed(client: httpx.Client, repository: Path) -> None:
    (repository / "a.txt").unlink()
    (repository / "*").write_text("a star is a name, not a pattern\n")
    (repository / "other").write_text("")
    staged = post(client, "stage", paths=["a.txt", "*"]).json()["files"]
    assert [file["path"] for file in staged if file["staged"]] == ["*", "a.txt"]
    unstaged = post(client, "unstage", paths=["a.txt"]).json()["files"]
    assert [file["path"] for file in unstaged if file["staged"]] == ["*"]
    committed = post(client, "commit", message='Say "$HOME" `id`\n\n# no comment\nbody')
    assert committed.status_code == 201
    (entry, _) = client.get("/api/git/log?cwd=project").json()["items"]
    assert (entry["commit"], entry["subject"]) == (committed.json()["commit"], 'Say "$HOME" `id`')
    assert (entry["authorName"], entry["authorEmail"]) == ("Ada", "ada@example.org")
    assert entry["refs"] == ["HEAD -> main"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"message": "x"}, 409, "nothing_staged"),
        ({"message": " \n"}, 422, "value_not_allowed"),
        ({"message": ""}, 422, "value_not_allowed"),
        ({}, 400, "bad_request"),
    ],
)
def test_a_commit_that_cannot_be_says_why(
    client: httpx.Client, repository: Path, body: dict[str, str], status: int, code: str
) -> None:
    response = post(client, "commit", **body)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_hooks_run_where_a_person_commits_and_see_no_secret(
    client: httpx.Client, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_PASSWORD_HASH", "the secret")
    hook = repository / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\nenv > seen\necho 'tests failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    (repository / "a.txt").write_text("new\n")
    post(client, "stage", paths=["a.txt"])
    refused = post(client, "commit", message="x")
    assert (refused.status_code, "tests failed" in refused.json()["error"]) == (409, True)
    assert "the secret" not in (repository / "seen").read_text()


def test_discarding_goes_back_to_what_is_staged(client: httpx.Client, repository: Path, run_git: RunGit) -> None:
    (repository / "a.txt").write_text("staged\n")
    run_git("add", ".", cwd=repository)
    (repository / "a.txt").write_text("gone\n")
    (repository / "new").write_text("gone\n")
    (repository / "kept").write_text("kept\n")
    assert post(client, "discard", paths=["a.txt", "new"]).status_code == 200
    assert (repository / "a.txt").read_text() == "staged\n"
    assert not (repository / "new").exists()
    assert (repository / "kept").exists()
    assert post(client, "discard", paths=["none"]).status_code == 409


@pytest.mark.parametrize("paths", [["../x"], ["/etc/passwd"], ["a\0b"], [], [""]])
def test_paths_that_are_not_of_the_repository_are_refused(
    client: httpx.Client, repository: Path, paths: list[str]
) -> None:
    for action in ("stage", "unstage", "discard"):
        assert post(client, action, paths=paths).status_code == 422


def test_a_push_makes_an_upstream_and_reports_the_other_side(
    client: httpx.Client, repository: Path, root: Path, run_git: RunGit
) -> None:
    assert post(client, "push").status_code == 422
    run_git("init", "-q", "--bare", str(root / "remote.git"))
    run_git("remote", "add", "origin", str(root / "remote.git"), cwd=repository)
    assert post(client, "push", remote="elsewhere").json()["field"] == "remote"
    assert post(client, "push").status_code == 200
    found = status(client)
    assert (found["upstream"], found["ahead"], found["behind"]) == ("origin/main", 0, 0)
    (root / "remote.git/hooks/pre-receive").write_text("#!/bin/sh\necho 'branch is protected'\nexit 1\n")
    (root / "remote.git/hooks/pre-receive").chmod(0o755)
    run_git("commit", "-q", "--allow-empty", "-m", "More", cwd=repository)
    assert status(client)["ahead"] == 1
    refused = post(client, "push")
    assert (refused.status_code, refused.json()["code"]) == (502, "push_failed")
    assert "branch is protected" in refused.json()["error"]


def test_a_push_asks_nobody_and_tells_no_password(client: httpx.Client, repository: Path, run_git: RunGit) -> None:
    run_git("remote", "add", "origin", "http://ada:hunter2@127.0.0.1:9/x.git", cwd=repository)
    response = post(client, "push")
    assert response.status_code == 502
    assert "hunter2" not in response.text


def test_branches_are_listed_made_and_switched_to(client: httpx.Client, repository: Path) -> None:
    assert post(client, "switch", branch="topic/x", create=True).json()["branch"] == "topic/x"
    branches = client.get("/api/git/branches?cwd=project").json()
    assert {branch["name"]: branch["current"] for branch in branches} == {"main": False, "topic/x": True}
    assert post(client, "switch", branch="main").json()["branch"] == "main"
    for branch in ("--detach", "-", "@{-1}", "a b", "a..b"):
        assert post(client, "switch", branch=branch).status_code == 422
    assert post(client, "switch", branch="none").status_code == 409


def test_worktrees_inside_the_workspace_are_listed(
    client: httpx.Client, repository: Path, root: Path, tmp_path: Path, run_git: RunGit
) -> None:
    run_git("worktree", "add", "-q", "-b", "side", str(root / "side tree"), cwd=repository)
    run_git("worktree", "add", "-q", "--detach", str(tmp_path / "outside/tree"), cwd=repository)
    found = client.get("/api/git/worktrees?cwd=side tree").json()
    assert [(tree["path"], tree["branch"], tree["main"]) for tree in found] == [
        (str(repository), "main", True),
        (f"{root}/side tree", "side", False),
    ]


def test_a_folder_without_a_repository_says_so(client: httpx.Client, root: Path, run_git: RunGit) -> None:
    run_git("init", "-q", cwd=root.parent)  # one around the workspace is none of ours
    response = client.get("/api/git/status")
    assert (response.status_code, response.json()["code"]) == (404, "not_a_repository")


@pytest.mark.parametrize("kind", ["git file", "work tree", "link"])
def test_a_repository_with_a_part_outside_is_refused(
    client: httpx.Client, repository: Path, tmp_path: Path, run_git: RunGit, kind: str
) -> None:
    outside = tmp_path / "outside"
    run_git("init", "-q", cwd=outside)
    if kind == "work tree":
        run_git("config", "core.worktree", str(outside), cwd=repository)
    else:
        (repository / ".git").rename(repository / "old")
        if kind == "link":
            (repository / ".git").symlink_to(outside / ".git")
        else:
            (repository / ".git").write_text(f"gitdir: {outside}/.git\n")
    response = client.get("/api/git/status?cwd=project")
    assert (response.status_code, response.json()["code"]) == (403, "outside_workspace")
    assert "secret" not in response.text


def test_looking_at_a_hostile_repository_starts_none_of_its_programs(
    client: httpx.Client, repository: Path, run_git: RunGit
) -> None:
    program = repository / "evil.sh"
    program.write_text(f"#!/bin/sh\necho $0 $* >> {repository}/ran\nexec cat\n")
    program.chmod(0o755)
    names = ["core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.clean"]
    names += ["filter.evil.smudge", "filter.evil.process", "core.pager", "gpg.program", "core.editor", "pager.log"]
    for name in names:
        run_git("config", name, str(program), cwd=repository)
    run_git("config", "log.showSignature", "true", cwd=repository)
    (repository / ".git/info/attributes").write_text("* filter=evil diff=evil\n")
    for hook in ("post-index-change", "pre-auto-gc", "fsmonitor-watchman"):
        (repository / ".git/hooks" / hook).write_text(program.read_text())
        (repository / ".git/hooks" / hook).chmod(0o755)
    (repository / "a.txt").write_text("changed\n")
    os.utime(repository / "b.bin", (0, 0))
    commit = run_git("rev-parse", "HEAD", cwd=repository).strip()
    (repository / "ran").unlink(missing_ok=True)
    assert [file["path"] for file in status(client)["files"] if not file["untracked"]] == ["a.txt"]
    routes = (
        "diff?",
        "diff?staged=true&",
        "diff?path=evil.sh&",
        f"diff?commit={commit}&",
        "log?",
        "branches?",
        "worktrees?",
    )
    for route in routes:
        assert client.get(f"/api/git/{route}cwd=project").status_code == 200
    assert client.get("/api/files/find?cwd=project&q=a").status_code == 200
    assert not (repository / "ran").exists(), (repository / "ran").read_text()


def test_the_log_is_paged(client: httpx.Client, repository: Path, run_git: RunGit) -> None:
    for number in range(3):
        run_git("commit", "-q", "--allow-empty", "-m", f"Number {number}", cwd=repository)
    first = client.get("/api/git/log?cwd=project&limit=3").json()
    rest = client.get("/api/git/log", params={"cwd": "project", "limit": 3, "cursor": first["next_cursor"]}).json()
    assert [entry["subject"] for entry in first["items"] + rest["items"]] == [
        "Number 2",
        "Number 1",
        "Number 0",
        "First",
    ]
    assert rest["next_cursor"] is None
    assert client.get("/api/git/log?cwd=project&cursor=x").status_code == 422
    assert len(client.get("/api/git/log?cwd=project&path=a.txt").json()["items"]) == 1


def test_files_are_found_by_a_few_letters(client: httpx.Client, repository: Path) -> None:
    (repository / "src/server").mkdir(parents=True)
    for name in ("src/server/main.py", "src/main_test.py", "domain.md", "ignored.log", ".gitignore"):
        (repository / name).write_text("*.log\n")

    def find(**query: Any) -> list[str]:
        return [m["path"] for m in client.get("/api/files/find", params={"cwd": "project", **query}).json()["items"]]

    assert find(q="main") == ["src/main_test.py", "src/server/main.py", "domain.md"]
    assert find(q="ssmp")[0] == "src/server/main.py"
    assert find(q="SERVER") == ["src/server/", "src/server/main.py"]
    assert find(q="ignored.log") == []
    assert len(find(limit=2)) == 2
    assert client.get("/api/files/find", params={"q": "x" * 201}).status_code == 422
    everything = client.get("/api/files/find", params={"q": "main"}).json()["items"]
    assert {"path": "project/domain.md", "type": "file"} in everything, "outside a repository the folder is walked"
