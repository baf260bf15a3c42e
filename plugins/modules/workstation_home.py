#!/usr/bin/python
"""Ansible's entry to `apply-home` in a workstation, which does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: workstation_home
short_description: What the inventory says of a workstation's home is in it
description:
  - Keeps the document that says what is wanted where the workstation reads it, and has it applied there - settings of
    Claude Code, or the identity of the person who works in it.
  - What is there already is merged with, never replaced. A value that somebody changed or removed is theirs from then
    on; one that is no longer wanted goes, if it is still as it was set.
  - What cannot be applied is told as RV(problems) and in a warning, and stays in the workstation's status. It does not
    fail the task.
author: Hatchpod
attributes:
  check_mode:
    description:
      - Predicts what would change in the home. Of secrets that are not in place yet, and of a workstation that is not
        there yet, nothing is known.
    support: partial
  diff_mode:
    description: Shows what changes. Secrets are not in the document, and keys are only named.
    support: full
  idempotent:
    support: full
options:
  workstation:
    description: Name of the workstation, which is its container's as well.
    type: str
    required: true
  part:
    description: What the document is about.
    type: str
    choices: [claude_code, identity]
    required: true
  wanted:
    description:
      - The document. C(secrets) in it are the names of the files that M(secret) keeps in the folder C(secrets) of
        O(part); C(environment), C(secret_variables) and C(secret_files) become variables of the programs in question.
      - An empty one removes what was applied before, with the files of its secrets.
    type: dict
    required: true
  running:
    description: Whether the container runs. Otherwise it applies the document when it starts.
    type: bool
    default: true
  root:
    description: Folder of all workstations' configuration.
    type: path
    default: /etc/hatchpod
"""

EXAMPLES = r"""
- name: Claude Code of the workstation is as the inventory says
  workstation_home:
    workstation: hatchpod
    part: claude_code
    wanted:
      settings: {permissions: {deny: ["Read(./.env)"]}}
      secrets: [CLAUDE_CODE_OAUTH_TOKEN]
      secret_variables: [CLAUDE_CODE_OAUTH_TOKEN]
"""

RETURN = r"""
changes:
  description: What changed in the home.
  type: list
  elements: str
  returned: success
kept:
  description: What somebody changed or removed by hand, so that it stays as it is.
  type: list
  elements: str
  returned: success
problems:
  description: What could not be applied, and what to do about it.
  type: list
  elements: str
  returned: success
"""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

# A container that check mode finds may be missing or have an older image: the run itself makes it.
FIRST_START: dict[str, Any] = {"changes": [], "kept": [], "problems": []}


def write(path: Path, text: str) -> None:
    """Replace the file as a whole, with its final mode from the first byte."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def stale_secrets(folder: Path, wanted: dict[str, Any]) -> list[Path]:
    """Return the files of secrets that the document does not name any more."""
    names = wanted.get("secrets", [])
    keep = {*names, *(f"{name}.pub" for name in names)}
    present = sorted((folder / "secrets").glob("[!.]*"))
    return [path for path in present if path.name not in keep]


def apply(module: AnsibleModule, text: str) -> dict[str, Any]:
    """Have the document applied in the container and return what became of it."""
    command = ["docker", "exec", "--interactive", module.params["workstation"]]
    command += ["/usr/lib/hatchpod/apply-home", module.params["part"], "--stdin"]
    if module.check_mode:
        command.append("--check")
    code, out, err = module.run_command(command, data=text)
    try:
        answer: dict[str, Any] = json.loads(out) if code == 0 else {}
    except ValueError:
        answer = {}
    if "changes" in answer:
        return answer
    if module.check_mode:
        return FIRST_START
    said = " ".join((err.strip() or out.strip() or f"exit code {code}").splitlines()[-1:])[:500]
    return {**FIRST_START, "problems": [f"the workstation did not apply it: {said}. See its log, then run this again"]}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "workstation": {"type": "str", "required": True},
            "part": {"type": "str", "choices": ["claude_code", "identity"], "required": True},
            "wanted": {"type": "dict", "required": True},
            "running": {"type": "bool", "default": True},
            "root": {"type": "path", "default": "/etc/hatchpod"},
        },
        supports_check_mode=True,
    )
    wanted = {key: value for key, value in module.params["wanted"].items() if value}
    folder = Path(module.params["root"], module.params["workstation"], "container", module.params["part"])
    document = folder / "WANTED.json"
    text = json.dumps(wanted, indent=2, sort_keys=True) + "\n"
    before = document.read_text() if document.exists() else ""
    stale = stale_secrets(folder, wanted)
    written = text != before and (bool(wanted) or bool(before))
    answer = FIRST_START
    try:
        if not module.check_mode and written:
            write(document, text)
        if not module.check_mode:
            for path in stale:
                path.unlink()
        if module.params["running"]:
            answer = apply(module, text)
        if not (module.check_mode or wanted or answer["problems"]) and module.params["running"]:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}. Put that right and run this again.")

    for problem in answer["problems"]:
        module.warn(f"{module.params['part']} of {module.params['workstation']}: {problem}")
    place = f"{module.params['workstation']}:"
    module.exit_json(
        changed=written or bool(stale or answer["changes"]),
        changes=[change["what"] for change in answer["changes"]],
        kept=answer["kept"],
        problems=answer["problems"],
        diff=[
            {"before_header": f"{document}", "before": before, "after_header": f"{document}", "after": text}
            if written
            else {"prepared": ""},
            *(
                {
                    "before_header": f"{place} {change['what']}",
                    "before": shown(change["before"]),
                    "after_header": f"{place} {change['what']}",
                    "after": shown(change["after"]),
                }
                for change in answer["changes"]
            ),
        ],
    )


def shown(value: Any) -> str:
    """Return a value as a difference shows it."""
    if value is None:
        return ""
    return f"{value}\n" if isinstance(value, str) else json.dumps(value, indent=2) + "\n"


if __name__ == "__main__":
    main()
