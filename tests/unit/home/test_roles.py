"""The roles `claude_code` and `identity` alone: what reaches their modules, which are STAND-INS that note it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parents[3]
ROLES = ("claude_code", "identity")
PROGRAM = Path(sys.executable).with_name("ansible-playbook")
# They take any arguments, and append what they got to a file.
MODULE = """#!/usr/bin/python3
import json, sys
given = json.loads(open(sys.argv[1]).read()) # WANT_JSON
own = {{key: value for key, value in given.items() if key[0] != "_"}}
with open({calls!r}, "a") as file:
    file.write(json.dumps({{"module": {name!r}, **own}}) + "\\n")
print(json.dumps({{"changed": False}}))
"""


class Played(NamedTuple):
    """A play's end, and what the modules got."""

    code: int
    output: str
    calls: list[dict[str, Any]]


def play(folder: Path, *arguments: str, entry: str = "main", **variables: Any) -> Played:
    """Run both roles on a workstation that was configured before."""
    calls = folder / "calls"
    for name in ("secret", "workstation_home"):
        (folder / f"{name}.py").write_text(MODULE.format(calls=str(calls), name=name))
    roles = [{"ansible.builtin.import_role": {"name": name, "tasks_from": entry}} for name in ROLES]
    known: dict[str, Any] = {"workstation": {"name": "pod"}, "workstation_list": ["{{ workstation }}"]}
    known["__workstation_host"] = {"configured": {"pod": [*ROLES]}}
    plays = [{"hosts": "localhost", "gather_facts": False, "vars": {**known, **variables}, "tasks": roles}]
    (folder / "play.yml").write_text(yaml.safe_dump(plays))
    environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_LIBRARY": str(folder), "ANSIBLE_NOCOLOR": "1"}
    command = [str(PROGRAM), "--inventory", "localhost,", "--connection", "local", str(folder / "play.yml"), *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )
    found = calls.read_text().splitlines() if calls.exists() else []
    return Played(done.returncode, done.stdout + done.stderr, [json.loads(line) for line in found])


@pytest.mark.parametrize("role", ROLES)
def test_a_role_works_where_tags_leave_the_others_out(tmp_path: Path, role: str) -> None:
    done = play(tmp_path, "--tags", role)
    assert done.code == 0, done.output
    secret, home = done.calls
    assert secret["directory"] == f"/etc/hatchpod/pod/container/{role}/secrets"
    assert (home["part"], home["running"]) == (role, True)


@pytest.mark.parametrize("playbook", ["site", "upgrade"])
def test_both_are_checked_before_anything_changes(playbook: str) -> None:
    (one,) = yaml.safe_load((ROOT / f"playbooks/{playbook}.yml").read_text())
    checks = yaml.safe_load((ROOT / "playbooks" / one["tasks"][0]["ansible.builtin.import_tasks"]).read_text())
    imported = [check["ansible.builtin.import_role"] for check in checks if "ansible.builtin.import_role" in check]
    assert all({"name": role, "tasks_from": "preflight"} in imported for role in ROLES)


def test_what_is_wrong_in_one_workstation_s_entry_ends_the_run_with_the_fix(tmp_path: Path) -> None:
    workstations = [{"name": "a"}, {"name": "b", "claude_code_provider": "bedrok", "claude_code_api_key": "hunter2"}]
    done = play(tmp_path, "--tags", "no_such_tag", "-vvvv", entry="preflight", workstation_list=workstations)
    assert done.code != 0
    assert "Nothing was changed. b: claude_code_provider is 'bedrok': set it to anthropic, bedrock or" in done.output
    assert "hunter2" not in done.output
    assert done.calls == []


def test_variables_of_all_and_of_the_workstation_reach_the_modules(tmp_path: Path) -> None:
    workstation = {"name": "pod", "claude_code_settings": {"model": "{{ mine }}"}, "identity_git_name": "{{ mine }}"}
    variables: dict[str, Any] = {
        "theirs": "of-all-of-them",
        "mine": "of-this-one",
        "claude_code_settings": {"model": "{{ theirs }}"},
        "claude_code_environment": {"A": "{{ theirs }}"},
        "claude_code_secrets": {"B": "{{ theirs }}"},
        "claude_code_api_key": "{{ theirs }}",
        "claude_code_google_credentials": '{"type": "service_account"}',
        "identity_git_config": {"core.editor": "{{ theirs }}"},
        "identity_github_token": "{{ theirs }}",
        "identity_github_host": "github.example.org",
    }
    done = play(tmp_path, workstation=workstation, **variables)
    assert done.code == 0, done.output
    kept, claude, keys, person = done.calls
    values = {one["name"]: one["value"] for call in (kept, keys) for one in call["secrets"] if one.get("value")}
    assert values == {
        "ANTHROPIC_API_KEY": "of-all-of-them",
        "B": "of-all-of-them",
        "GH_ENTERPRISE_TOKEN": "of-all-of-them",
        "GOOGLE_CREDENTIALS": '{"type": "service_account"}',
    }
    assert {one["name"] for one in kept["secrets"] if one.get("state") == "absent"} == {"CLAUDE_CODE_OAUTH_TOKEN"}
    assert claude["wanted"]["environment"] == {"A": "of-all-of-them"}
    assert claude["wanted"]["settings"] == {"model": "of-this-one"}
    assert claude["wanted"]["secrets"] == ["ANTHROPIC_API_KEY", "B", "GOOGLE_CREDENTIALS"]
    assert person["wanted"]["git"] == {"user.name": "of-this-one", "core.editor": "of-all-of-them"}
    assert person["wanted"]["environment"] == {"GH_HOST": "github.example.org"}


@pytest.mark.parametrize("role", ROLES)
def test_every_variable_of_a_role_is_passed_on(role: str) -> None:
    names = yaml.safe_load((ROOT / f"roles/{role}/defaults/main.yml").read_text())
    passed = yaml.safe_load((ROOT / f"roles/{role}/vars/main.yml").read_text())[f"_{role}_common"]
    assert passed == {name: f"{{{{ {name} }}}}" for name in names}
