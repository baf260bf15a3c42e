#!/usr/bin/python
"""Make a workstation's home of the home that claude-box left."""

from __future__ import annotations

DOCUMENTATION = r"""
module: claude_box_migration
short_description: Make a workstation's home of the home that claude-box left
description:
  - Copies the old home, changes what names it in Claude Code's own files, and puts the copy in the place of a home
    that nobody has used yet. The old home is only read.
  - Claude Code's own files are C(.claude.json), the JSON files in C(.claude) and C(.claude/plugins), the folders and
    transcripts in C(.claude/projects), and the history. Symbolic links into the old home are changed as well.
    Other files that name the old home are reported, and stay as they are.
  - What belongs to the workstation stays. These are its SSH host keys, and the state of the API.
  - A home that came out of a migration is left alone, whatever the old one holds by now.
  - Cut off at any moment, it loses nothing, and the next run completes it.
author: Hatchpod
options:
  source:
    description: Folder of the old home on this host. No container may write to it.
    type: path
    required: true
  source_name:
    description: What to call the old home in messages and in the record, such as its volume's name.
    type: str
    required: true
  target:
    description: Folder of the new home on this host. No container may use it. Folders are made beside it.
    type: path
    required: true
  skeleton:
    description: SHA-256 of the files that a workstation's first start puts into its home, by name.
    type: dict
    default: {}
  old_home:
    description: Path of the old home inside its container.
    type: str
    default: /home/claude
  new_home:
    description: Path of the new home inside its container.
    type: str
    default: /home/hatchpod
  owner:
    description: User and group id that take the place of the old home's owner.
    type: int
    default: 1000
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    description: Shows which files change, never their content.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Home is the one that claude-box left
  claude_box_migration:
    source: /var/lib/docker/volumes/claude-box_claude-home/_data
    source_name: claude-box_claude-home
    target: /var/lib/docker/volumes/hatchpod_home/_data
"""

RETURN = r"""
record:
  description: What the home's own record of its migration says, V(null) where there was none before.
  type: dict
  returned: always
summary:
  description: What is done, as sentences. Empty where nothing was left to do.
  type: list
  elements: str
  returned: always
mentions:
  description: Files that name the old home and were left as they are.
  type: list
  elements: str
  returned: always
"""

import os
import shutil
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.claude_box.migrate import migrate, record, settle, staging, unfinished
from ansible.module_utils.claude_box.paths import Homes
from ansible.module_utils.claude_box.survey import Survey, occupied, survey

SHOWN = 20  # names in a message
SPARE = 1.05  # times the old home's size


def readable(name: str) -> str:
    """Return a file's name as text, also one that is no UTF-8."""
    return os.fsencode(name).decode(errors="backslashreplace")


