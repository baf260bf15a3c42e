"""What the role wrote for this host, and the folders that the program uses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from hatchpod_backup import BackupError

STORE = Path("/etc/hatchpod/backup")  # settings and secrets, root's alone
RECORDS = Path("/var/lib/hatchpod/backup")
CACHE = Path("/var/cache/hatchpod/restic")
LOCKS = Path("/run/hatchpod-backup")  # root's alone: in a folder for everybody, a link could be in a lock's place
EARLIER_LOCKS = Path("/run/lock")  # where earlier releases, one of which may be at work, have them
RUN = Path("/run")


@dataclass(frozen=True)
class Settings:
    """The contents of `settings.json`; `store` is the folder that it and the secrets are in."""

    store: Path
    repository: str
    host: str
    workstations: tuple[str, ...] = ()
    quiesce: str = "pause"
    keep: Mapping[str, int] = field(default_factory=dict)  # `daily` and the like: how many to keep, 0 for no such rule
    sftp_port: int = 22
    sftp_accept_host_key: bool = False
    s3_region: str = ""
    schedule: str = ""  # for `make status`; systemd has its own copy

    @classmethod
    def read(cls, store: Path) -> Settings:
        """Return what is in the folder."""
        path = store / "settings.json"
        try:
            found = json.loads(path.read_text())
        except FileNotFoundError:
            raise BackupError(f"There is no {path}: run `make backup` once for this host.") from None
        except ValueError as error:
            raise BackupError(f"{path} is not JSON ({error}): run `make backup` once, which writes it anew.") from None
        known = {one.name for one in fields(cls)}
        return cls(store=store, **{name: value for name, value in found.items() if name in known})

    def secret(self, name: str) -> str:
        """Return a secret; raises BackupError where it is not there."""
        try:
            return (self.store / name).read_text().rstrip("\n")
        except FileNotFoundError:
            raise BackupError(f"{self.store / name} is not there: set backup_{name.lower()}.") from None
