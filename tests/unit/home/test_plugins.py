"""Claude Code's marketplaces and plugins in a home that somebody uses; the `claude` command is the real one."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from unit.home.person import Home

STATE = ".local/state/hatchpod/home/claude_code.json"
PLUGINS = ".claude/plugins/installed_plugins.json"
MARKETPLACES = ".claude/plugins/known_marketplaces.json"


def make_marketplace(folder: Path, name: str, *plugins: str) -> str:
    """Make a marketplace with plugins that do nothing; return its source."""
    entries = [{"name": one, "source": f"./{one}", "description": "A test's"} for one in plugins]
    manifest = {"name": name, "owner": {"name": "Acme"}, "plugins": entries}
    documents = {".": ("marketplace.json", manifest)}
    documents |= {one: ("plugin.json", {"name": one, "version": "1.0.0", "description": "A test's"}) for one in plugins}
    for place, (file, content) in documents.items():
        path = folder / place / ".claude-plugin" / file
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content))
    return str(folder)


@pytest.fixture
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of the marketplace `acme-tools`, whose plugins are `formatter` and `linter`."""
    return make_marketplace(tmp_path_factory.mktemp("market"), "acme-tools", "formatter", "linter")


@pytest.fixture(autouse=True)
def real_claude(claude: Home, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """`claude` is the one of the SDK, at home in the home, and asks nobody outside."""
    spec = importlib.util.find_spec("claude_agent_sdk")
    assert spec
    assert spec.origin
    programs = tmp_path_factory.mktemp("programs")
    (programs / "claude").symlink_to(Path(spec.origin).parent / "_bundled/claude")
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setenv("HOME", str(claude.path))
    monkeypatch.setenv("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)


def plugin(*words: str) -> str:
    """Do by hand what somebody does in a terminal."""
    done = subprocess.run(["claude", "plugin", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def installed(claude: Home) -> list[str]:
    return sorted(claude.json(PLUGINS)["plugins"])


def test_plugins_come_from_their_marketplace_and_go_with_it(claude: Home, source: str) -> None:
    wanted: dict[str, Any] = {"marketplaces": {"acme-tools": source}, "plugins": ["formatter@acme-tools"]}
    changes = ["marketplaces: acme-tools", "plugins: formatter@acme-tools"]
    assert claude.apply(check=True, **wanted) == {"changes": changes, "kept": [], "problems": []}
    assert claude.files() == {}
    assert claude.apply(**wanted) == {"changes": changes, "kept": [], "problems": []}
    assert "formatter@acme-tools" in plugin("list")
    for check in (True, False):
        assert claude.apply(check=check, **wanted) == {"changes": [], "kept": [], "problems": []}

    changed = {**wanted, "plugins": ["linter@acme-tools"]}
    assert claude.apply(**changed)["changes"] == ["plugins: formatter@acme-tools", "plugins: linter@acme-tools"]
    assert installed(claude) == ["linter@acme-tools"]

    gone = ["plugins: linter@acme-tools", "marketplaces: acme-tools"]
    assert claude.apply(check=True)["changes"] == gone
    assert claude.apply() == {"changes": gone, "kept": [], "problems": []}
    assert (installed(claude), claude.json(MARKETPLACES)) == ([], {})
    assert not (claude.path / STATE).exists()


def test_those_of_one_s_own_stay(claude: Home, source: str) -> None:
    plugin("marketplace", "add", source)
    plugin("install", "formatter@acme-tools")
    wanted: dict[str, Any] = {
        "marketplaces": {"acme-tools": source},
        "plugins": ["formatter@acme-tools", "linter@acme-tools"],
    }
    assert claude.apply(**wanted)["changes"] == ["plugins: linter@acme-tools"]
    assert claude.apply()["changes"] == ["plugins: linter@acme-tools"]
    assert installed(claude) == ["formatter@acme-tools"]
    assert list(claude.json(MARKETPLACES)) == ["acme-tools"]


def test_one_that_was_removed_by_hand_stays_away(claude: Home, source: str) -> None:
    wanted: dict[str, Any] = {"marketplaces": {"acme-tools": source}, "plugins": ["formatter@acme-tools"]}
    claude.apply(**wanted)
    plugin("uninstall", "--yes", "formatter@acme-tools")
    kept = ["plugins: formatter@acme-tools (removed by hand)"]
    assert claude.apply(**wanted) == {"changes": [], "kept": kept, "problems": []}
    assert installed(claude) == []


def test_one_that_cannot_be_had_is_told_and_the_others_come(claude: Home, source: str, tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    wanted: dict[str, Any] = {
        "marketplaces": {"gone": absent, "acme-tools": source},
        "plugins": ["none@acme-tools", "linter@acme-tools"],
    }
    for changes in (["marketplaces: acme-tools", "plugins: linter@acme-tools"], []):
        done = claude.apply(**wanted)
        assert done["changes"] == changes
        first, second = done["problems"]
        assert f"`claude plugin marketplace add {absent}` failed: " in first
        assert "`claude plugin install none@acme-tools` failed: " in second
    make_marketplace(Path(absent), "gone")
    assert claude.apply(**{**wanted, "plugins": []})["changes"] == ["plugins: linter@acme-tools", "marketplaces: gone"]


def test_a_marketplace_has_its_own_name(claude: Home, source: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = make_marketplace(tmp_path_factory.mktemp("other"), "other", "x")
    done = claude.apply(marketplaces={"other": other, "acme": source})
    assert done["changes"] == ["marketplaces: other"]
    (problem,) = done["problems"]
    assert problem.startswith(f"the marketplace {source} calls itself acme-tools, not acme: use its own name in ")
    assert list(claude.json(MARKETPLACES)) == ["other"]


def test_one_that_cannot_be_removed_is_told_and_the_next_run_tries_again(claude: Home, source: str) -> None:
    wanted: dict[str, Any] = {"marketplaces": {"acme-tools": source}, "plugins": ["formatter@acme-tools"]}
    claude.apply(**wanted)
    settings = (claude.path / ".claude/settings.json").read_text()
    claude.write(".claude/settings.json", "{broken")
    done = claude.apply(**{**wanted, "plugins": []})
    (problem,) = done["problems"]
    assert "`claude plugin uninstall --yes formatter@acme-tools` failed: " in problem
    assert done["changes"] == []
    assert claude.apply()["changes"] == ["marketplaces: acme-tools"], "one failure stops no other"
    claude.write(".claude/settings.json", settings)
    assert claude.apply()["problems"] == []
    assert (installed(claude), (claude.path / STATE).exists()) == ([], False)


def test_one_that_became_a_project_s_stays(claude: Home, source: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    wanted: dict[str, Any] = {"marketplaces": {"acme-tools": source}, "plugins": ["formatter@acme-tools"]}
    claude.apply(**wanted)
    project = tmp_path_factory.mktemp("project")
    plugin("uninstall", "--yes", "formatter@acme-tools")
    command = ["claude", "plugin", "install", "--scope", "project", "formatter@acme-tools"]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    assert claude.apply(marketplaces=wanted["marketplaces"]) == {"changes": [], "kept": [], "problems": []}
    assert installed(claude) == ["formatter@acme-tools"]


def test_a_start_of_the_workstation_fetches_nothing(claude: Home, source: str) -> None:
    assert claude.apply(boot=True, marketplaces={"acme-tools": source})["changes"] == []
    assert claude.files() == {}


def test_a_workstation_without_claude_says_so(claude: Home, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    (problem,) = claude.apply(marketplaces={"acme-tools": source})["problems"]
    assert "`claude plugin marketplace add" in problem
    assert "cannot be run: No such file or directory" in problem
