"""Claude Code with a token from a secret, and a person's identity: by every way into a workstation, and nowhere else.

The first workstation has them for all these tests, the second one what a test gives it by the roles' tags.

The `claude` command is the real one; the Messages endpoint that it asks is the stand-in.
"""

from __future__ import annotations

import contextlib
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

from e2e.machine import Host, Workstation, docker, run
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

KEY_FILE = json.dumps({"type": "service_account", "project_id": "acme", "private_key": "-----BEGIN\nabc\n-----END\n"})
# Prints the environment of Claude Code itself, once the image's command has become it.
ENVIRONMENT = """
coproc { exec claude mcp serve 2>&1; }
until [ "$(readlink /proc/$COPROC_PID/exe)" = "$(readlink -f /opt/hatchpod/lib/claude)" ]; do
  kill -0 $COPROC_PID || exit
  sleep 0.1
done
cat /proc/$COPROC_PID/environ
kill $COPROC_PID
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


@contextlib.contextmanager
def given(host: Host, tag: str, **variables: Any) -> Iterator[Workstation]:
    """Give the second workstation variables of its own by the role alone, and take them back."""
    bare = dict(host.second.settings)
    try:
        host.second.settings |= variables
        host.write_inventory()
        host.up("--tags", tag)
        yield host.second
    finally:
        host.second.settings = bare
        host.write_inventory()
        host.up("--tags", tag)


def environment_of_claude(workstation: Workstation) -> dict[str, str]:
    """Return the variables that Claude Code has when somebody starts it in a login shell."""
    printed = workstation.exec("bash", "-lc", ENVIRONMENT, user="hatchpod")
    return dict(line.split("=", 1) for line in printed.split("\0") if line)


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
    # Tokens of the dotfiles and keys of the tailnet are looked for in their own scenarios.
    passwords = [value for key, value in personal.host.first.credentials.items() if key.endswith("_PASSWORD")]
    assert passwords
    for value in [*personal.secrets.values(), *passwords]:
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


def test_an_api_key_of_one_workstation_s_own_logs_claude_in(personal: Personal) -> None:
    key = f"sk-ant-api03-{secrets.token_urlsafe(24)}"
    address = personal.variables["claude_code_base_url"]
    with given(personal.host, "claude_code", claude_code_api_key=key, claude_code_base_url=address) as second:
        assert "The egg has hatched." in second.exec("bash", "-lc", "claude -p 'Has it?'", user="hatchpod")
        assert key in personal.endpoint.keys
        assert environment_of_claude(second)["ANTHROPIC_API_KEY"] == key
        assert key not in docker("inspect", second.name)
    assert "ANTHROPIC_API_KEY" not in environment_of_claude(personal.host.second)


@pytest.mark.parametrize(
    ("own", "environment"),
    [
        (
            {
                "claude_code_provider": "bedrock",
                "claude_code_region": "eu-west-1",
                "claude_code_model": "eu.anthropic.claude-opus-4-v1:0",
                "claude_code_secrets": {"AWS_BEARER_TOKEN_BEDROCK": "bedrock-key-of-a-test"},
            },
            {
                "CLAUDE_CODE_USE_BEDROCK": "1",
                "AWS_REGION": "eu-west-1",
                "ANTHROPIC_MODEL": "eu.anthropic.claude-opus-4-v1:0",
                "AWS_BEARER_TOKEN_BEDROCK": "bedrock-key-of-a-test",
            },
        ),
        (
            {
                "claude_code_provider": "vertex",
                "claude_code_region": "europe-west4",
                "claude_code_vertex_project": "acme",
                "claude_code_google_credentials": KEY_FILE,
            },
            {
                "CLAUDE_CODE_USE_VERTEX": "1",
                "CLOUD_ML_REGION": "europe-west4",
                "ANTHROPIC_VERTEX_PROJECT_ID": "acme",
                "GOOGLE_APPLICATION_CREDENTIALS": "/run/workstation/variables/claude_code.files/GOOGLE_CREDENTIALS",
            },
        ),
    ],
    ids=["bedrock", "vertex"],
)
def test_another_provider_is_handed_to_claude(
    personal: Personal, own: dict[str, Any], environment: dict[str, str]
) -> None:
    with given(personal.host, "claude_code", **own) as second:
        found = environment_of_claude(second)
        assert {name: found.get(name) for name in environment} == environment
        if file := environment.get("GOOGLE_APPLICATION_CREDENTIALS"):
            assert json.loads(second.exec("cat", file, user="hatchpod")) == json.loads(KEY_FILE)
            assert second.exec("stat", "--format=%a %U", file) == "400 hatchpod"
        assert second.status()["problems"].get("claude_code") is None
    assert set(environment) & set(environment_of_claude(personal.host.second)) == set()
    assert second.exec("find", "/run/workstation/variables", "-name", "GOOGLE_CREDENTIALS") == ""


def test_what_cannot_be_right_is_refused_before_anything_changes(personal: Personal) -> None:
    host = personal.host
    bare = dict(host.second.settings)
    try:
        host.second.settings |= {"claude_code_provider": "bedrok", "identity_git_config": {"rebase": "true"}}
        host.write_inventory()
        done = host.up(check=False)
    finally:
        host.second.settings = bare
        host.write_inventory()
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert f"Nothing was changed. {host.second.name}: claude_code_provider is 'bedrok': set it to anthropic" in said
    assert changed_tasks(done.stdout) == []


def test_an_identity_is_given_by_its_tag_alone(personal: Personal) -> None:
    name = ("git", "config", "--global", "--get", "user.name")
    with given(personal.host, "identity", identity_git_name="Grace Hopper") as second:
        assert second.exec(*name, user="hatchpod") == "Grace Hopper"
    assert personal.host.second.exec(*name, user="hatchpod", check=False) == ""
