"""Claude Code's files in a home that somebody uses."""

from __future__ import annotations

import os
import stat
import threading
import time
from typing import Any

import pytest

from unit.home.person import Home

SETTINGS = {"permissions": {"deny": ["Read(./.env)"]}, "env": {"FOO": "bar"}, "model": "opus"}
SERVER = {"type": "stdio", "command": "tracker", "env": {"TOKEN": "${TRACKER_TOKEN}"}}
STATE = ".local/state/hatchpod/home/claude_code.json"


def test_settings_are_merged_into_what_is_there_and_taken_back(claude: Home) -> None:
    own = {"model": "sonnet", "permissions": {"deny": ["Bash(rm:*)"], "allow": ["Edit"]}}
    claude.write(".claude/settings.json", own)
    done = claude.apply(settings=SETTINGS)
    assert done == {
        "changes": [".claude/settings.json: permissions.deny", ".claude/settings.json: env.FOO"],
        "kept": [".claude/settings.json: model"],
        "problems": [],
    }
    assert claude.json(".claude/settings.json") == {
        "model": "sonnet",
        "permissions": {"deny": ["Bash(rm:*)", "Read(./.env)"], "allow": ["Edit"]},
        "env": {"FOO": "bar"},
    }
    assert claude.apply(settings=SETTINGS)["changes"] == []
    assert claude.apply()["changes"]
    assert claude.json(".claude/settings.json") == own
    assert not (claude.path / STATE).exists()


def test_check_mode_tells_the_same_and_writes_nothing(claude: Home) -> None:
    wanted: dict[str, Any] = {"settings": SETTINGS, "mcp_servers": {"tracker": SERVER}, "memory": "Be brief."}
    before = claude.files()
    told = claude.apply(check=True, **wanted)
    assert claude.files() == before
    assert told == claude.apply(**wanted)
    assert claude.apply(check=True, **wanted)["changes"] == []


def test_mcp_servers_are_merged_one_by_one(claude: Home) -> None:
    own = {"numStartups": 7, "mcpServers": {"mine": {"command": "x"}, "shared": {"command": "y"}}}
    claude.write(".claude.json", own)
    done = claude.apply(mcp_servers={"tracker": SERVER, "shared": {"command": "z"}})
    assert done["changes"] == [".claude.json: mcpServers.tracker"]
    assert done["kept"] == [".claude.json: mcpServers.shared"]
    assert claude.json(".claude.json") == {**own, "mcpServers": {**own["mcpServers"], "tracker": SERVER}}  # type: ignore[dict-item]
    assert claude.apply(mcp_servers={"tracker": {**SERVER, "command": "t"}})["changes"]
    assert claude.json(".claude.json")["mcpServers"]["tracker"]["command"] == "t"
    claude.apply()
    assert claude.json(".claude.json") == own


