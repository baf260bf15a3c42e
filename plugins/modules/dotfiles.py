#!/usr/bin/python
"""Ansible's entry to `dotfiles` in a workstation, which does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: dotfiles
short_description: The dotfiles of the person who works in a workstation are installed
description:
  - Has the workstation clone a repository to C(~/dotfiles), as the user, and run the first executable one of
    C(install.sh), C(setup.sh) and C(bootstrap.sh), else C(make) where there is a C(Makefile).
  - Goes on with what failed or was interrupted before. What is installed stays as it is, unless O(settings) says to
    bring it up to date.
  - Never overwrites what people changed in C(~/dotfiles). That, and a failure, is told as RV(reason) and stays in the
    workstation's status. It does not fail the task.
author: Hatchpod
options:
  workstation:
    description: Name of the workstation, which is its container's as well.
    type: str
    required: true
  settings:
    description:
      - The settings by their names in the container's environment, C(DOTFILES_REPO), C(DOTFILES_BRANCH),
        C(DOTFILES_UPDATE), C(DOTFILES_TIMEOUT) and C(DOTFILES_KNOWN_HOSTS). What is left out is not set.
      - What opens the repository is read from the workstation's configuration.
    type: dict
    required: true
  running:
    description: Whether the container can be asked. Otherwise the dotfiles are installed when it starts.
    type: bool
    default: true
attributes:
  check_mode:
    support: full
    description: Asks the repository whether it moved on, where O(settings) says so. Only the script's end is not known.
  diff_mode:
    support: full
    description: Shows the commit, and whether it is installed.
  idempotent:
    support: full
    description: A script that failed runs again.
"""

EXAMPLES = r"""
- name: Dotfiles are installed
  dotfiles:
    workstation: hatchpod
    settings:
      DOTFILES_REPO: https://git.example.org/me/dotfiles.git
      DOTFILES_UPDATE: "1"
"""

RETURN = r"""
state:
  description:
    - V(installed); V(stale), which is installed and not up to date; V(failed); V(refused), where something else is in
      C(~/dotfiles) or a setting is wrong; V(unknown) where the workstation cannot be asked yet.
  type: str
  returned: success
reason:
  description: Why it is not V(installed), and what to do. Otherwise empty, or a hint.
  type: str
  returned: success
script:
  description: What installed it, empty where the repository brings nothing for that.
  type: str
  returned: success
  sample: install.sh
output:
  description: The last lines that a failed script printed.
  type: list
  elements: str
  returned: success
log:
  description: File in the workstation that holds what the script printed.
  type: str
  returned: success
commit:
  description: The commit that is checked out.
  type: str
  returned: success
"""

import json
from typing import Any

from ansible.module_utils.basic import AnsibleModule

PROGRAM = "/usr/lib/hatchpod/dotfiles"
NAMES = ("DOTFILES_REPO", "DOTFILES_BRANCH", "DOTFILES_UPDATE", "DOTFILES_TIMEOUT", "DOTFILES_KNOWN_HOSTS")
TOLD = ("state", "reason", "script", "output", "log", "commit")
# A container that check mode finds may be missing or have an older image: the run itself makes it.
NOT_YET: dict[str, Any] = {
    **dict.fromkeys(TOLD, ""),
    "state": "unknown",
    "output": [],
    "changed": True,
    "before": {"commit": None, "installed": False},
    "after": {"commit": "the newest", "installed": True},
}


def apply(module: AnsibleModule, workstation: str, settings: dict[str, str]) -> dict[str, Any]:
    """Have the program work in the container; return its report."""
    command = ["docker", "exec", workstation, PROGRAM, "--json", "--settings", json.dumps(settings)]
    if module.check_mode:
        command.append("--check")
    code, out, err = module.run_command(command)
    try:
        report: dict[str, Any] = json.loads(out)
    except ValueError:
        if module.check_mode:
            return NOT_YET
        said = " ".join((err.strip() or out.strip() or f"exit code {code}").splitlines()[-3:])[:1000]
        module.fail_json(msg=f"The dotfiles of {workstation} could not be seen to: {said}")
    return report


def shown(state: dict[str, Any] | None) -> str:
    """Return a side of the diff."""
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in (state or {}).items())


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "workstation": {"type": "str", "required": True},
            "settings": {"type": "dict", "required": True},
            "running": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    given = {str(name): str(value) for name, value in module.params["settings"].items()}
    if unknown := sorted(set(given) - set(NAMES)):
        module.fail_json(msg=f"settings: {', '.join(unknown)}: there are only {', '.join(NAMES)}. Nothing was changed.")
    settings = {**dict.fromkeys(NAMES, ""), **given}  # an empty one comes before what was configured earlier
    workstation = module.params["workstation"]
    report = apply(module, workstation, settings) if module.params["running"] else NOT_YET
    if report["state"] in {"failed", "refused", "stale"}:
        module.warn("\n".join([f"Dotfiles of {workstation}: {report['reason']}", *report["output"]]))
    module.exit_json(
        changed=report["changed"],
        **{name: report[name] for name in TOLD},
        diff={
            "before_header": f"{workstation}: ~/dotfiles",
            "before": shown(report["before"]),
            "after_header": f"{workstation}: ~/dotfiles",
            "after": shown(report["after"]),
        },
    )


if __name__ == "__main__":
    main()
