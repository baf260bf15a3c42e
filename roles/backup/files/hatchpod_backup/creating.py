"""Make a snapshot of a workstation's home, and note what became of it for `make status`."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from hatchpod_backup import BackupError, settings
from hatchpod_backup.restic import Repository, write
from hatchpod_backup.workstation import held, home_volume, undisturbed


def create(repository: Repository, name: str, quiesce: str) -> dict[str, Any]:
    """Make a snapshot of the workstation's home, then remove those that no rule keeps."""
    settings.RECORDS.mkdir(mode=0o700, parents=True, exist_ok=True)
    failure = settings.RECORDS / f"{name}.failure.json"
    try:
        with undisturbed(name) if quiesce != "none" else contextlib.nullcontext():
            result = snapshot(repository, name, quiesce)
        write(settings.RECORDS / f"{name}.json", result)
        result["removed"] = thin(repository, name)
    except (BackupError, OSError) as error:
        write(failure, {"workstation": name, "time": now(), "failure": str(error)})
        raise
    failure.unlink(missing_ok=True)
    return result


def snapshot(repository: Repository, name: str, quiesce: str) -> dict[str, Any]:
    """Make a snapshot, also the first one of a repository."""
    home, _ = home_volume(name)
    if not (home / ".hatchpod").is_dir():
        raise BackupError(
            f"{home} is not the home of a workstation that has ever started: there is nothing to back up."
        )
    if repository.exists():
        repository.open()
    else:
        repository.init()
    repository.remember()
    began = time.monotonic()
    with held(name, quiesce):
        summary, unread = repository.backup(name, home)
    seconds = round(time.monotonic() - began, 1)
    if unread and quiesce != "none":
        raise BackupError(f"The snapshot {summary['snapshot_id'][:8]} of {name} lacks files: {unread}")
    return {
        "workstation": name,
        "snapshot": summary["snapshot_id"][:8],
        "time": now(),
        "added_bytes": summary["data_added"],
        "total_bytes": summary["total_bytes_processed"],
        "seconds": seconds,
        "unread": unread.splitlines(),
        "repository": repository.location.text,
    }


def thin(repository: Repository, name: str) -> int:
    """Remove the snapshots that no rule keeps. Returns how many."""
    try:
        return repository.thin(name)
    except BackupError as error:
        raise BackupError(f"The snapshot of {name} was made, and older ones could not be removed: {error}") from error


def now() -> str:
    """Return the time in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
