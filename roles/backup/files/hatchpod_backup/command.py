"""The command line of hatchpod-backup.

A result is JSON on standard output; a failure is one message on standard error and exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from hatchpod_backup import BackupError, candidate, settings
from hatchpod_backup.creating import create
from hatchpod_backup.restic import Repository
from hatchpod_backup.restoring import restore
from hatchpod_backup.settings import Settings
from hatchpod_backup.workstation import alone, release, undisturbed


def arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="hatchpod-backup", description="Back up and restore workstations.")
    parser.add_argument("--store", type=Path, default=settings.STORE, help="folder of the settings and secrets")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="say whether the repository can be read")
    checking.add_argument("--try-out", action="store_true", help="with settings and secrets from standard input")
    checking.add_argument("--dry-run", action="store_true", help="which keeps nothing, such as a server's host key")
    commands.add_parser("run", help="make a snapshot of every workstation, as the timer does")
    making = commands.add_parser("create", help="make a snapshot of one workstation")
    making.add_argument("name", help="the workstation")
    making.add_argument("--quiesce", choices=["pause", "stop", "none"], help="what keeps it consistent")
    restoring = commands.add_parser("restore", help="bring a snapshot back")
    restoring.add_argument("name", help="the workstation")
    restoring.add_argument("--snapshot", default="latest", help="id of the snapshot, or `latest`")
    restoring.add_argument("--from-host", help="host that the snapshot was made on, if it is not this one")
    restoring.add_argument("--from-workstation", help="workstation that it was made of, if its name is another")
    restoring.add_argument("--ready-timeout", type=int, default=60, help="seconds to wait for the services")
    commands.add_parser("release", help="let workstations go on that a backup held when it was killed")
    commands.add_parser("unlock", help="remove locks that were left by what is gone")
    direct = commands.add_parser("restic", help="run restic itself on the repository")
    direct.add_argument("words", nargs=argparse.REMAINDER, help="such as `snapshots`")
    return parser.parse_args()


def perform(given: argparse.Namespace) -> dict[str, Any]:
    """Do what the command line says."""
    if given.command == "check":
        if given.try_out:
            return candidate.try_out(sys.stdin.read(), given.store, dry_run=given.dry_run)
        return candidate.check(given.store)
    if given.command == "release":
        return {"released": release()}
    stored = Settings.read(given.store)
    repository = Repository(stored)
    if given.command in {"run", "create", "restore"}:
        take_up()
    if given.command == "run":
        return run_all(repository)
    if given.command == "unlock":
        repository.open()
        repository.unlock()
        return {"repository": "unlocked"}
    if given.command == "restic":
        sys.exit(repository.hand_over(given.words))
    with alone(given.name):
        if given.command == "create":
            return create(repository, given.name, given.quiesce or stored.quiesce)
        origin = (given.from_host or stored.host, given.from_workstation or given.name)
        with undisturbed(given.name):
            return restore(repository, given.name, given.snapshot, origin, given.ready_timeout)


def run_all(repository: Repository) -> dict[str, Any]:
    """Make a snapshot of every workstation; one that fails does not keep the others from theirs."""
    done, failed = [], []
    for name in repository.settings.workstations:
        try:
            with alone(name):
                done.append(create(repository, name, repository.settings.quiesce))
        except (BackupError, OSError) as error:
            failed.append(f"{name}: {error}")
    if failed:
        sys.stdout.write(json.dumps({"snapshots": done}) + "\n")
        raise BackupError("\n".join(failed))
    return {"snapshots": done}


def take_up() -> None:
    """Let go what a killed backup left; where that fails it is said, and keeps no backup from being made."""
    try:
        release()
    except (BackupError, OSError) as error:
        sys.stderr.write(f"{error}\n")


def end(number: int, _frame: object) -> NoReturn:
    """Leave by way of every `finally`."""
    sys.exit(128 + number)


def main() -> None:
    """Run the command."""
    if os.geteuid() != 0:
        sys.exit("hatchpod-backup needs root: run it by sudo.")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        done = perform(arguments())
    except (BackupError, OSError) as error:
        sys.exit(f"{error}")
    sys.stdout.write(json.dumps(done) + "\n")
