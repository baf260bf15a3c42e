"""From the inventory's variables to what Claude Code and a person's programs get, and what is refused on the way."""

from __future__ import annotations

import importlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

FILTERS = importlib.import_module("filter.home")
HIDDEN = "hunter2-and-more"
WEB = {"type": "http", "url": "https://host/mcp"}


def problems(role: str, **own: Any) -> list[str]:
    """Return what is wrong with a workstation, by the end of its variables' names."""
    workstation = {"name": "pod", **{f"{role}_{name}": value for name, value in own.items()}}
    found: list[str] = getattr(FILTERS, f"{role}_problems")([workstation], {})
    return found


# --- Claude Code ---


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"provider": "bedrok"}, "claude_code_provider is 'bedrok': set it to anthropic, bedrock or vertex"),
        ({"provider": "bedrock"}, "claude_code_provider is bedrock, which needs claude_code_region: set it"),
        (
            {"provider": "vertex", "region": "global"},
            "claude_code_provider is vertex, which needs claude_code_vertex_project: set it",
        ),
        (
            {"provider": "vertex", "vertex_project": "p"},
            "claude_code_provider is vertex, which needs claude_code_region: set it",
        ),
        (
            {"oauth_token": HIDDEN, "api_key": HIDDEN},
            "claude_code_oauth_token and claude_code_api_key are both set: leave one of them empty",
        ),
        ({"oauth_token": f"{HIDDEN} "}, "claude_code_oauth_token is refused: it holds a space"),
        (
            {"api_key": "short"},
            "claude_code_api_key is refused: it is shorter than 8 characters; set it to one line of",
        ),
        ({"base_url": "gateway"}, "claude_code_base_url is 'gateway': set it to an address such as https://"),
        ({"model": ["a"]}, "claude_code_model must be a text of one line"),
        ({"region": "a\nb"}, "claude_code_region must be a text of one line"),
        ({"memory": {"a": "b"}}, "claude_code_memory must be a text"),
        ({"settings": "model=x"}, "claude_code_settings must be a dictionary"),
        ({"plugins": "a@b"}, "claude_code_plugins must be a list of texts"),
        ({"plugins": ["formatter"]}, "claude_code_plugins has 'formatter': write each as plugin@marketplace"),
        ({"plugins": ["--help@x"]}, "claude_code_plugins has '--help@x'"),
        ({"marketplaces": {"a b": "acme/x"}}, "claude_code_marketplaces has 'a b', which is no marketplace's name"),
        ({"marketplaces": {"acme": "--scope"}}, "claude_code_marketplaces.acme must be an address, a path, or"),
        (
            {"google_credentials": f"/etc/{HIDDEN}"},
            "claude_code_google_credentials is no JSON object: set it to the whole",
        ),
        ({"environment": {"A-B": "x"}}, "claude_code_environment has 'A-B', which is no variable's name"),
        ({"environment": {"1A": ""}}, "claude_code_environment has '1A', which is no variable's name"),
        ({"environment": {"A": "two\nlines"}}, "claude_code_environment.A must be a text of one line"),
        ({"environment": {"A": None}}, "claude_code_environment.A must be a text of one line"),
        (
            {"environment": {"ANTHROPIC_API_KEY": HIDDEN}},
            "claude_code_environment has ANTHROPIC_API_KEY: set claude_code_api_key in its place",
        ),
        ({"secrets": {"A": f"{HIDDEN}\n"}}, "claude_code_secrets.A is refused: it holds a space, a line break"),
        ({"secrets": {"A": {"b": HIDDEN}}}, "claude_code_secrets.A is refused: "),
        ({"secrets": {"A": ""}}, "claude_code_secrets.A is empty: set it, or leave it out"),
        ({"secrets": {"../A": HIDDEN}}, "claude_code_secrets has '../A', which is no variable's name"),
        (
            {"secrets": {"CLAUDE_CODE_OAUTH_TOKEN": HIDDEN}},
            "claude_code_secrets has CLAUDE_CODE_OAUTH_TOKEN: set claude_code_oauth",
        ),
        (
            {"secrets": {"GOOGLE_CREDENTIALS": HIDDEN}},
            "claude_code_secrets has GOOGLE_CREDENTIALS: set claude_code_google",
        ),
        (
            {"environment": {"A": "x"}, "secrets": {"A": HIDDEN}},
            "claude_code_environment and claude_code_secrets both have A: leave it out of one of them",
        ),
        ({"mcp_servers": {"a.b": WEB}}, "claude_code_mcp_servers has 'a.b', which is no server's name"),
        ({"mcp_servers": {"a": "npx a"}}, "claude_code_mcp_servers.a must be a dictionary such as {type: http"),
        ({"mcp_servers": {"a": {"type": "tcp"}}}, "claude_code_mcp_servers.a.type is 'tcp': set it to stdio, http"),
        ({"mcp_servers": {"a": {}}}, "claude_code_mcp_servers.a is of the type stdio, which needs command: set it"),
        ({"mcp_servers": {"a": {"type": "sse"}}}, "claude_code_mcp_servers.a is of the type sse, which needs url"),
        (
            {"mcp_servers": {"a": {"url": "https://x"}}},
            "claude_code_mcp_servers.a has a url and no type: add type: http",
        ),
        (
            {"mcp_servers": {"a": {"command": ["npx", "a"]}}},
            "claude_code_mcp_servers.a is of the type stdio, which needs",
        ),
        (
            {"mcp_servers": {"a": {"command": "a", "args": "-x"}}},
            "claude_code_mcp_servers.a.args must be a list of texts",
        ),
        (
            {"mcp_servers": {"a": {"command": "a", "env": {"PORT": 1}}}},
            "claude_code_mcp_servers.a.env must have a text for each name: write numbers and the like in quotes",
        ),
        (
            {"mcp_servers": {"a": {**WEB, "headers": ["b: c"]}}},
            "claude_code_mcp_servers.a.headers must have a text for",
        ),
    ],
)
def test_what_is_wrong_with_claude_code_is_told_by_its_variable(own: dict[str, Any], problem: str) -> None:
    (told,) = problems("claude_code", **own)
    assert told.startswith(f"pod: {problem}")
    assert HIDDEN not in told


