"""From the inventory's variables to the environment that `claude` gets in a workstation, by every program on the way.

In the place of Claude Code is a STAND-IN that prints its environment.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
import stat
import subprocess
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest

from unit.home.person import LIBRARY

FILTERS = importlib.import_module("filter.home")
ROOTFS = LIBRARY.parents[2]
KEY_FILE = json.dumps({"type": "service_account", "project_id": "acme", "private_key": "-----BEGIN\nabc\n-----END\n"})
ODD = 'it\'s $HOME $(touch oops) `x` "y" \\z'
Environment = dict[str, str]
Received = Callable[..., Environment]


@pytest.fixture
def received(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Received:
    """Have the workstation set up for variables of the inventory, and return what `claude` gets from a caller."""
    loader = SourceFileLoader("apply_home", str(LIBRARY / "apply-home"))
    program = importlib.util.module_from_spec(importlib.util.spec_from_loader("apply_home", loader))  # type: ignore[arg-type]
    loader.exec_module(program)
    monkeypatch.setattr(program, "VARIABLES", tmp_path / "variables")
    monkeypatch.setattr(shutil, "chown", lambda *_: None)  # the image's user is not on this machine
    # The image's own scripts, with the test's folders in the place of the image's.
    places = {
        "/run/workstation/variables": str(tmp_path / "variables"),
        "/usr/lib/hatchpod/variables": str(tmp_path / "functions"),
        "/opt/hatchpod/lib/claude": str(tmp_path / "claude"),
    }
    for name, path in {"functions": LIBRARY / "variables", "command": ROOTFS / "opt/hatchpod/bin/claude"}.items():
        text = path.read_text()
        for old, new in places.items():
            text = text.replace(old, new)
        (tmp_path / name).write_text(text)
    (tmp_path / "claude").write_text("#!/bin/sh\nexec env -0\n")
    (tmp_path / "claude").chmod(0o755)

    def claude(caller: Environment | None = None, **own: Any) -> Environment:
        workstation = {f"claude_code_{name}": value for name, value in own.items()}
        assert FILTERS.claude_code_problems([{"name": "pod", **workstation}], {}) == []
        settings = FILTERS.home_settings(workstation, "claude_code", {})
        wanted = FILTERS.claude_code_wanted(settings)
        # What the module `secret` keeps under these names.
        named = {
            "CLAUDE_CODE_OAUTH_TOKEN": settings["oauth_token"],
            "ANTHROPIC_API_KEY": settings["api_key"],
            "GOOGLE_CREDENTIALS": settings["google_credentials"],
            **settings["secrets"],
        }
        program.write_variables("claude_code", wanted, {name: named[name] for name in wanted["secrets"]})
        variables = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **(caller or {})}
        done = subprocess.run(
            ["/bin/sh", str(tmp_path / "command")], env=variables, capture_output=True, text=True, check=True
        )
        found = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
        return {name: value for name, value in found.items() if name not in {"PATH", "HOME", "PWD", "OLDPWD", "_"}}

    return claude


@pytest.mark.parametrize(
    ("own", "environment"),
    [
        ({}, {}),
        ({"oauth_token": "sk-ant-oat01-a"}, {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-a"}),
        ({"api_key": "sk-ant-api03-a"}, {"ANTHROPIC_API_KEY": "sk-ant-api03-a"}),
        (
            {"base_url": "https://gateway.example.org", "model": "opus", "small_model": "haiku"},
            {
                "ANTHROPIC_BASE_URL": "https://gateway.example.org",
                "ANTHROPIC_MODEL": "opus",
                "ANTHROPIC_DEFAULT_HAIKU_MODEL": "haiku",
            },
        ),
        ({"region": "eu-west-1"}, {}),  # it is of no provider
        (
            {
                "provider": "bedrock",
                "region": "eu-west-1",
                "model": "eu.anthropic.claude-opus-4-v1:0",
                "secrets": {"AWS_BEARER_TOKEN_BEDROCK": "bedrock-key/+="},
            },
            {
                "CLAUDE_CODE_USE_BEDROCK": "1",
                "AWS_REGION": "eu-west-1",
                "ANTHROPIC_MODEL": "eu.anthropic.claude-opus-4-v1:0",
                "AWS_BEARER_TOKEN_BEDROCK": "bedrock-key/+=",
            },
        ),
        (
            {"provider": "vertex", "region": "europe-west4", "vertex_project": "acme"},
            {
                "CLAUDE_CODE_USE_VERTEX": "1",
                "CLOUD_ML_REGION": "europe-west4",
                "ANTHROPIC_VERTEX_PROJECT_ID": "acme",
            },
        ),
        ({"environment": {"A": ODD, "B": 5, "C": ""}}, {"A": ODD, "B": "5", "C": ""}),
        ({"secrets": {"A": ODD.replace(" ", "")}}, {"A": ODD.replace(" ", "")}),
        ({"model": "opus", "environment": {"ANTHROPIC_MODEL": "sonnet"}}, {"ANTHROPIC_MODEL": "sonnet"}),
    ],
)
def test_claude_gets_what_the_inventory_says(received: Received, own: dict[str, Any], environment: Environment) -> None:
    assert received(**own) == environment


def test_claude_gets_google_s_key_as_a_file_of_the_user_alone(received: Received) -> None:
    wanted = {"provider": "vertex", "region": "global", "vertex_project": "acme"}
    path = Path(received(**wanted, google_credentials=KEY_FILE)["GOOGLE_APPLICATION_CREDENTIALS"])
    assert json.loads(path.read_text()) == json.loads(KEY_FILE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in received(**wanted)
    assert not path.exists()


def test_another_provider_takes_the_place_of_the_one_before(received: Received) -> None:
    received(provider="bedrock", region="eu-west-1", secrets={"AWS_BEARER_TOKEN_BEDROCK": "bedrock-key"})
    assert received(oauth_token="sk-ant-oat01-a") == {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-a"}


@pytest.mark.parametrize("login", ["CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_a_login_of_the_caller_s_own_comes_first(received: Received, login: str) -> None:
    found = received(caller={login: "mine", "B": "mine"}, api_key="sk-ant-api03-a", environment={"A": "x", "B": "x"})
    assert found == {login: "mine", "A": "x", "B": "mine"}


def test_a_login_by_browser_comes_first(received: Received, tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude/.credentials.json").write_text('{"claudeAiOauth": {}}')
    assert received(oauth_token="sk-ant-oat01-a", model="opus") == {"ANTHROPIC_MODEL": "opus"}
