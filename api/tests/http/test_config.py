"""What a client learns first, over the real application."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx

from hatchpod_api import __version__
from hatchpod_api.config import Places
from hatchpod_api.git.discovery import workspace_folders
from hatchpod_api.workspace import Workspace


def test_the_configuration_says_where_and_what_is_possible(
    connect: Callable[..., httpx.Client], places: Places
) -> None:
    config = connect(authenticated=True).get("/api/config").json()
    assert (config["version"], config["browseRoot"]) == (__version__, str(places.workspace))
    assert config["defaultCwd"] == str(places.default_cwd)
    assert config["providers"] == [{"id": "claude", "name": "Claude Code"}]
    assert (config["allowBypass"], "bypassPermissions" in config["permissionModes"]) == (False, False)
    assert config["limits"]["runningSessions"] == 20


def test_bypassing_is_offered_where_it_is_permitted(connect: Callable[..., httpx.Client]) -> None:
    client = connect(authenticated=True, allow_bypass=True, providers=("claude", "scripted"))
    config = client.get("/api/config").json()
    assert (config["allowBypass"], "bypassPermissions" in config["permissionModes"]) == (True, True)
    assert [provider["id"] for provider in client.get("/api/providers").json()] == ["claude", "scripted"]


def test_workspaces_are_repositories_and_where_sessions_have_been(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    for name in ("a/b/repo", "plain", "a/b/repo/inner", "node_modules/dep", "a/b/c/too/deep"):
        (root / name).mkdir(parents=True)
    for name in ("a/b/repo", "a/b/repo/inner", "node_modules/dep", "a/b/c/too/deep"):
        subprocess.run(["git", "init", "-q", "-b", "trunk/x", root / name], check=True)
    (root / "detached/.git").mkdir(parents=True)
    (root / "detached/.git/HEAD").write_text("0" * 40 + "\n")
    (root / "piped/.git").mkdir(parents=True)
    os.mkfifo(root / "piped/.git/HEAD")
    (root / "outward").mkdir()
    (root / "outward/.git").write_text(f"gitdir: {tmp_path}/elsewhere\n")
    (root / "link").symlink_to(tmp_path)
    sessions = {str(root / "plain"): 3, str(root / "a/b/repo"): 2, str(root / "gone"): 1, str(tmp_path): 9}
    found = workspace_folders(Workspace(root), sessions)
    assert [(str(Path(f.path).relative_to(root)), f.repository, f.branch, f.session_count) for f in found] == [
        ("a/b/repo", True, "trunk/x", 2),
        ("detached", True, None, 0),
        ("outward", True, None, 0),
        ("piped", True, None, 0),
        ("plain", False, None, 3),
    ]


def test_the_list_of_workspaces_is_served(connect: Callable[..., httpx.Client], places: Places) -> None:
    (places.workspace / "repo").mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", places.workspace / "repo"], check=True)
    (folder,) = connect(authenticated=True).get("/api/workspaces").json()
    assert (folder["name"], folder["branch"], folder["sessionCount"]) == ("repo", "main", 0)


def test_files_have_limits_of_their_own(connect: Callable[..., httpx.Client], places: Places) -> None:
    client = connect(authenticated=True)
    limits = client.get("/api/config").json()["limits"]
    large = {"content": "\n" * limits["fileContent"]}
    assert client.put("/api/files", params={"path": "large"}, json=large).status_code == 200
    upload = {"file": ("upload", b"x" * (12 * limits["body"]))}
    assert client.post("/api/files/upload", files=upload).status_code == 201
    assert (places.workspace / "upload").stat().st_size == 12 * limits["body"]
    assert client.post("/api/files/folder", json={"path": "x" * limits["body"]}).status_code == 413
