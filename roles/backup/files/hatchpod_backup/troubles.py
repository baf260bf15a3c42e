"""What restic and ssh say when something is wrong, in words that say what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from hatchpod_backup.locations import Location

NO_REPOSITORY = 10  # exit code of restic 0.17 and later; earlier ones have only their words
ABSENT = re.compile(
    r"(Stat|Lstat[^\n]*): (file does not exist|The specified (key|bucket) does not exist|no such file or directory)"
)
# Pattern of what is said -> what people read. Told are the repository, the server, the place of SFTP's public key.
KNOWN = {
    "wrong password|no key found": (
        "The password does not open the repository {where}. Set backup_password to the one that it was made with, or "
        "backup_repository to an empty place for a new one."
    ),
    r"repository is already locked[^\n]*(\n\s*lock was created[^\n]*)?": (
        "{where} is locked: {said}. Wait where another backup works in it. When none does, as after a host went down "
        "in the middle of one, run `hatchpod-backup unlock` on this host: it removes the locks whose owner is gone."
    ),
    "Host key verification failed": (
        "The host key of {server} is not the one that is known, so nothing was sent to it. Look at the server: with a "
        "new key of its own, put that into backup_sftp_host_keys{forget}; otherwise somebody is between."
    ),
    r"Permission denied \(": (
        "{server} does not let this host in. Add this line to ~/.ssh/authorized_keys of {user} there: {public_key}"
    ),
    r"ssh: [^\n]*|Connection (closed|reset|timed out)[^\n]*": "{server} cannot be reached: {said}.",
    "(?i)no space left on device|quota exceeded|insufficient storage": (
        "There is no room left in {where}: make room there, or keep fewer snapshots by backup_keep_*."
    ),
    "Access ?Denied|SignatureDoesNotMatch|signature we calculated|InvalidAccessKeyId|does not exist in our records": (
        "{server} refuses the credentials ({said}): set backup_s3_access_key and backup_s3_secret_key to ones that may "
        "list, read, write and delete in the bucket."
    ),
    "x509: [^\n]*|server gave HTTP response to HTTPS client": (
        "{server} has a certificate that this host does not trust ({said}): set backup_s3_ca_certificate to that of "
        "its authority, in PEM."
    ),
    "AuthorizationHeaderMalformed|[^\n]*region[^\n]*(wrong|expecting)[^\n]*": (
        "{server} has another region ({said}): set backup_s3_region."
    ),
    "permission denied|operation not permitted": "{where} cannot be used: {said}. Give root write access to it.",
}


def words(stderr: str) -> str:
    """Return what restic said, without its tries and with its JSON messages as text."""
    lines = [line for line in stderr.splitlines() if line.strip() and "retrying after" not in line]
    return "\n".join(sentence(line) if line.startswith("{") else line for line in lines).strip()


def sentence(line: str) -> str:
    """Return a JSON message of restic as text; a line that is none as it is."""
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        return line
    reason = found.get("message") or (found.get("error") or {}).get("message") or line
    return f"{found['item']}: {reason}" if found.get("item") else str(reason)


def known(said: str, location: Location, store: Path, known_hosts: Path | None) -> str | None:
    """Return what people read of a trouble that is known, or None. `known_hosts` is where a key that was taken at first
    use is kept, if one is.
    """
    for pattern, text in KNOWN.items():
        match = re.search(pattern, said)
        if match and ("{server}" not in text or location.host):
            public_key = store / "SFTP_KEY.pub"
            message = text.format(
                where=location.text,
                server=f"{location.host} (port {location.port})",
                said=" ".join(match[0].split()),
                user=location.user,
                public_key=public_key.read_text().strip() if public_key.exists() else f"the one in {public_key}",
                forget=f" or remove {known_hosts}" if known_hosts else "",
            )
            return f"{message} Home and snapshots are as before."
    return None


def unknown(command: str, code: int, said: str, location: Location) -> str:
    """Return what people read of any other trouble."""
    lines = said.splitlines()
    reason = "\n".join([*lines[:4], *lines[4:][-1:]]) or f"exit code {code}"
    return f"restic {command} failed on {location.text}; home and snapshots are as before. It says: {reason}"
