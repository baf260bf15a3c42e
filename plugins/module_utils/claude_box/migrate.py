"""The new home: made beside its place, then put there by renaming. Whenever this is cut off, it can begin again."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

from ansible.module_utils.claude_box.paths import Homes
from ansible.module_utils.claude_box.survey import OWN, PROJECTS, Survey, entries, kind

WORKSPACE = "workspace"  # where logins start; Docker would make a missing one, as root
RECORD = ".hatchpod/claude-box.json"
COPY_LIMIT = 6 * 3600  # seconds
COMMAND_SAYS = 500  # characters of what a failed command said


def staging(target: Path) -> Path:
    """Return where the new home is made. Only the name of one that is complete is this."""
    return target.with_name("migrated")


def earlier(target: Path) -> Path:
    """Return where the home that was there is put for the moment of the exchange."""
    return target.with_name("before-migration")


def record(home: Path) -> dict[str, Any] | None:
    """Return what an earlier migration noted in a home, None where there was none."""
    path = home / RECORD
    if path.is_symlink() or not path.is_file():
        return None
    found = json.loads(path.read_bytes())
    return found if isinstance(found, dict) else None


def settle(target: Path) -> bool:
    """Complete an exchange that was cut off, and remove half-made homes. Says whether there was anything to do."""
    settled = False
    if staging(target).is_dir():
        _exchange(target)
        settled = True
    for leftover in (_partial(target), earlier(target)):
        if leftover.is_dir():
            shutil.rmtree(leftover)
            settled = True
    return settled


def unfinished(target: Path) -> bool:
    """Say whether `settle` has something to do."""
    return any(path.is_dir() for path in (staging(target), _partial(target), earlier(target)))


def migrate(source: Path, target: Path, found: Survey, homes: Homes, owner: int, note: dict[str, Any]) -> None:
    """Make the home `target` of the home `source`, which is only read. `settle` must have been called.

    Raises OSError and RuntimeError; the target is as it was then.
    """
    home = _partial(target)
    _copy(source, home)
    for name in found.sockets:
        (home / name).unlink()
    _own(home, found, owner)
    for name in found.rewrites:
        _rewrite(home / name, name, homes)
    for name, to in found.links.items():
        _point(home / name, to)
    for old, new in found.projects.items():
        _rename_project(home / PROJECTS, old, new)
    workspace = home / WORKSPACE
    if not workspace.exists() and not workspace.is_symlink():
        workspace.mkdir(mode=0o750)
        os.chown(workspace, owner, owner)
    for name in OWN:
        _keep(target / name, home / name, owner)
    (home / RECORD).parent.mkdir(mode=0o700, exist_ok=True)
    (home / RECORD).write_text(json.dumps(note, indent=2) + "\n")
    os.sync()
    home.rename(staging(target))
    settle(target)


def _partial(target: Path) -> Path:
    return target.with_name("migrating")


def _exchange(target: Path) -> None:
    if target.is_dir() and not earlier(target).is_dir():
        target.rename(earlier(target))
    staging(target).rename(target)


def _copy(source: Path, home: Path) -> None:
    command = ["cp", "--archive", "--reflink=auto", "--", f"{source}/.", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=COPY_LIMIT, check=False)
    if done.returncode:
        raise RuntimeError(f"cp could not copy the old home: {done.stderr[:COMMAND_SAYS].strip()}")


def _own(home: Path, found: Survey, owner: int) -> None:
    """What belonged to the old user belongs to the new one."""
    if (found.uid, found.gid) == (owner, owner):
        return
    here = home.lstat()
    for path, state in [(home, here), *((home / name, state) for name, state in entries(home))]:
        uid = owner if state.st_uid == found.uid else state.st_uid
        gid = owner if state.st_gid == found.gid else state.st_gid
        if (uid, gid) != (state.st_uid, state.st_gid):
            os.lchown(path, uid, gid)
            if not stat.S_ISLNK(state.st_mode):
                path.chmod(stat.S_IMODE(state.st_mode))  # the kernel takes setuid and setgid away


def _rewrite(path: Path, name: str, homes: Homes) -> None:
    """Change the paths in a file, which keeps its inode, mode and time."""
    change = kind(name)
    state = path.lstat()
    if change is None or not stat.S_ISREG(state.st_mode):
        raise RuntimeError(f"{name} is another kind of file than a moment ago")
    new = path.with_name(f"{path.name}.migrating")
    with path.open("rb") as content, new.open("wb") as changed:
        for part in change(content, homes):
            changed.write(part.content)
    with new.open("rb") as content, path.open("wb") as changed:
        shutil.copyfileobj(content, changed)
    new.unlink()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def _point(link: Path, to: str) -> None:
    state = link.lstat()
    link.unlink()
    link.symlink_to(to)
    os.lchown(link, state.st_uid, state.st_gid)
    os.utime(link, ns=(state.st_atime_ns, state.st_mtime_ns), follow_symlinks=False)


def _rename_project(projects: Path, old: str, new: str) -> None:
    """Rename a project's folder. Where the new name is taken, what is only in the old one joins the other."""
    if not (projects / new).exists():
        (projects / old).rename(projects / new)
        return
    for path in (projects / old).iterdir():
        if not (projects / new / path.name).exists():
            path.rename(projects / new / path.name)
    if not any((projects / old).iterdir()):
        (projects / old).rmdir()


def _keep(present: Path, home: Path, owner: int) -> None:
    """Take what belongs to the workstation, such as its SSH host keys, from the home that is there."""
    if not present.is_dir():
        return
    if home.exists():
        shutil.rmtree(home)
    for parent in reversed([one for one in home.parents if not one.exists()]):
        parent.mkdir(mode=0o750)
        os.chown(parent, owner, owner)
    _copy(present, home)
