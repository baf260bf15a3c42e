"""What became of the dotfiles, kept in the home so that the next run and `status` know."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hatchpod_dotfiles import DotfilesError

FILE, LOCK = "dotfiles.json", "dotfiles.lock"


@dataclass(frozen=True)
class Record:
    """One result.

    `state` is `off` (no repository is set), `running`, `installed`, `stale` (installed, but not brought up to date),
    `failed` or `refused`; `reason` says why, and `output` is what a failed script printed last. `branch` is the one
    that was installed, whatever is checked out now. `complete` is false while the script has yet to run, or to run
    again, for what is checked out.
    """

    state: str = "off"
    repository: str = ""
    branch: str = ""
    commit: str = ""
    script: str = ""
    complete: bool = True
    reason: str = ""
    output: list[str] = field(default_factory=list)
    log: str = ""
    time: str = ""

    @classmethod
    def read(cls, folder: Path) -> Record | None:
        """Return what is recorded in a folder, None where nothing is."""
        try:
            document = json.loads((folder / FILE).read_text())
            return cls(**{one.name: document[one.name] for one in fields(cls)})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        """Put it in the place of the one before, as a whole."""
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / f"{FILE}.new"
        new.write_text(json.dumps(asdict(self)) + "\n")
        new.replace(folder / FILE)

    def now(self, **changes: Any) -> Record:
        """Return it with changes, and with the time where there are any."""
        changed = replace(self, **changes)
        return self if changed == self else replace(changed, time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


@contextlib.contextmanager
def alone(folder: Path, patience: float) -> Iterator[None]:
    """Let one run at a time work; wait for another one so many seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DotfilesError("another run is still at work on the dotfiles: try again later") from None
            time.sleep(0.1)
        yield
    finally:
        os.close(handle)
