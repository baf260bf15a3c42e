"""A workstation of this host, as Docker knows it: its home, its state, and one backup or restore at a time."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchpod_backup import BackupError, settings
from hatchpod_backup.restic import write

STATUS = "/usr/lib/hatchpod/status"


class BusyError(BackupError):
    """Another backup or restore of the workstation runs."""


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
    write(settings.RECORDS / f"{name}.held", {"quiesce": how, "started": before.get("StartedAt")})
    try:
        docker(how, name)
        yield
    finally:
        let_go(name)


def let_go(name: str) -> None:
    """Let the workstation go on where its record says that it is held."""
    record = settings.RECORDS / f"{name}.held"
    if not record.exists():
        return
    held_run, now = json.loads(record.read_text()), state(name)
    # One that was started since then is held no more; whatever else happened to it is none of our business.
    if now.get("StartedAt") == held_run["started"]:
        if now.get("Paused"):
            docker("unpause", name)
        elif held_run["quiesce"] == "stop":
            docker("restart", name)  # which also waits for a stop that is still under way
    record.unlink()


def release() -> list[str]:
    """Let every workstation go on that a backup held when it was killed. Returns their names."""
    released, failed = [], []
    for record in sorted(settings.RECORDS.glob("*.held")):
        name = record.name.removesuffix(".held")
        try:
            with alone(name):
                let_go(name)
            released.append(name)
        except BusyError:
            continue  # it will let go itself
        except BackupError as error:
            failed.append(f"{name}: {error}")
    if failed:
        raise BackupError("\n".join(failed))
    return released


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


@contextlib.contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one backup or restore of a workstation run at a time."""
    settings.LOCKS.mkdir(mode=0o700, exist_ok=True)
    with contextlib.ExitStack() as stack:
        for path in locks(name):
            file = stack.enter_context(path.open("w"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError(f"Another backup or restore of {name} runs. Try again when it has ended.") from None
        yield


@contextlib.contextmanager
def undisturbed(name: str) -> Iterator[None]:
    """Have whoever wants to deploy the workstation wait, as it is held sooner or later; they look at this lock."""
    with (settings.LOCKS / f"{name}.still").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # a look takes no time
        yield


def locks(name: str) -> Iterator[Path]:
    """Yield the file that is locked, and that of an earlier release of this program, where one was at work."""
    yield settings.LOCKS / name
    earlier = settings.EARLIER_LOCKS / f"hatchpod-backup-{name}"
    with contextlib.suppress(FileNotFoundError):
        found = earlier.lstat()
        # Anybody may have put something there; what is root's, nobody else can exchange.
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
            yield earlier
