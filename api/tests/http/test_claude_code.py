"""With the real `claude` command; nothing of it reaches beyond this machine."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from hatchpod_api.claude_code import login as login_module
from hatchpod_api.claude_code.command import ClaudeCommand
from hatchpod_api.claude_code.credentials import credential_variables
from hatchpod_api.claude_code.login import Login
from hatchpod_api.claude_code.mcp import McpSettings
from hatchpod_api.config import Places, Settings
from hatchpod_api.http.claude_code import HANDLERS
from hatchpod_api.workspace import Workspace

SERVER = {"name": "files", "scope": "user", "type": "stdio", "command": "/bin/cat", "args": ["-u"]}


@pytest.fixture
def environment(places: Places) -> dict[str, str]:
    """A home of its own, in which nothing is ever asked of the network."""
    places.state.mkdir(parents=True)
    return {
        "HOME": str(places.workspace.parent),
        "PATH": os.defpath,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "https_proxy": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }


@pytest.fixture
def claude(environment: dict[str, str]) -> ClaudeCommand:
    return ClaudeCommand(environment)


@pytest.fixture
def client(serve, places: Places, claude: ClaudeCommand) -> httpx.Client:  # type: ignore[no-untyped-def]
    login = Login(claude, places.state)
    client: httpx.Client = serve(
        HANDLERS,
        opened=[login],
        settings=Settings(places=places, password_hash=""),
        workspace=Workspace(places.workspace),
        claude=claude,
        login=login,
        mcp=McpSettings(claude, places),
    )
    return client


def bundled_claude() -> Path:
    spec = importlib.util.find_spec("claude_agent_sdk")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent / "_bundled/claude"


def servers(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    response = client.get("/api/mcp", params=query)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["servers"]
    return found


def test_an_mcp_server_is_added_replaced_and_removed_without_showing_its_secrets(
    client: httpx.Client, places: Places
) -> None:
    new = {**SERVER, "env": {"TOKEN": "the secret", "MODE": "a"}}
    assert client.put("/api/mcp", json=new).status_code == 204
    assert "the secret" not in client.get("/api/mcp").text
    (shown,) = servers(client)
    assert {"type": "stdio", **shown} == {**SERVER, "env": {"TOKEN": "********", "MODE": "********"}}
    changed = {**SERVER, "args": [], "env": {"TOKEN": "********", "MODE": "b"}}
    assert client.put("/api/mcp", json=changed).status_code == 204
    kept = json.loads(places.claude_state.read_text())["mcpServers"]["files"]
    assert (kept["args"], kept["env"]) == ([], {"TOKEN": "the secret", "MODE": "b"})
    assert client.delete("/api/mcp?name=files&scope=project").status_code == 404
    assert client.delete("/api/mcp?name=files&scope=user").status_code == 204
    assert servers(client) == []


def test_a_secret_is_in_no_argument(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, ...]] = []
    run = ClaudeCommand.run

    async def record(self: ClaudeCommand, *arguments: str, **options: Any) -> Any:
        seen.append(arguments)
        return await run(self, *arguments, **options)

    monkeypatch.setattr(ClaudeCommand, "run", record)
    client.put("/api/mcp", json={**SERVER, "env": {"TOKEN": "the secret"}})
    assert seen == [("mcp", "add-json", "--scope", "user", "--", "files", "-")]


def test_servers_of_a_folder_are_kept_with_it(client: httpx.Client, places: Places) -> None:
    (places.workspace / "p").mkdir()
    remote = {"name": "web", "type": "http", "url": "http://127.0.0.1:9/mcp", "headers": {"Authorization": "Bearer x"}}
    for scope in ("project", "local"):
        assert client.put("/api/mcp?cwd=p", json={**remote, "scope": scope}).status_code == 204
    assert json.loads((places.workspace / "p/.mcp.json").read_text())["mcpServers"]["web"]["url"] == remote["url"]
    assert [(s["name"], s["scope"]) for s in servers(client, cwd="p")] == [("web", "local"), ("web", "project")]
    assert servers(client) == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"command": None}, 422),
        ({"type": "http"}, 422),
        ({"name": "--help"}, 422),
        ({"name": "a b"}, 422),
        ({"scope": "everywhere"}, 422),
        ({"env": {"NEW": "********"}}, 422),
        ({"env": {"NEW": 1}}, 400),
    ],
)
def test_a_server_that_cannot_be_changes_nothing(client: httpx.Client, change: dict[str, Any], status: int) -> None:
    client.put("/api/mcp", json=SERVER)
    before = servers(client)
    assert client.put("/api/mcp", json={**SERVER, **change}).status_code == status
    assert servers(client) == before


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", [".mcp.json", ".claude/settings.json"])
def test_a_named_pipe_in_the_place_of_a_file_holds_nobody_up(client: httpx.Client, places: Places, name: str) -> None:
    pipe = places.workspace / "p" / name
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    route = "/api/mcp" if name == ".mcp.json" else "/api/claude-hooks/workspace"
    refused = client.get(route, params={"cwd": "p"})
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_settings")
    pipe.unlink()
    pipe.mkdir()
    assert client.get(route, params={"cwd": "p"}).status_code == 409


def test_a_name_that_claude_reserves_is_refused_with_its_reason(client: httpx.Client) -> None:
    refused = client.put("/api/mcp", json={**SERVER, "name": "workspace"})
    assert (refused.status_code, "reserved" in refused.json()["error"]) == (422, True)


@pytest.mark.parametrize(
    ("ending", "status", "reason"),
    [('echo "not a URL" >&2; exit 1', 422, "not a URL"), ("exec sleep 60", 503, "took longer")],
)
def test_a_server_that_claude_does_not_take_leaves_the_old_one(
    client: httpx.Client,
    places: Places,
    tmp_path: Path,
    claude: ClaudeCommand,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    status: int,
    reason: str,
) -> None:
    """The stand-in is the real command, but for one definition with which it ends so."""
    assert client.put("/api/mcp", json={**SERVER, "env": {"A": "b"}}).status_code == 204
    picky = tmp_path / "bin/claude"
    picky.parent.mkdir()
    picky.write_text(
        f'#!/bin/sh\n[ $2 = add-json ] || exec {bundled_claude()} "$@"\ninput=$(cat)\n'
        f'case $input in *"no address"*) {ending} ;; esac\n'
        f'printf %s "$input" | {bundled_claude()} "$@"\n'
    )
    picky.chmod(0o755)
    claude.environment["PATH"] = f"{picky.parent}:{claude.environment['PATH']}"
    run = ClaudeCommand.run

    async def hurry(self: ClaudeCommand, *arguments: str, **options: Any) -> Any:
        if b"no address" in (options.get("stdin") or b""):
            options["seconds"] = 1.0
        return await run(self, *arguments, **options)

    monkeypatch.setattr(ClaudeCommand, "run", hurry)
    refused = client.put("/api/mcp", json={"name": "files", "scope": "user", "type": "http", "url": "no address"})
    assert (refused.status_code, reason in refused.json()["error"]) == (status, True)
    kept = json.loads(places.claude_state.read_text())["mcpServers"]["files"]
    assert (kept["command"], kept["env"]) == ("/bin/cat", {"A": "b"})


def test_the_health_of_servers_is_what_claude_says(client: httpx.Client) -> None:
    client.put("/api/mcp", json=SERVER)
    answer = client.get("/api/mcp?check=true").json()
    assert "Failed to connect" in answer["status"]["files"]


def test_hooks_of_person_and_folder_are_apart(client: httpx.Client, places: Places, tmp_path: Path) -> None:
    hooks = {"Stop": [{"hooks": [{"type": "command", "command": "true"}]}]}
    (places.workspace / "p").mkdir()
    assert client.put("/api/claude-hooks/workspace?cwd=p", json=hooks).json() == hooks
    assert client.get("/api/claude-hooks/workspace?cwd=p").json() == hooks
    assert json.loads((places.workspace / "p/.claude/settings.json").read_text()) == {"hooks": hooks}
    assert client.get("/api/claude-hooks/user").json() == {}
    assert client.put("/api/claude-hooks/user", json=hooks).status_code == 200
    assert json.loads((places.claude_config / "settings.json").read_text()) == {"hooks": hooks}
    (places.workspace / "q").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (places.workspace / "q/.claude").symlink_to(tmp_path / "elsewhere")
    for cwd in ("q", "../..", "/etc"):
        assert client.put(f"/api/claude-hooks/workspace?cwd={cwd}", json=hooks).status_code == 403
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_login_says_that_there_is_none(client: httpx.Client) -> None:
    status = client.get("/api/claude/login").json()
    assert (status["loggedIn"], status["url"], status["credential"]) == (False, None, None)


def test_a_login_begins_with_an_address_and_a_wrong_code_says_why(client: httpx.Client) -> None:
    begun = client.post("/api/claude/login", json={})
    assert begun.status_code == 201, begun.text
    url = begun.json()["url"]
    assert url.startswith("https://claude.ai/oauth/authorize?")
    assert client.get("/api/claude/login").json()["url"] == url
    refused = client.post("/api/claude/login/code", json={"code": "abcd#efgh"})
    assert (refused.status_code, refused.json()["code"]) == (502, "login_failed")
    assert "abcd#efgh" not in refused.text
    assert client.get("/api/claude/login").json()["url"] is None
    assert client.post("/api/claude/login/code", json={"code": "abcd#efgh"}).status_code == 409


def test_a_login_is_given_up_with_its_process(client: httpx.Client) -> None:
    assert client.post("/api/claude/login", json={"account": "console"}).status_code == 201
    before = _children()
    assert client.delete("/api/claude/login").status_code == 204
    assert len(_children()) == len(before) - 1
    assert client.delete("/api/claude/login").status_code == 204


def _children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split() + [
        child
        for task in Path("/proc/self/task").iterdir()
        if task.name != str(os.getpid())
        for child in (task / "children").read_text().split()
    ]


@pytest.fixture
def accepting_claude(tmp_path: Path, environment: dict[str, str]) -> None:
    """A stand-in for `claude` that accepts one code, since only Anthropic's servers can make the real one do so."""
    program = tmp_path / "bin/claude"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\n"
        "print('Opening browser\\nvisit:\\n\\x1b]8;;https://x/\\x07https://claude.ai/ok?\\x1b]8;;\\x07')\n"
        "raise SystemExit(input('Paste code > ') != 'the-code')\n"
    )
    program.chmod(0o755)
    environment["PATH"] = f"{program.parent}:{environment['PATH']}"