@pytest.mark.parametrize(
    "own",
    [
        {},
        {"oauth_token": None, "settings": None, "plugins": None},
        {"oauth_token": HIDDEN, "settings": {"model": "opus"}, "memory": "Be brief.\nAlways.", "model": "opus"},
        {"provider": "bedrock", "region": "eu-west-1", "secrets": {"AWS_BEARER_TOKEN_BEDROCK": HIDDEN}},
        {"provider": "bedrock", "environment": {"AWS_REGION": "eu-west-1"}},
        {"provider": "vertex", "region": "global", "vertex_project": "p", "google_credentials": '{"type": "x"}\n'},
        {"provider": "vertex", "environment": {"CLOUD_ML_REGION": "x", "ANTHROPIC_VERTEX_PROJECT_ID": "p"}},
        {"base_url": "http://10.0.0.1:4000", "environment": {"A": 1, "B": True, "C": ""}},
        {"marketplaces": {"acme-tools": "acme/claude-plugins", "b": "/srv/b"}, "plugins": ["formatter@acme-tools"]},
        {"mcp_servers": {"a": {"command": "npx", "args": ["-y", 1], "env": {"A": "${B}"}}, "b": WEB}},
        {"mcp_servers": {"a": {"type": "sse", "url": "${URL}", "headers": {"A": "b"}, "timeout": 5}}},
    ],
)
def test_what_is_right_with_claude_code_is_no_problem(own: dict[str, Any]) -> None:
    assert problems("claude_code", **own) == []


