"""Claude Code with a token from a secret, and a person's identity: by every way into a workstation, and nowhere else.

The `claude` command is the real one; the Messages endpoint that it asks is the stand-in.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from e2e.machine import Host, docker, run
from e2e.test_login import Person
from e2e.test_up import changed_tasks
from e2e.test_web import api, login, terminal, wait_for_output
from standins.messages_endpoint import Endpoint, scripted

# A small MCP server of its own, that speaks the protocol over standard input and output.
MCP_SERVER = """
import json, os, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("method") == "initialize":
        open("/tmp/mcp-token", "w").write(os.environ["TRACKER"])
        result = {"protocolVersion": asked["params"]["protocolVersion"], "capabilities": {"tools": {}}}
        result["serverInfo"] = {"name": "tracker", "version": "1"}
    else:
        result = {"tools": []}
    if "id" in asked:
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
"""


@dataclass
class Personal:
    """The first workstation with a login, settings and an identity from the inventory, and what is secret of it."""

    host: Host
    endpoint: Endpoint
    variables: dict[str, Any]
    secrets: dict[str, str]
    first_run: str

    def inside(self, script: str) -> str:
        """Run a script in a login shell of the user."""
        return self.host.first.exec("bash", "-lc", script, user="hatchpod")


def ssh_key(folder: Path) -> str:
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key"))
    return (folder / "key").read_text()


@pytest.fixture(scope="module")
def personal(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Personal]:
    """Settings of somebody's own, and then a run that brings the inventory's."""
    gateway = docker("inspect", "--format", "{{.NetworkSettings.Gateway}}", host.first.name)
    given = {
        "claude_code_oauth_token": f"sk-ant-oat01-{secrets.token_urlsafe(24)}",
        "tracker": secrets.token_urlsafe(24),
        "identity_github_token": f"ghp_{secrets.token_hex(18)}",
        "identity_ssh_key": ssh_key(tmp_path_factory.mktemp("identity")),
    }
    own = {"model": "claude-own", "permissions": {"allow": ["Edit"]}}
    host.first.exec("sh", "-c", f"printf %s '{json.dumps(own)}' > ~/.claude/settings.json", user="hatchpod")
    host.first.exec("bash", "-lc", f"cat > ~/mcp.py <<'END'\n{MCP_SERVER}\nEND", user="hatchpod")
    with scripted("0.0.0.0", "The egg has hatched.") as endpoint:  # noqa: S104 - a container must reach it
        variables: dict[str, Any] = {name: value for name, value in given.items() if name != "tracker"}
        variables |= {
            "claude_code_base_url": f"http://{gateway}:{endpoint.port}",
            "claude_code_environment": {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"},
            "claude_code_secrets": {"TRACKER_TOKEN": given["tracker"]},
            "claude_code_settings": {"model": "claude-ours", "permissions": {"deny": ["Read(./.env)"]}},
            "claude_code_mcp_servers": {
                "tracker": {
                    "type": "stdio",
                    "command": "python3",
                    "args": ["/home/hatchpod/mcp.py"],
                    "env": {"TRACKER": "${TRACKER_TOKEN}"},
                }
            },
            "identity_git_name": "Ada Lovelace",
            "identity_git_email": "ada@example.org",
        }
        bare = dict(host.first.settings)
        try:
            host.first.settings |= variables
            host.write_inventory()
            output = host.up("--diff", "-vvvv").stdout
            yield Personal(host, endpoint, variables, given, output)
        finally:
            host.first.settings = bare
            host.write_inventory()
            host.up()


def test_the_token_logs_claude_in_over_ssh(personal: Personal, tmp_path: Path) -> None:
    first = personal.host.first
    code, output = Person(tmp_path, first).with_password("claude -p 'Has it?'", first.credentials["SSH_PASSWORD"])
    assert "The egg has hatched." in output
    assert code == 0
    assert personal.secrets["claude_code_oauth_token"] in personal.endpoint.tokens


def test_the_token_logs_claude_in_in_the_web_terminal(personal: Personal, browser: Browser) -> None:
    personal.endpoint.tokens.clear()
    username, password = login(personal.host)
    context = browser.new_context(http_credentials={"username": username, "password": password})
    page = context.new_page()
    page.goto(terminal(personal.host))
    wait_for_output(page, "$")
    page.locator(".xterm-helper-textarea").focus()
    page.keyboard.type("claude -p 'Has it?'\n")
    wait_for_output(page, "The egg has hatched.")
    context.close()
    assert personal.secrets["claude_code_oauth_token"] in personal.endpoint.tokens


def test_the_token_logs_claude_in_in_the_api(personal: Personal) -> None:
    personal.endpoint.tokens.clear()
    headers = {"Authorization": f"Bearer {personal.host.first.credentials['API_PASSWORD']}"}
    with httpx.Client(base_url=api(personal.host), headers=headers, timeout=60) as client:
        assert client.get("/api/claude/login").json()["loggedIn"] is True
        session = client.post("/api/sessions", json={"prompt": "Has it?"}).json()["id"]
        end = time.monotonic() + 60
        while "The egg has hatched." not in client.get(f"/api/sessions/{session}/messages").text:
            assert time.monotonic() < end, client.get(f"/api/sessions/{session}").text
            time.sleep(0.2)
        # its `claude` has the token in its environment for as long as it is open
        client.delete(f"/api/sessions/{session}").raise_for_status()
    assert personal.secrets["claude_code_oauth_token"] in personal.endpoint.tokens


def test_an_mcp_server_answers_and_has_its_secret(personal: Personal) -> None:
    assert "Connected" in personal.inside("claude mcp list")
    assert personal.inside("cat /tmp/mcp-token; rm /tmp/mcp-token") == personal.secrets["tracker"]


def test_settings_of_one_s_own_stay_and_the_inventory_s_are_beside_them(personal: Personal) -> None:
    settings = json.loads(personal.inside("cat ~/.claude/settings.json"))
    assert settings["model"] == "claude-own"
    assert settings["permissions"] == {"allow": ["Edit"], "deny": ["Read(./.env)"]}


def test_git_and_gh_know_the_person(personal: Personal) -> None:
    assert personal.inside("git config user.name; gh auth token").splitlines() == [
        "Ada Lovelace",
        personal.secrets["identity_github_token"],
    ]
    assert personal.inside("ssh-keygen -y -f ~/.ssh/id_ed25519").startswith("ssh-ed25519 ")


def test_a_second_run_changes_nothing(personal: Personal) -> None:
    assert changed_tasks(personal.host.up().stdout) == []


def test_no_secret_shows_anywhere(personal: Personal) -> None:
    name = personal.host.first.name
    held = subprocess.run(
        ["docker", "exec", "--user", "hatchpod", name, "bash", "-lc", "claude -p hi & ps axww; wait"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    shown = {
        "the run's output": personal.first_run,
        "docker inspect": docker("inspect", name),
        "docker logs": (logs := run("docker", "logs", name)).stdout + logs.stderr,
        "process arguments": run("ps", "axww").stdout + held.stdout,
        "services' environment": run("ps", "axeww").stdout,
    }
    for value in personal.secrets.values():
        lines = [line for line in value.splitlines() if not line.startswith("-----")]
        assert [place for place, text in shown.items() if any(line in text for line in lines)] == []


def test_a_new_token_restarts_nothing(personal: Personal) -> None:
    host = personal.host
    before = host.first.exec("sh", "-c", "for one in /run/service/*/; do s6-svstat -o pid $one; done")
    new = f"sk-ant-oat01-{secrets.token_urlsafe(24)}"
    try:
        host.first.settings["claude_code_oauth_token"] = new
        host.write_inventory()
        host.up()
        personal.inside("claude -p 'Has it?'")
    finally:
        host.first.settings["claude_code_oauth_token"] = personal.secrets["claude_code_oauth_token"]
        host.write_inventory()
    assert new in personal.endpoint.tokens
    assert host.first.exec("sh", "-c", "for one in /run/service/*/; do s6-svstat -o pid $one; done") == before
