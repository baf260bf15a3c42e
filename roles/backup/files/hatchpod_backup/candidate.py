"""Try settings and secrets before they take the place of those that are stored."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hatchpod_backup import settings
from hatchpod_backup.restic import Repository
from hatchpod_backup.settings import Settings


def check(store: Path, traces: Path | None = None) -> dict[str, str]:
    """Say whether there is a repository, which opens if there is. Raises BackupError with what is wrong.

    `traces` is a folder for what would be kept otherwise, such as the host key of a server that is met first.
    """
    repository = Repository(Settings.read(store))
    if traces:
        repository.leave_no_trace(traces)
    if not repository.exists():
        return {"repository": "absent"}
    repository.open()
    return {"repository": "ready"}


def try_out(given: str, stored: Path, *, dry_run: bool = False) -> dict[str, str]:
    """Check with files that are given as JSON, name to content; those that are not given are the stored ones."""
    files: dict[str, Any] = json.loads(given)
    with tempfile.TemporaryDirectory(prefix="hatchpod-backup-", dir=settings.RUN) as folder:
        for path in stored.iterdir() if stored.is_dir() else ():
            (Path(folder) / path.name).symlink_to(path)
        for name, content in files.items():
            path = Path(folder) / name
            path.unlink(missing_ok=True)
            if content is not None:
                path.touch(mode=0o600)
                path.write_text(content if content.endswith("\n") else f"{content}\n")
        return check(Path(folder), Path(folder) if dry_run else None)
