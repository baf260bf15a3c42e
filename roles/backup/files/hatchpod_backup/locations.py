"""Where a repository is: a folder of this host, a folder behind SFTP, or a bucket of S3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from hatchpod_backup import BackupError

FORMS = (
    "an absolute path such as /mnt/backup-disk/hatchpod, sftp:user@host:/path, or s3:https://host/bucket (with /path "
    "after it if wanted)"
)
# What neither an argument of ssh nor a line for sftp may hold, and no folder needs.
SFTP = re.compile(
    r"sftp:(?P<user>[\w.][\w.-]*)@(?P<host>[\w.][\w.-]*|\[[0-9a-fA-F:.]+\]):(?P<path>[^\0-\x1f\"'*?\[\]\\]+)"
)

SFTP_REMEDY = (
    "it must be sftp:user@host:/path. A port goes into backup_sftp_port; a password is not possible, the host has a key"
)


@dataclass(frozen=True)
class Location:
    """A repository's place. `host` and `port` are where a connection goes to, empty and 0 for a folder."""

    kind: str  # folder, sftp or s3
    text: str  # as people wrote it
    path: str = ""
    user: str = ""
    host: str = ""
    port: int = 0

    @property
    def for_restic(self) -> str:
        """Return how restic is told of it."""
        if self.kind != "sftp":
            return self.text
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"sftp://{self.user}@{host}:{self.port}/{quote(self.path)}"


def parse(text: str, sftp_port: int = 22) -> Location:
    """Return the location that a text names; raises BackupError with the forms there are."""
    if text.startswith("/"):
        return Location("folder", text, path=text)
    if text.startswith("sftp:"):
        match = SFTP.fullmatch(text)
        if match is None:
            raise refusal(re.sub("(:[^:@/]+):[^@]*@", r"\1:...@", text), SFTP_REMEDY)
        return Location("sftp", text, match["path"], match["user"], match["host"].strip("[]"), sftp_port)
    if text.startswith("s3:"):
        return parse_s3(text)
    raise refusal(text, f"use {FORMS}")


def parse_s3(text: str) -> Location:
    """Return the location of `s3:https://host/bucket` or `s3:host/bucket`."""
    address = text.removeprefix("s3:")
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    except (ValueError, KeyError):
        raise refusal(text, f"use {FORMS}") from None
    if parts.username is not None:
        address = re.sub("//.*@", "//", text)
        raise refusal(address, "the credentials go into backup_s3_access_key and backup_s3_secret_key")
    if not parts.hostname or not re.fullmatch(r"/[^/\s?#]+(/[^\s?#]*)?", parts.path) or parts.query or parts.fragment:
        raise refusal(text, "it needs a host and a bucket, as in s3:https://s3.example.org/bucket")
    return Location("s3", text, parts.path, host=parts.hostname, port=port)


def refusal(text: str, remedy: str) -> BackupError:
    """Return the error for a repository that cannot be used."""
    return BackupError(f"backup_repository cannot be {text!r}: {remedy}. Nothing was changed.")
