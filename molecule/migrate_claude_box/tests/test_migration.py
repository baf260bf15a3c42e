"""From claude-box to a workstation. The tests build on each other."""

from __future__ import annotations

import json

import pytest

from hosts.claude_box import HOST, REMEMBER, VOLUME, OldBox
from hosts.scenario import Scenario, recap
from hosts.visitor import Visitor

PLAYBOOK = "playbooks/migrate_claude_box.yml"
HOST_KEYS = "cat /home/hatchpod/.hatchpod/ssh/*.pub"


def refused(scenario: Scenario, *arguments: str) -> str:
    """Run the migration, which must fail; return what it said, in one line."""
    done = scenario.play(PLAYBOOK, *arguments, check=False)
    assert done.returncode != 0
    return " ".join((done.stdout + done.stderr).split())


def inside(scenario: Scenario, command: str, *options: str, name: str = "hatchpod") -> str:
    """Run a command as a workstation's user, in a login shell."""
    argv = ["docker", "exec", "--user", "hatchpod", *options, name, "bash", "-lc", command]
    return scenario.on(HOST, *argv)


def test_what_cannot_be_migrated_is_refused(scenario: Scenario, box: OldBox) -> None:
    assert f"{VOLUME} is used by a running container: docker stop claude-box." in refused(scenario)
    scenario.on(HOST, "docker", "rm", "--force", "claude-box")
    said = refused(scenario, "--extra-vars", "migrate_volume=other")
    assert f"{HOST} has no volume other" in said
    assert "Nothing was changed" in said


def test_a_home_that_somebody_uses_is_refused(scenario: Scenario, box: OldBox) -> None:
    inside(scenario, "echo mine > ~/workspace/notes", name="later")
    said = refused(scenario, "--extra-vars", "only_workstation=later")
    assert "in use already, and files in it would be lost: workspace/notes" in said
    assert inside(scenario, "cat ~/workspace/notes", name="later") == "mine"


@pytest.fixture(scope="module")
def old(box: OldBox) -> str:
    """Everything in the old volume before its migration."""
    return box.listing()


def test_check_mode_tells_what_would_change(scenario: Scenario, box: OldBox, old: str) -> None:
    done = scenario.play(PLAYBOOK, "--check", "--diff", "--extra-vars", "only_workstation=hatchpod")
    assert "+.claude/projects/-home-hatchpod-shop" in done.stdout
    assert ".claude.json" in done.stdout
    assert "left as they are, though they name the old home: .bashrc, .gitconfig, .npmrc" in done.stdout
    assert "PRIVATE KEY" not in done.stdout
    assert recap(done.stdout)[HOST]["changed"] == 1
    assert inside(scenario, "ls -A ~/.claude/projects 2>/dev/null | wc -l") == "0"


def test_the_home_moves_into_a_running_workstation(scenario: Scenario, box: OldBox, old: str) -> None:
    keys = scenario.on(HOST, "docker", "exec", "hatchpod", "sh", "-c", HOST_KEYS)
    assert "DEPRECATED" in scenario.play(PLAYBOOK).stdout
    assert box.listing() == old
    assert scenario.on(HOST, "docker", "exec", "hatchpod", "sh", "-c", HOST_KEYS) == keys
    owners = inside(scenario, "cd && find . -path ./.hatchpod -prune -o -printf '%U:%G\\n' | sort -u")
    assert owners == "1000:1000"
    assert inside(scenario, "stat -c %a ~/.ssh ~/.ssh/id_ed25519; ~/server").split() == ["700", "600", "served"]


def test_settings_name_the_new_home(scenario: Scenario) -> None:
    settings = json.loads(inside(scenario, "cat ~/.claude.json"))
    servers = settings["projects"]["/home/hatchpod/shop"]["mcpServers"]
    assert servers["tools"]["command"] == "/home/hatchpod/.npm-global/bin/server"
    assert settings["mcpServers"]["everywhere"]["command"] == "/home/hatchpod/.npm-global/bin/server"
    assert "/home/claude" not in inside(scenario, "cat ~/.claude.json ~/.claude/settings.json")
    assert "/home/hatchpod/.npm-global/bin/server" in inside(scenario, "cd ~/shop && claude mcp get tools")


def test_claude_goes_on_with_the_conversation(scenario: Scenario, box: OldBox) -> None:
    """The command is the real one; the Messages endpoint it asks is the stand-in."""
    question = "Which colour has it?"
    output = inside(scenario, f"cd ~/shop && claude -p --continue '{question}'", *box.environment())
    assert output == "I will remember."
    asked = json.dumps(box.endpoint.asked(question)[-1]["messages"])
    assert REMEMBER in asked


def test_the_old_password_still_logs_in(
    scenario: Scenario, box: OldBox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    visitor = Visitor(scenario, HOST, tmp_path_factory.mktemp("visitor"))
    code, output = visitor.with_password("claude-box-had-this-1879", "ls ~/shop/.. ")
    assert code == 0
    assert "shop" in output.split()


def test_a_second_run_changes_nothing(scenario: Scenario, box: OldBox, old: str) -> None:
    inside(scenario, "echo new > ~/shop/new")
    done = scenario.play(PLAYBOOK)
    assert recap(done.stdout)[HOST]["changed"] == 0
    assert "nothing is left to do" in " ".join(done.stdout.split())
    assert inside(scenario, "cat ~/shop/new") == "new"
    assert box.listing() == old
    assert recap(scenario.play("playbooks/site.yml").stdout)[HOST]["changed"] == 0


def test_it_works_before_the_workstation_is_there_as_well(scenario: Scenario, box: OldBox, old: str) -> None:
    scenario.on(HOST, "docker", "rm", "--force", "later")
    scenario.on(HOST, "docker", "volume", "rm", "later_home")
    later = ("--extra-vars", "only_workstation=later")
    checked = scenario.play(PLAYBOOK, "--check", *later)
    assert "the volume later_home is made" in " ".join(checked.stdout.split())
    assert scenario.on(HOST, "docker", "volume", "ls", "--quiet", "--filter", "name=later_home") == ""
    scenario.play(PLAYBOOK, *later)
    scenario.play("playbooks/site.yml")
    assert "served" in inside(scenario, "~/server", name="later")
    assert box.listing() == old
