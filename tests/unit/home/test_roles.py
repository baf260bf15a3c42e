"""The roles `claude_code` and `identity` alone: what reaches their modules, which are STAND-INS that note it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
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


def play(folder: Path, *arguments: str, **variables: Any) -> list[dict[str, Any]]:
    """Run both roles on a workstation that was configured before; return what their modules got."""
    calls = folder / "calls"
    for name in ("secret", "workstation_home"):
        (folder / f"{name}.py").write_text(MODULE.format(calls=str(calls), name=name))
    roles = [{"ansible.builtin.import_role": {"name": name}} for name in ("claude_code", "identity")]
    known = {"workstation": {"name": "pod"}, "__workstation_host": {"configured": {"pod": ["claude_code", "identity"]}}}
    plays = [{"hosts": "localhost", "gather_facts": False, "vars": {**known, **variables}, "tasks": roles}]
    (folder / "play.yml").write_text(yaml.safe_dump(plays))
    environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_LIBRARY": str(folder), "ANSIBLE_NOCOLOR": "1"}
    command = [str(PROGRAM), "--inventory", "localhost,", "--connection", "local", str(folder / "play.yml"), *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in calls.read_text().splitlines()]


@pytest.mark.parametrize("role", ["claude_code", "identity"])
def test_a_role_works_where_tags_leave_the_others_out(tmp_path: Path, role: str) -> None:
    secret, home = play(tmp_path, "--tags", role)
    assert secret["directory"] == f"/etc/hatchpod/pod/container/{role}/secrets"
    assert (home["part"], home["running"]) == (role, True)