# --- the person ---


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"git_sign": "sometimes"}, "identity_git_sign is 'sometimes': set it to true or false"),
        ({"git_signing_format": "x509"}, "identity_git_signing_format is 'x509': set it to openpgp or ssh"),
        ({"git_name": "a\nb"}, "identity_git_name must be a text of one line"),
        ({"git_config": {"rebase": "true"}}, "identity_git_config has 'rebase', which git takes for no setting"),
        ({"git_config": {"a b.c": "true"}}, "identity_git_config has 'a b.c', which git takes for no setting"),
        ({"git_config": {"pull.2": "true"}}, "identity_git_config has 'pull.2', which git takes for no setting"),
        ({"git_config": {"user": {"name": "a"}}}, "identity_git_config has 'user'"),
        ({"git_config": {"a.b": ["c"]}}, "identity_git_config.a.b must be one text"),
        (
            {"ssh_key": HIDDEN},
            "identity_ssh_key is refused: it is no such key; set it to one private SSH key without pass",
        ),
        (
            {"gpg_key": f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n{HIDDEN}"},
            "identity_gpg_key is no private GPG key: set it",
        ),
        ({"github_token": "ghp 1234567"}, "identity_github_token is refused: it holds a space"),
        (
            {"github_host": "https://github.example.org"},
            "identity_github_host is 'https://github.example.org': set it to",
        ),
        ({"known_hosts": "a ssh-rsa AAAA"}, "identity_known_hosts must be a list of texts"),
        (
            {"known_hosts": ["a ssh-rsa AAAA", "b AAAA"]},
            "identity_known_hosts has a line that is no host key: write it",
        ),
    ],
)
def test_what_is_wrong_with_the_person_is_told_by_its_variable(own: dict[str, Any], problem: str) -> None:
    told = problems("identity", **own)[0]
    assert told.startswith(f"pod: {problem}")
    assert HIDDEN not in told


@pytest.mark.parametrize(
    "own",
    [
        {},
        {"git_name": "Ada", "git_sign": "yes", "git_signing_format": "ssh", "github_host": "github.example.org:8443"},
        {"git_config": {"pull.rebase": True, "url.git@Host:.insteadOf": "https://Host/", "core.abbrev": 12}},
        {"github_token": HIDDEN, "known_hosts": ["# one\na ssh-rsa AAAA\n\nb ssh-ed25519 AAAA x@y\n"]},
    ],
)
def test_what_is_right_with_the_person_is_no_problem(own: dict[str, Any]) -> None:
    assert problems("identity", **own) == []


@pytest.mark.parametrize(("phrase", "taken"), [("", True), ("a pass phrase", False)])
def test_an_ssh_key_opens_without_a_pass_phrase(tmp_path: Path, phrase: str, taken: bool) -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", str(tmp_path / "key")]
    subprocess.run(command, check=True)
    key = (tmp_path / "key").read_text()
    assert (problems("identity", ssh_key=key) == []) is taken


# --- several workstations ---


def test_every_workstation_is_checked_with_its_own_settings_over_those_of_all() -> None:
    workstations = [
        {"name": "a"},
        {"name": "b", "claude_code_region": "eu-west-1"},
        {"name": "c", "claude_code_provider": "anthropic"},
        {"name": "d", "claude_code_provider": "bedrok", "claude_code_model": None},
    ]
    told = FILTERS.claude_code_problems(workstations, {"claude_code_provider": "bedrock", "claude_code_model": "x"})
    assert [one.split(",")[0] for one in told] == [
        "a: claude_code_provider is bedrock",
        "d: claude_code_provider is 'bedrok': set it to anthropic",
    ]


def test_lines_of_known_hosts_come_one_by_one() -> None:
    settings = FILTERS.home_settings({"identity_known_hosts": ["a b c\nd e f\n", "g h i"]}, "identity", {})
    assert FILTERS.identity_wanted(settings)["known_hosts"] == ["a b c", "d e f", "g h i"]


def test_documents_hold_no_secret() -> None:
    names = ("oauth_token", "api_key", "google_credentials")
    own: dict[str, Any] = {f"claude_code_{name}": HIDDEN for name in names} | {"claude_code_secrets": {"A": HIDDEN}}
    own |= {f"identity_{name}": HIDDEN for name in ("ssh_key", "gpg_key", "github_token")}
    for role in ("claude_code", "identity"):
        wanted = getattr(FILTERS, f"{role}_wanted")(FILTERS.home_settings(own, role, {}))
        assert wanted["secrets"]
        assert HIDDEN not in json.dumps(wanted)
