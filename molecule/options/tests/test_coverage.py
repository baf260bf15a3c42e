"""This scenario sets every variable of the roles that it is about, or says where else that is shown."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from e2e.machine import ROOT
from hosts.scenario import Scenario

ELSEWHERE = {
    "api_rotate": "set by playbooks/rotate_secrets.yml, tests/e2e/test_operations.py",
    "image_claude_code_version": "scenario upgrade",
    "image_rebuild": "scenario upgrade",
    "image_tailscale_repository": "scenario tailnet",
    "sysbox_mirror": "scenario default, and of no use without Sysbox",
    "sysbox_release": "scenario default, and of no use without Sysbox",
    "sysbox_required": "contradicts sysbox_state=absent; tests of the role sysbox",
    "workstation": "set by the playbook",
    "workstation_changed_folders": "set by roles",
    "workstation_list": "set by the preflight",
    "workstation_remove_volumes": "set by the last test",
    "workstation_rotate": "set by playbooks/rotate_secrets.yml, tests/e2e/test_operations.py",
}


def given(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario's variables."""
    described = yaml.safe_load((ROOT / "molecule/options/molecule.yml").read_text())
    served = yaml.safe_load((scenario.folder / "inventory/repository.yml").read_text())
    return {**described["provisioner"]["inventory"]["group_vars"]["all"], **served["all"]["vars"]}


@pytest.mark.parametrize("role", ["api", "docker_host", "image", "sysbox", "workstation"])
def test_every_variable_is_set_here_or_shown_elsewhere(scenario: Scenario, role: str) -> None:
    specs = yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text())["argument_specs"]
    known = {name for entry in specs.values() for name in entry["options"]}
    assert known - set(given(scenario)) - set(ELSEWHERE) == set()


@pytest.mark.parametrize("role", ["api", "docker_host", "image", "sysbox", "workstation"])
def test_none_of_them_is_set_to_its_default(scenario: Scenario, role: str) -> None:
    defaults = yaml.safe_load((ROOT / f"roles/{role}/defaults/main.yml").read_text())
    # These two belong to each workstation as well, where the first one has the other value.
    both = {"workstation_authorized_keys", "workstation_ssh_password_login"}
    same = {name for name, value in given(scenario).items() if name in defaults and defaults[name] == value}
    assert same <= both
