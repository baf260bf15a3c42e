"""Make the home of a workstation what it was in a snapshot."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from hatchpod_backup import BackupError
from hatchpod_backup.restic import Repository
from hatchpod_backup.workstation import await_services, docker, home_volume, state


def restore(
    repository: Repository, name: str, wanted: str, origin: tuple[str, str], ready_timeout: int
) -> dict[str, Any]:
    """Make the workstation's home what it was in the snapshot. `origin` is the host and workstation that it is of."""
    home, mounted = home_volume(name)
    if mounted:
        raise BackupError(
            f"The volume {name}_home is a mount of its own: restore it by restic itself. Nothing was changed."
        )
    incoming, earlier = home.with_name("restoring"), home.with_name("before-restore")
    recover(home, earlier)
    remove(incoming)
    if not repository.exists():
        raise BackupError(f"There is no repository in {repository.location.text}. Nothing was changed.")
    repository.open()
    host, workstation = origin
    snapshot = repository.find(workstation, wanted, host)
    needed, free = repository.size(snapshot["id"]), shutil.disk_usage(home).free
    if needed > free:
        raise BackupError(
            f"The snapshot needs {needed / 1e9:.1f} GB in {home.parent} beside the present home, and only "
            f"{free / 1e9:.1f} GB are free. Nothing was changed."
        )
    began = time.monotonic()
    incoming.mkdir(mode=0o700)
    try:
        repository.restore(snapshot["id"], incoming)
        content = incoming / snapshot["paths"][0].lstrip("/")
        stopped = time.monotonic()
        exchange(name, home, content, earlier, ready_timeout)
        remove(earlier)
    finally:
        remove(incoming)
    return {
        "workstation": name,
        "snapshot": snapshot["short_id"],
        "time": snapshot["time"],
        "bytes": needed,
        "seconds": round(time.monotonic() - began, 1),
        "down_seconds": round(time.monotonic() - stopped, 1),
    }


def recover(home: Path, earlier: Path) -> None:
    """Take up after a restore that was cut off between its two steps."""
    if not earlier.exists():
        return
    if home.exists():
        raise BackupError(
            f"An earlier restore was cut off after it had put the new home in place. {earlier} still holds the home "
            f"from before it: look into it, remove it when it is not needed any more, and run this again. Nothing was "
            f"changed."
        )
    earlier.rename(home)


def exchange(name: str, home: Path, content: Path, earlier: Path, ready_timeout: int) -> None:
    """Put `content` in the place of the home while the workstation is down; if it fails, all is as before."""
    running = state(name).get("Running", False)
    if running:
        docker("stop", name)
    try:
        home.rename(earlier)
        content.rename(home)
        if running:
            docker("start", name)
            await_services(name, ready_timeout)
    except BaseException as error:
        if earlier.exists():
            if running and home.exists():
                docker("stop", name)
            if home.exists():
                home.rename(content)
            earlier.rename(home)
        if running:
            docker("start", name)
        raise BackupError(f"The restore of {name} failed, and the home is as it was before. {error}") from error


def remove(folder: Path) -> None:
    """Remove a folder and all in it."""
    if folder.exists():
        shutil.rmtree(folder)
