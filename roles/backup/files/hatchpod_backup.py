#!/usr/bin/python3 -I
"""Back up and restore the home volume of a workstation on this host, by restic.

    hatchpod-backup --repository FOLDER check
    hatchpod-backup --repository FOLDER create NAME [--quiesce pause|stop|none]
    hatchpod-backup --repository FOLDER restore NAME [--snapshot ID]

Prints what was done as JSON; a failure is one message on standard error and exit code 1. A snapshot is
found by its host and its tag, the workstation's name. A restore puts the new home beside the present one
first and then exchanges the two, so that it either happens or does not.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

CACHE = "/var/cache/hatchpod/restic"
RECORDS = Path("/var/lib/hatchpod/backup")
LOCKS = Path("/run/lock")
STATUS = "/usr/lib/hatchpod/status"
INCOMPLETE = 3  # restic: the snapshot was made, without files that could not be read


class BackupError(Exception):
    """What went wrong, for people."""


@dataclass(frozen=True)
class Repository:
    """A restic repository in a folder of this host, and the host that this one's snapshots are kept under."""

    location: str
    password_file: str
    host: str

    def exists(self) -> bool:
        """Say whether there is a repository; raises BackupError where there is something else."""
        folder = Path(self.location)
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return False
        if not (folder / "config").is_file():
            raise BackupError(
                f"{folder} is neither empty nor a restic repository, which has a file `config`. Nothing was changed. "
                f"Set backup_repository to another folder, or bring the file back if it was a repository."
            )
        return True

    def init(self) -> None:
        """Make the repository, in a folder that is empty or not there."""
        self._restic("init")

    def open(self) -> None:
        """Raise BackupError with the reason where the repository cannot be read with the password."""
        if not Path(self.password_file).exists():
            raise BackupError(
                f"{self.location} has a repository, and this host does not know its password: set backup_password to "
                f"it, or set backup_repository to an empty folder for a new one. Nothing was changed."
            )
        self._restic("cat", "config")

    def backup(self, name: str, folder: Path) -> tuple[dict[str, Any], str]:
        """Make a snapshot of the folder. Returns restic's summary, and what could not be read."""
        done = self._restic("backup", "--host", self.host, "--tag", name, str(folder), accepted=(0, INCOMPLETE))
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        summary: dict[str, Any] = next(line for line in lines if line.get("message_type") == "summary")
        return summary, done.stderr.strip() if done.returncode == INCOMPLETE else ""

    def find(self, name: str, wanted: str) -> dict[str, Any]:
        """Return the snapshot of the workstation that has this id, or its newest one for `latest`."""
        answer = self._restic("snapshots", "--host", self.host, "--tag", name).stdout
        snapshots: list[dict[str, Any]] = sorted(json.loads(answer) or [], key=lambda one: moment(one["time"]))
        if not snapshots:
            raise BackupError(f"{self.location} has no snapshot of {name} on {self.host}. Nothing was changed.")
        if wanted == "latest":
            return snapshots[-1]
        found = [one for one in snapshots if one["id"].startswith(wanted)]
        if len(found) != 1:
            known = ", ".join(f"{one['short_id']} ({one['time'][:16]})" for one in snapshots[-10:])
            problem = "stands for several snapshots" if found else "is no snapshot"
            raise BackupError(
                f"{wanted} {problem} of {name} on {self.host}; the newest are {known}. Nothing was changed."
            )
        return found[0]

    def size(self, snapshot: str) -> int:
        """Return the bytes that a snapshot needs when it is restored."""
        return int(json.loads(self._restic("stats", "--mode", "restore-size", snapshot).stdout)["total_size"])

    def restore(self, snapshot: str, target: Path) -> None:
        """Put the snapshot's content under the target, and read it all once more to be sure."""
        self._restic("restore", snapshot, "--target", str(target), "--verify")

    def _restic(self, *arguments: str, accepted: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        command = ["restic", "--repo", self.location, "--password-file", self.password_file, "--cache-dir", CACHE]
        # Nothing of the caller's environment may point restic elsewhere.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/root", "TZ": "UTC", "LANG": "C.UTF-8"}
        done = subprocess.run(
            [*command, "--json", "--quiet", *arguments],
            capture_output=True,
            check=False,
            env=environment,
            encoding="utf-8",
            errors="backslashreplace",  # names of files are bytes
        )
        if done.returncode in accepted:
            return done
        if re.search("wrong password|no key found", done.stderr):
            raise BackupError(
                f"The password does not open the repository {self.location}. Nothing was changed. Set backup_password "
                f"to the one that it was made with, or backup_repository to an empty folder for a new one."
            )
        lines = [line for line in done.stderr.strip().splitlines() if "retrying after" not in line]
        reason = "\n".join([*lines[:4], *lines[4:][-1:]]) or f"exit code {done.returncode}"
        raise BackupError(
            f"restic {arguments[0]} failed on {self.location}; home and snapshots are as before. It says: {reason}"
        )


def moment(time_text: str) -> datetime:
    """Return a time as restic writes it, which has up to nine digits after the second."""
    text = re.sub(r"\.(\d{1,6})\d*", lambda match: f".{match.group(1):0<6}", time_text)
    return datetime.fromisoformat(text.replace("Z", "+00:00"))  # noqa: FURB162 - hosts may have Python 3.10


def docker(*arguments: str) -> str:
    """Return what a docker command prints."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip() or done.stdout.strip()
        raise BackupError(f"`docker {' '.join(arguments)}` failed: {reason}")
    return done.stdout


def inspect(kind: str, name: str) -> dict[str, Any] | None:
    """Return what Docker knows of a container or volume, or None where there is none."""
    try:
        found: list[dict[str, Any]] = json.loads(docker(kind, "inspect", name))
    except BackupError as error:
        if "no such" in str(error).lower():
            return None
        raise
    return found[0]


def state(name: str) -> dict[str, Any]:
    """Return the state of the workstation's container, as Docker tells it; empty where there is none."""
    found: dict[str, Any] = (inspect("container", name) or {"State": {}})["State"]
    return found


def home_volume(name: str) -> tuple[Path, bool]:
    """Return the folder of the workstation's home, and whether something else is mounted there."""
    volume = inspect("volume", f"{name}_home")
    if volume is None:
        raise BackupError(f"This host has no volume {name}_home. Deploy the workstation first: make up")
    return Path(volume["Mountpoint"]), bool(volume.get("Options"))


@contextlib.contextmanager
def held(name: str, how: str) -> Iterator[None]:
    """Let nothing write to the workstation's home meanwhile; afterwards it runs as before, whatever happens."""
    before = state(name)
    if how == "none" or not before.get("Running") or before.get("Paused"):
        yield
        return
    try:
        docker(how, name)
        yield
    finally:
        now = state(name)
        if now.get("Paused"):
            docker("unpause", name)
        elif now.get("Running") is False:
            docker("start", name)


def create(repository: Repository, name: str, quiesce: str) -> dict[str, Any]:
    """Make a snapshot of the workstation's home."""
    home, _ = home_volume(name)
    if not (home / ".hatchpod").is_dir():
        raise BackupError(
            f"{home} is not the home of a workstation that has ever started: there is nothing to back up."
        )
    if repository.exists():
        repository.open()
    else:
        repository.init()
    began = time.monotonic()
    with held(name, quiesce):
        summary, unread = repository.backup(name, home)
    seconds = round(time.monotonic() - began, 1)
    if unread and quiesce != "none":
        raise BackupError(f"The snapshot {summary['snapshot_id'][:8]} of {name} lacks files: {unread}")
    result = {
        "workstation": name,
        "snapshot": summary["snapshot_id"][:8],
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "added_bytes": summary["data_added"],
        "total_bytes": summary["total_bytes_processed"],
        "seconds": seconds,
        "unread": unread.splitlines(),
        "repository": repository.location,
    }
    RECORDS.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = RECORDS / f".{name}.new"
    new.write_text(json.dumps(result) + "\n")
    new.replace(RECORDS / f"{name}.json")
    return result


def restore(repository: Repository, name: str, wanted: str, ready_timeout: int) -> dict[str, Any]:
    """Make the workstation's home what it was in the snapshot."""
    home, mounted = home_volume(name)
    if mounted:
        raise BackupError(
            f"The volume {name}_home is a mount of its own: restore it by restic itself. Nothing was changed."
        )
    incoming, earlier = home.with_name("restoring"), home.with_name("before-restore")
    recover(home, earlier)
    remove(incoming)
    if not repository.exists():
        raise BackupError(f"There is no repository in {repository.location}. Nothing was changed.")
    repository.open()
    snapshot = repository.find(name, wanted)
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


def await_services(name: str, seconds: int) -> None:
    """Wait until the workstation's services are ready; raises BackupError with the end of its log when they are not."""
    try:
        docker("exec", name, STATUS, "--wait", str(seconds))
    except BackupError as error:
        log = ["docker", "logs", "--tail", "10", name]
        end_of_log = subprocess.run(log, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
        text = end_of_log.decode(errors="backslashreplace")
        raise BackupError(
            f"{name} was not ready {seconds} s after its start. {error}\nIts log ends with:\n{text}"
        ) from error


def remove(folder: Path) -> None:
    """Remove a folder and all in it."""
    if folder.exists():
        shutil.rmtree(folder)


@contextlib.contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one backup or restore of a workstation run at a time."""
    with (LOCKS / f"hatchpod-backup-{name}").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another backup or restore of {name} runs. Try again when it has ended.") from None
        yield


def arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="hatchpod-backup", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--repository", required=True, help="folder of the restic repository")
    parser.add_argument("--password-file", default="/etc/hatchpod/backup/PASSWORD", help="file with its password")
    parser.add_argument("--host", default=os.uname().nodename, help="host that snapshots are kept under")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="say whether the repository can be read")
    making = commands.add_parser("create", help="make a snapshot")
    making.add_argument("name", help="the workstation")
    making.add_argument(
        "--quiesce", choices=["pause", "stop", "none"], default="pause", help="what keeps it consistent"
    )
    restoring = commands.add_parser("restore", help="bring a snapshot back")
    restoring.add_argument("name", help="the workstation")
    restoring.add_argument("--snapshot", default="latest", help="id of the snapshot, or `latest`")
    restoring.add_argument("--ready-timeout", type=int, default=60, help="seconds to wait for the services")
    return parser.parse_args()


def perform(given: argparse.Namespace) -> dict[str, Any]:
    """Do what the command line says."""
    repository = Repository(given.repository, given.password_file, given.host)
    if given.command == "check":
        if not repository.exists():
            return {"repository": "absent"}
        repository.open()
        return {"repository": "ready"}
    with alone(given.name):
        if given.command == "create":
            return create(repository, given.name, given.quiesce)
        return restore(repository, given.name, given.snapshot, given.ready_timeout)


def end(number: int, _frame: object) -> NoReturn:
    """Leave by way of every `finally`."""
    sys.exit(128 + number)


def main() -> None:
    """Run the command."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        done = perform(arguments())
    except (BackupError, OSError) as error:
        sys.exit(f"{error}")
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main()