def enumeration(names: list[str]) -> str:
    """Return some names and how many there are beside them."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(readable(name) for name in names[:SHOWN]) + more


def summary(found: Survey, source_name: str) -> list[str]:
    """Tell what becomes of a home."""
    sentences = [f"{found.files} files of {source_name} are copied ({found.size / 10**6:.1f} MB)"]
    if found.rewrites:
        sentences.append(f"{sum(found.rewrites.values())} paths are changed in {enumeration(list(found.rewrites))}")
    if found.projects:
        sentences.append(f"{len(found.projects)} folders of projects are renamed, so that their sessions are found")
    if found.links:
        sentences.append(f"symbolic links into the old home are changed: {enumeration(list(found.links))}")
    if found.sockets:
        sentences.append(f"sockets are left out: {enumeration(found.sockets)}")
    sentences += [readable(trouble) for trouble in found.troubles]
    if found.mentions:
        sentences.append(f"left as they are, though they name the old home: {enumeration(found.mentions)}")
    return sentences


def difference(found: Survey) -> dict[str, str]:
    """Return what differs between the homes besides the owner, as names and numbers."""
    before = [f".claude/projects/{name}" for name in found.projects]
    after = [f".claude/projects/{name}" for name in found.projects.values()]
    for name, count in found.rewrites.items():
        before.append(f"{name}: {count} paths of the old home")
        after.append(f"{name}: {count} paths of the new home")
    before += found.links
    after += [f"{name} -> {to}" for name, to in found.links.items()]

    def text(lines: list[str]) -> str:
        return "".join(f"{readable(line)}\n" for line in sorted(lines))

    return {"before": text(before), "after": text(after)}


def refuse(module: AnsibleModule, source: Path, target: Path) -> None:
    """End the module where the folders are not what it can work on."""
    name = module.params["source_name"]
    if not source.is_dir():
        module.fail_json(msg=f"{name}: there is no folder {source} on this host. Nothing was changed.")
    if not target.is_dir() and not staging(target).is_dir():
        module.fail_json(msg=f"there is no folder {target} on this host. Nothing was changed.")
    if target.is_mount():
        module.fail_json(
            msg=f"{target} is a mount of its own, so no other home can be put in its place: copy the files by hand, "
            f"or use a volume without a device. Nothing was changed."
        )
    if source.resolve() == target.resolve():
        module.fail_json(msg=f"{name} is the new home itself. Nothing was changed.")


def plan(module: AnsibleModule, source: Path, target: Path, homes: Homes) -> Survey:
    """Return what the old home holds; ends the module where it may not or cannot take the target's place."""
    in_the_way = occupied(target, module.params["skeleton"])
    if in_the_way:
        module.fail_json(
            msg=f"The new home is in use already, and files in it would be lost: {enumeration(in_the_way)}. Copy what "
            f"you need out of it and remove the workstation with its volumes, or migrate into another workstation. "
            f"Nothing was changed."
        )
    found = survey(source, homes)
    free = shutil.disk_usage(target.parent).free
    if free < found.size * SPARE:
        module.fail_json(
            msg=f"The old home takes {found.size / 10**9:.2f} GB, and {target.parent} has only {free / 10**9:.2f} GB "
            f"free. The old home is kept, so both need room: free some space, then run the same command again. "
            f"Nothing was changed."
        )
    return found


def run(module: AnsibleModule) -> None:
    """Migrate where that was not done yet."""
    parameters = module.params
    source, target = Path(parameters["source"]), Path(parameters["target"])
    homes = Homes(parameters["old_home"].rstrip("/"), parameters["new_home"].rstrip("/"))
    refuse(module, source, target)
    begun = unfinished(target)
    if begun and not module.check_mode:
        settle(target)
    done = record(target) or (record(staging(target)) if begun else None)
    if done is not None:
        sentences = ["a migration that was cut off is completed"] if begun else []
        module.exit_json(changed=begun, record=done, summary=sentences, mentions=[])

    found = plan(module, source, target, homes)
    sentences = summary(found, parameters["source_name"])
    if not module.check_mode:
        note = {"source": parameters["source_name"], "at": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())}
        migrate(source, target, found, homes, parameters["owner"], note)
    module.exit_json(
        changed=True,
        record=record(target),
        summary=sentences,
        mentions=[readable(name) for name in found.mentions],
        diff=difference(found),
    )


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "source": {"type": "path", "required": True},
            "source_name": {"type": "str", "required": True},
            "target": {"type": "path", "required": True},
            "skeleton": {"type": "dict", "default": {}},
            "old_home": {"type": "str", "default": "/home/claude"},
            "new_home": {"type": "str", "default": "/home/hatchpod"},
            "owner": {"type": "int", "default": 1000},
        },
        supports_check_mode=True,
    )
    try:
        run(module)
    except (OSError, RuntimeError) as error:
        module.fail_json(
            msg=f"The old home could not be migrated: {readable(str(error))}. It is as it was, and so is the new one; "
            f"mend this and run the same command again."
        )


if __name__ == "__main__":
    main()
