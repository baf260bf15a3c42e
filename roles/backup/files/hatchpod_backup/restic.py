"""The restic repository of this host."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from hatchpod_backup import BackupError, locations, settings, troubles
from hatchpod_backup.settings import Settings

INCOMPLETE = 3  # restic: the snapshot was made, without files that could not be read
OPEN_LIMIT = 30  # seconds; restic itself tries for a quarter of an hour
REACH_LIMIT = 10  # seconds
KEEP = "keep"  # the tag of snapshots that no rule removes


class Repository:
    """A restic repository, and the host that this one's snapshots are kept under."""

    def __init__(self, given: Settings) -> None:
        """Raise BackupError where the repository's name is none."""
        self.settings = given
        self.location = locations.parse(given.repository, given.sftp_port)
        self.password = given.store / "PASSWORD"
        self.marker = settings.RECORDS / "repository.json"
        self.accepted_keys = settings.RECORDS / "known_hosts"  # of a server whose key is taken at first use
        self.cache = settings.CACHE

    def leave_no_trace(self, folder: Path) -> None:
        """Keep what is learned on the way in a folder that is going to be removed."""
        if self.accepted_keys.exists():
            shutil.copy(self.accepted_keys, folder / "accepted_keys")
        self.accepted_keys, self.cache = folder / "accepted_keys", folder / "cache"

    def exists(self) -> bool:
        """Say whether there is a repository; raises BackupError where there is something else, or nothing any more."""
        looks = {"folder": self._folder_holds_one, "sftp": self._sftp_holds_one, "s3": self._s3_holds_one}
        there = looks[self.location.kind]()
        if not there and self._made_before():
            raise BackupError(
                f"{self.location.text} held a repository, and is empty now or not there. Bring it back, as by mounting "
                f"its disk. Only to begin a new one in its place, remove {self.marker} first. Nothing was changed."
            )
        return there

    def init(self) -> None:
        """Make the repository, in a place that is empty or not there."""
        self._restic("init")

    def open(self) -> None:
        """Raise BackupError with the reason where the repository cannot be read with the password."""
        self._need_password()
        self._restic("cat", "config", "--no-lock", limit=OPEN_LIMIT)

    def remember(self) -> None:
        """Note that the repository is there, so that it is missed when it is not."""
        settings.RECORDS.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(self.marker, {"repository": self.location.text})

    def backup(self, name: str, folder: Path) -> tuple[dict[str, Any], str]:
        """Make a snapshot of the folder. Returns restic's summary, and what could not be read."""
        host = self.settings.host
        done = self._restic("backup", "--host", host, "--tag", name, str(folder), accepted=(0, INCOMPLETE))
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        summary: dict[str, Any] = next(line for line in lines if line.get("message_type") == "summary")
        return summary, troubles.words(done.stderr) if done.returncode == INCOMPLETE else ""

    def thin(self, name: str) -> int:
        """Remove the workstation's snapshots of this host that no rule keeps. Returns how many."""
        rules = [f"--keep-{rule}={number}" for rule, number in self.settings.keep.items() if number]
        if not rules:
            return 0
        choice = ["--host", self.settings.host, "--tag", name, "--group-by", "host,tags", "--keep-tag", KEEP]
        groups = json.loads(self._restic("forget", *choice, *rules).stdout or "[]")
        removed = sum(len(group["remove"] or []) for group in groups)
        if removed:
            self._restic("prune")
        return removed

    def find(self, name: str, wanted: str, host: str) -> dict[str, Any]:
        """Return the snapshot of a host's workstation that has this id, or its newest one for `latest`."""
        answer = self._restic("snapshots", "--host", host, "--tag", name).stdout
        snapshots: list[dict[str, Any]] = sorted(json.loads(answer) or [], key=lambda one: moment(one["time"]))
        if not snapshots:
            raise BackupError(
                f"{self.location.text} has no snapshot of {name} on {host}, only {self._origins()}. Set "
                f"backup_snapshot_host and backup_snapshot_workstation to one of these. Nothing was changed."
            )
        if wanted == "latest":
            return snapshots[-1]
        found = [one for one in snapshots if one["id"].startswith(wanted)]
        if len(found) != 1:
            known = ", ".join(f"{one['short_id']} ({one['time'][:16]})" for one in snapshots[-10:])
            problem = "stands for several snapshots" if found else "is no snapshot"
            raise BackupError(f"{wanted} {problem} of {name} on {host}; the newest are {known}. Nothing was changed.")
        return found[0]

    def size(self, snapshot: str) -> int:
        """Return the bytes that a snapshot needs when it is restored."""
        return int(json.loads(self._restic("stats", "--mode", "restore-size", snapshot).stdout)["total_size"])

    def restore(self, snapshot: str, target: Path) -> None:
        """Put the snapshot's content under the target, and read it all once more to be sure."""
        self._restic("restore", snapshot, "--target", str(target), "--verify")

    def unlock(self) -> None:
        """Remove the locks whose owner is gone: a process of this host that ended, or silent for half an hour."""
        self._restic("unlock")

    def hand_over(self, arguments: list[str]) -> int:
        """Run restic itself for a person. Returns its exit code."""
        self._need_password()
        with self._access() as (command, more):
            return subprocess.run([*command, *arguments], check=False, **more).returncode

    def _origins(self) -> str:
        found = json.loads(self._restic("snapshots").stdout) or []
        return ", ".join(
            sorted({f"{tag} on {one['hostname']}" for one in found for tag in one.get("tags") or []} or {"none"})
        )

    def _made_before(self) -> bool:
        return self.marker.exists() and json.loads(self.marker.read_text())["repository"] == self.location.text

    def _need_password(self) -> None:
        if not self.password.exists():
            raise BackupError(
                f"{self.location.text} has a repository, and this host does not know its password: set "
                f"backup_password to it, or set backup_repository to an empty place for a new one. Nothing was changed."
            )

    def _folder_holds_one(self) -> bool:
        folder = Path(self.location.path)
        if folder.exists() and not folder.is_dir():
            raise self._something_else()
        return self._is_repository([path.name for path in folder.iterdir()] if folder.exists() else [])

    def _sftp_holds_one(self) -> bool:
        self._reach()
        return self._is_repository(self._sftp_names())

    def _s3_holds_one(self) -> bool:
        self._reach()
        # Whether there is one is told before a password is needed.
        password = () if self.password.exists() else ("--password-file", os.devnull)
        done = self._restic("cat", "config", "--no-lock", *password, accepted=range(256), limit=OPEN_LIMIT)
        said = troubles.words(done.stderr)
        if done.returncode == 0 or re.search("wrong password|no key found|empty password", said):
            return True
        if done.returncode != troubles.NO_REPOSITORY and not troubles.ABSENT.search(said):
            raise self._failure("cat", done)
        return False

    def _is_repository(self, names: list[str]) -> bool:
        if names and "config" not in names:
            raise self._something_else()
        return bool(names)

    def _something_else(self) -> BackupError:
        return BackupError(
            f"{self.location.text} is neither empty nor a restic repository, which has a file `config`. Set "
            f"backup_repository to another place, or bring the file back if it was a repository. Nothing was changed."
        )

    def _reach(self) -> None:
        host, port = self.location.host, self.location.port
        try:
            socket.create_connection((host, port), timeout=REACH_LIMIT).close()
        except OSError as error:
            raise BackupError(
                f"{host} cannot be reached on port {port} for backup_repository: {error.strerror or error}. "
                f"Nothing was changed."
            ) from None

    def _ssh_options(self) -> list[str]:
        """Return what makes ssh and sftp ask nobody, and take nothing from this host's own configuration."""
        options = ["BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "LogLevel=ERROR"]
        options += ["ConnectTimeout=20", "ServerAliveInterval=30", "ServerAliveCountMax=4", "ForwardAgent=no"]
        options += ["GlobalKnownHostsFile=/dev/null"]
        if self.settings.sftp_accept_host_key:
            self.accepted_keys.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            options += ["StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={self.accepted_keys}"]
        else:
            known = self.settings.store / "known_hosts"
            options += ["StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}", "HostKeyAlias=backup"]
        pairs = [word for option in options for word in ("-o", option)]
        return ["-F", "none", "-i", str(self.settings.store / "SFTP_KEY"), *pairs]

    def _sftp_names(self) -> list[str]:
        """Return what is in the repository's folder on the server, nothing where there is none."""
        at, port = f"{self.location.user}@[{self.location.host}]", ["-P", str(self.location.port)]
        try:
            done = subprocess.run(
                ["sftp", *self._ssh_options(), *port, "-b", "-", at],
                input=f'-ls -1a "{self.location.path}"\n',
                capture_output=True,
                text=True,
                errors="backslashreplace",
                check=False,
                timeout=OPEN_LIMIT,
            )
        except subprocess.TimeoutExpired as error:
            raise self._late(error) from None
        if done.returncode:
            raise self._failure("cat", done)
        lines = [line for line in done.stdout.splitlines() if not line.startswith("sftp>")]
        return [name for line in lines if (name := line.rstrip("/").rpartition("/")[2]) not in {".", ".."}]

    @contextlib.contextmanager
    def _access(self) -> Iterator[tuple[list[str], dict[str, Any]]]:
        """Yield restic's command and what its process needs. Secrets are in files or in memory, never in arguments."""
        command = ["restic", "--repo", self.location.for_restic, "--password-file", str(self.password)]
        command += ["--cache-dir", str(self.cache)]
        # Nothing of the caller's environment may point restic elsewhere.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/root", "TZ": "UTC", "LANG": "C.UTF-8"}
        with contextlib.ExitStack() as stack:
            handles = []
            if self.location.kind == "sftp":
                at = [f"{self.location.user}@{self.location.host}", "-s", "sftp"]
                ssh = ["ssh", *self._ssh_options(), "-p", str(self.location.port), *at]
                command += ["-o", f"sftp.command={shlex.join(ssh)}"]
            if self.location.kind == "s3":
                handles.append(stack.enter_context(in_memory(self._s3_credentials())))
                environment["AWS_SHARED_CREDENTIALS_FILE"] = f"/proc/self/fd/{handles[0]}"
                command += ["-o", f"s3.region={self.settings.s3_region}"] if self.settings.s3_region else []
                certificate = self.settings.store / "s3_ca.pem"
                command += ["--cacert", str(certificate)] if certificate.exists() else []
            yield command, {"env": environment, "pass_fds": handles}

    def _s3_credentials(self) -> str:
        key, secret = self.settings.secret("S3_ACCESS_KEY"), self.settings.secret("S3_SECRET_KEY")
        return f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"

    def _restic(
        self, *arguments: str, accepted: tuple[int, ...] | range = (0,), limit: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        with self._access() as (command, more):
            try:
                done = subprocess.run(
                    [*command, "--json", "--quiet", *arguments],
                    capture_output=True,
                    stdin=subprocess.DEVNULL,
                    check=False,
                    encoding="utf-8",
                    errors="backslashreplace",  # names of files are bytes
                    timeout=limit,
                    **more,
                )
            except subprocess.TimeoutExpired as error:
                raise self._late(error) from None
        if done.returncode in accepted:
            return done
        raise self._failure(arguments[0], done)

    def _late(self, error: subprocess.TimeoutExpired) -> BackupError:
        last = "".join((error.stderr or b"").decode(errors="backslashreplace").splitlines()[-1:])
        late = f"{self.location.text} did not answer within {error.timeout:.0f} s. Nothing was changed. {last}"
        return BackupError(self._known(last) or late.strip())

    def _failure(self, command: str, done: subprocess.CompletedProcess[str]) -> BackupError:
        said = troubles.words(done.stderr)
        return BackupError(self._known(said) or troubles.unknown(command, done.returncode, said, self.location))

    def _known(self, said: str) -> str | None:
        known_hosts = settings.RECORDS / "known_hosts" if self.settings.sftp_accept_host_key else None
        return troubles.known(said, self.location, self.settings.store, known_hosts)


@contextlib.contextmanager
def in_memory(text: str) -> Iterator[int]:
    """Yield a descriptor of a file that no disk and no other process sees."""
    handle = os.memfd_create("hatchpod-backup", 0)
    try:
        os.fchmod(handle, 0o600)
        os.write(handle, text.encode())
        yield handle
    finally:
        os.close(handle)


def write(path: Path, content: dict[str, Any]) -> None:
    """Replace a file by JSON, as a whole and for good, also where the host goes down right afterwards."""
    new = path.with_name(f".{path.name}.new")
    with new.open("w") as file:
        file.write(json.dumps(content) + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def moment(time_text: str) -> datetime:
    """Return a time as restic writes it, which has up to nine digits after the second."""
    text = re.sub(r"\.(\d{1,6})\d*", lambda match: f".{match[1]:0<6}", time_text)
    return datetime.fromisoformat(text.replace("Z", "+00:00"))  # noqa: FURB162 - hosts may have Python 3.10