@pytest.mark.usefixtures("accepting_claude")
def test_a_right_code_ends_the_login(client: httpx.Client) -> None:
    assert client.post("/api/claude/login", json={}).json() == {"url": "https://claude.ai/ok?"}
    assert client.post("/api/claude/login/code", json={"code": "the-code"}).status_code == 204


def test_an_abandoned_login_ends_by_itself(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_module, "ABANDONED_SECONDS", 0.0)
    assert client.post("/api/claude/login", json={}).status_code == 201
    end = time.monotonic() + 60
    while client.get("/api/claude/login").json()["url"] is not None:
        assert time.monotonic() < end, "the login is still open"


def test_a_credential_is_stored_for_the_agent_host_alone(client: httpx.Client, places: Places) -> None:
    token = "sk-ant-oat01-" + "x" * 20
    assert client.put("/api/claude/credential", json={"kind": "oauth_token", "value": token}).status_code == 204
    (file,) = (path for path in places.state.iterdir() if path.name == "claude-credential.json")
    assert file.stat().st_mode & 0o777 == 0o600
    status = client.get("/api/claude/login")
    assert (status.json()["credential"], status.json()["loggedIn"]) == ("oauth_token", True)
    assert token not in status.text
    assert credential_variables(places.state) == {"CLAUDE_CODE_OAUTH_TOKEN": token}
    bad = client.put("/api/claude/credential", json={"kind": "api_key", "value": "a b\n" * 9})
    assert (bad.status_code, "a b" in bad.text) == (422, False)
    assert client.delete("/api/claude/credential").status_code == 204
    assert client.delete("/api/claude/credential").status_code == 404
    assert credential_variables(places.state) == {}


def test_the_stored_credential_is_one_that_claude_takes(places: Places, environment: dict[str, str]) -> None:
    """The real command says that it is logged in with what the agent host would hand it."""
    done = subprocess.run(
        [bundled_claude(), "auth", "status", "--json"],
        env={**environment, "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-" + "x" * 20},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert json.loads(done.stdout)["loggedIn"] is True