def test_a_token_needs_no_answers_at_the_first_start(claude: Home) -> None:
    claude.secrets = {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-secret"}
    claude.apply(secret_variables=["CLAUDE_CODE_OAUTH_TOKEN"])
    assert claude.json(".claude.json") == {"hasCompletedOnboarding": True}
    claude.apply()
    assert claude.json(".claude.json") == {}


def test_a_key_is_one_that_claude_code_may_use(claude: Home) -> None:
    key = "sk-ant-api03-" + "0123456789" * 4
    claude.secrets = {"ANTHROPIC_API_KEY": key}
    claude.apply(secret_variables=["ANTHROPIC_API_KEY"])
    assert claude.json(".claude.json")["customApiKeyResponses"] == {"approved": [key[-20:]]}
    assert all(key.encode() not in content for content in claude.files().values())


@pytest.mark.parametrize("cloud", ["BEDROCK", "VERTEX"])
def test_another_cloud_needs_no_login(claude: Home, cloud: str) -> None:
    claude.apply(environment={f"CLAUDE_CODE_USE_{cloud}": "1"})
    assert claude.json(".claude.json") == {"hasCompletedOnboarding": True}


@pytest.mark.parametrize("own", ["", "# Mine\n", "# Mine\n\nNo newline at the end"])
def test_memory_has_a_part_of_its_own(claude: Home, own: str) -> None:
    claude.write(".claude/CLAUDE.md", own)
    claude.apply(memory="Answer in French.\n")
    text = (claude.path / ".claude/CLAUDE.md").read_text()
    assert text.startswith(own.rstrip())
    assert "Answer in French." in text
    claude.write(".claude/CLAUDE.md", f"{text}\nBelow\n")
    claude.apply(memory="Answer in German.")
    text = (claude.path / ".claude/CLAUDE.md").read_text()
    assert "French" not in text
    assert "German" in text
    assert text.endswith("Below\n")
    claude.apply()
    rest = (claude.path / ".claude/CLAUDE.md").read_text()
    assert rest.split() == [*own.split(), "Below"]


def test_memory_that_was_edited_or_removed_stays_so(claude: Home) -> None:
    claude.apply(memory="One")
    path = claude.path / ".claude/CLAUDE.md"
    path.write_text(path.read_text().replace("One", "Mine"))
    assert claude.apply(memory="Two")["kept"] == [".claude/CLAUDE.md"]
    assert "Mine" in path.read_text()
    path.write_text("Nothing\n")
    assert claude.apply(memory="Three")["kept"] == [".claude/CLAUDE.md"]
    assert path.read_text() == "Nothing\n"


def test_a_file_that_is_broken_stays_and_is_told_and_others_go_on(claude: Home) -> None:
    claude.write(".claude/settings.json", "{broken")
    done = claude.apply(settings=SETTINGS, memory="Be brief.")
    (problem,) = done["problems"]
    assert "settings.json is not valid JSON" in problem
    assert "Repair it by hand" in problem
    assert (claude.path / ".claude/settings.json").read_text() == "{broken"
    assert "Be brief." in (claude.path / ".claude/CLAUDE.md").read_text()
    claude.write(".claude/settings.json", "")
    assert claude.apply(settings=SETTINGS, memory="Be brief.")["problems"] == []
    assert claude.json(".claude/settings.json") == SETTINGS


@pytest.mark.parametrize("content", ["[]", '"text"', "\0\xff"])
def test_what_is_no_object_stays(claude: Home, content: str) -> None:
    claude.write(".claude.json", content)
    assert claude.apply(mcp_servers={"tracker": SERVER})["problems"]
    assert (claude.path / ".claude.json").read_text() == content


def test_links_and_modes_stay(claude: Home) -> None:
    claude.write("dotfiles/settings.json", {})
    (claude.path / "dotfiles/settings.json").chmod(0o640)
    (claude.path / ".claude").mkdir()
    (claude.path / ".claude/settings.json").symlink_to("../dotfiles/settings.json")
    claude.apply(settings=SETTINGS, mcp_servers={"tracker": SERVER})
    assert (claude.path / ".claude/settings.json").is_symlink()
    assert claude.json("dotfiles/settings.json") == SETTINGS
    assert stat.S_IMODE((claude.path / "dotfiles/settings.json").stat().st_mode) == 0o640
    for name in (".claude.json", STATE):
        assert stat.S_IMODE((claude.path / name).stat().st_mode) == 0o600


def test_claude_code_s_own_lock_is_waited_for(claude: Home) -> None:
    lock = claude.path / ".claude.json.lock"
    lock.mkdir()
    claude.write(".claude.json", {"numStartups": 1})

    def write_and_release() -> None:
        time.sleep(0.3)
        claude.write(".claude.json", {"numStartups": 2})
        lock.rmdir()

    other = threading.Thread(target=write_and_release)
    other.start()
    claude.apply(mcp_servers={"tracker": SERVER})
    other.join()
    assert claude.json(".claude.json") == {"numStartups": 2, "mcpServers": {"tracker": SERVER}}
    assert not lock.exists()


def test_a_lock_that_somebody_left_behind_is_taken(claude: Home) -> None:
    lock = claude.path / ".claude.json.lock"
    lock.mkdir()
    os.utime(lock, (time.time() - 60,) * 2)
    assert claude.apply(mcp_servers={"tracker": SERVER})["problems"] == []


def test_a_run_that_was_killed_knows_what_it_had_set(claude: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    programs = tmp_path_factory.mktemp("programs")
    (programs / "claude").write_text(f"#!/bin/sh\ntouch {programs}/asked\nexec sleep 60\n")  # a STAND-IN that waits
    (programs / "claude").chmod(0o755)
    wanted = {"settings": SETTINGS, "mcp_servers": {"tracker": SERVER}, "memory": "Be brief.", "plugins": ["a@b"]}
    claude.apply_until(programs / "asked", programs, **wanted)
    assert claude.json(".claude/settings.json") == SETTINGS
    assert claude.apply()["problems"] == []
    assert {name: content for name, content in claude.files().items() if content not in {b"", b"{}\n"}} == {}


def test_nothing_wanted_leaves_no_trace(claude: Home) -> None:
    assert claude.apply() == {"changes": [], "kept": [], "problems": []}
    assert claude.files() == {}
