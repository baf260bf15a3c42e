#!/usr/bin/python
"""Keep many small configuration files under one folder."""

from __future__ import annotations

DOCUMENTATION = r"""
module: config_tree
short_description: Many small files under one folder have the wanted contents
description:
  - Writes one file per setting, the form in which services of a workstation read their configuration, in one task.
  - Each file is replaced as a whole or not at all. Folders are C(0700), files C(0600), both of the user that the
    module runs as; what has another owner or mode is put right, also folders directly under O(path) of which
    O(files) says nothing, as that of a secret.
author: Hatchpod
options:
  path:
    description: The folder.
    type: path
    required: true
  files:
    description:
      - Path under O(path) to what the file holds, a text or a list of lines. V(null) removes the file.
      - A text that does not end with a newline gets one; an empty list is an empty file.
      - Not for secrets, which the M(secret) module writes.
    type: dict
    required: true
  exclusive:
    description: Folders under O(path) in which files that O(files) does not name are removed.
    type: list
    elements: str
    default: []
  above:
    description: How many of the folders that lead to O(path) have the owner and mode of those under it.
    type: int
    default: 0
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Settings of the workstation's services are in place
  config_tree:
    path: /etc/hatchpod/hatchpod/container
    files:
      sshd/PASSWORD_LOGIN: "yes"
      tailscaled/TS_HOSTNAME: null
    exclusive: [ca]
"""

RETURN = r"""
changed_folders:
  description: Folders directly under O(path) in which a file changed, and changed files directly under it, sorted.
  type: list
  elements: str
  returned: always
"""

import os
import stat
import tempfile
from pathlib import Path, PurePosixPath

from ansible.module_utils.basic import AnsibleModule

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def read(path: Path) -> str | None:
    """Return a file's text, or None when there is no file. Of a symbolic link, only where it leads."""
    if path.is_symlink():
        return f"-> {path.readlink()}"
    return path.read_bytes().decode(errors="surrogateescape") if path.is_file() else None


def write(path: Path, text: str) -> None:
    """Replace the file as a whole, with its final mode from the first byte."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode(errors="surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def wrong_rights(path: Path, mode: int) -> bool:
    """Say whether owner or mode of a file or folder are not as wanted; missing is not wrong."""
    if not path.exists():
        return False
    status = path.stat()
    return status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) != mode


def repair_rights(path: Path, mode: int) -> None:
    """Make the file or folder its owner's alone."""
    os.chown(path, os.geteuid(), os.getegid())
    path.chmod(mode)


def as_text(value: object) -> str | None:
    """Return what a file holds for a value of `files`."""
    if value is None:
        return None
    lines = [str(line) for line in value] if isinstance(value, list) else [str(value)]
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def inside(module: AnsibleModule, option: str, name: str) -> PurePosixPath:
    """Return a path of an option, relative to `path`; ends the module when it leads elsewhere."""
    root, relative = Path(module.params["path"]), PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or not relative.parts:
        module.fail_json(msg=f"{option}: {name!r} must be a path under {root}, without '..'")
    refuse_links(module, root / relative)
    return relative


def refuse_links(module: AnsibleModule, path: Path) -> None:
    """End the module where a symbolic link would lead configuration elsewhere."""
    for place in (path, *path.parents):
        if place.is_symlink():
            module.fail_json(
                msg=f"{place} is a symbolic link, which could lead configuration elsewhere: remove it. "
                f"Nothing was changed."
            )


def wanted_files(module: AnsibleModule) -> dict[PurePosixPath, str | None]:
    """Return the wanted text by relative path, with null for what must not be there."""
    root = Path(module.params["path"])
    wanted = {inside(module, "files", name): as_text(value) for name, value in module.params["files"].items()}
    for name in module.params["exclusive"]:
        folder = root / inside(module, "exclusive", name)
        for path in folder.iterdir() if folder.is_dir() else ():
            wanted.setdefault(PurePosixPath(path.relative_to(root)), None)
    return wanted


def folders_of(files: list[PurePosixPath]) -> list[PurePosixPath]:
    """Return the folders that lead to the files, outer ones first; the first is `path` itself."""
    return sorted({parent for name in files for parent in name.parents})


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "files": {"type": "dict", "required": True},
            "exclusive": {"type": "list", "elements": "str", "default": []},
            "above": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    root = Path(module.params["path"])
    refuse_links(module, root)
    wanted = wanted_files(module)
    present = {name: read(root / name) for name in wanted}
    changed = {name: text for name, text in wanted.items() if text != present[name]}
    kept = [name for name, text in wanted.items() if text is not None]
    above = list(root.parents)[: module.params["above"]]
    folders = sorted({*above, *(root / name for name in folders_of(kept))})
    beside = [path for path in root.iterdir() if path.is_dir() and not path.is_symlink()] if root.is_dir() else []
    repaired = [path for path in sorted({root, *folders, *beside}) if wrong_rights(path, FOLDER_MODE)]
    repaired_files = [root / name for name in kept if wrong_rights(root / name, FILE_MODE)]

    if not module.check_mode:
        try:
            for folder in folders:
                folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            for folder in repaired:
                repair_rights(folder, FOLDER_MODE)
            for name, text in changed.items():
                if text is None:
                    (root / name).unlink()
                else:
                    write(root / name, text)
            for path in repaired_files:
                repair_rights(path, FILE_MODE)
        except OSError as error:
            module.fail_json(msg=f"The files under {root} cannot all be written: {error}")

    module.exit_json(
        changed=bool(changed or repaired or repaired_files),
        changed_folders=sorted({name.parts[0] for name in changed}),
        diff=[
            {
                "before_header": f"{root / name}",
                "before": present[name] or "",
                "after_header": f"{root / name}",
                "after": text or "",
            }
            for name, text in changed.items()
        ],
    )


if __name__ == "__main__":
    main()
