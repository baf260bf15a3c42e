"""The command line. What goes on is told on standard error as log lines, or the result as JSON on standard output."""

from __future__ import annotations

import argparse
import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from hatchpod_dotfiles import DotfilesError
from hatchpod_dotfiles.applying import Report, Run
from hatchpod_dotfiles.place import Place
from hatchpod_dotfiles.record import Record, alone
from hatchpod_dotfiles.settings import Settings, problems, read, shown

CONFIGURATION = Path("/run/hatchpod")
SECRETS = Path("/run/workstation/dotfiles")  # in memory, and the user's
VARIABLES = Path("/etc/s6/env")
RELOAD = Path("/usr/lib/hatchpod/reload")
USER = "hatchpod"
PATIENCE = 30  # seconds beyond the time limit of the run that is waited for


def arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        prog="hatchpod-dotfiles",
        description="Clone your dotfiles to ~/dotfiles and install them; go on with what failed before.",
    )
    parser.add_argument("--update", action="store_true", help="bring them up to date, also where no setting says so")
    parser.add_argument("--again", action="store_true", help="run the install script even where it has run already")
    parser.add_argument("--check", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument("--json", action="store_true", help="print the result as JSON, for programs")
    parser.add_argument("--settings", metavar="JSON", default="{}", help="settings that come before those configured")
    return parser.parse_args()


def become(name: str) -> Place:
    """Give up root's rights for good; return where this user's things are."""
    user = pwd.getpwnam(name)
    SECRETS.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chown(SECRETS, user.pw_uid, user.pw_gid)
    os.setgroups(os.getgrouplist(name, user.pw_gid))
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.umask(0o022)
    os.chdir(user.pw_dir)
    variables = {path.name: path.read_text().partition("\n")[0] for path in VARIABLES.iterdir()}
    about = {"HOME": user.pw_dir, "USER": name, "LOGNAME": name, "SHELL": user.pw_shell, "TERM": "dumb"}
    return Place(Path(user.pw_dir), SECRETS / "now", {**variables, **about})


def run(values: Mapping[str, str], place: Place, options: argparse.Namespace, *, managed: bool) -> Report:
    """Do what is wanted, after any other run; one that failed meanwhile is not done over at once."""
    if wrong := problems(values, managed=managed):
        told = {"repository": shown(values.get("DOTFILES_REPO", "")), "reason": ". ".join(wrong)}
        record = (Record.read(place.state) or Record()).now(state="refused", output=[], **told)
        if not options.check:
            record.write(place.state)
        return Report(record)
    settings = Settings.of(values, managed=managed)
    if options.update:
        settings = replace(settings, update=True)
    if not settings.repository:
        return Report(Record())
    before = Record.read(place.state)
    with alone(place.state, settings.timeout + PATIENCE):
        done = Record.read(place.state)
        if done and done != before and done.state == "failed" and done.repository == settings.shown:
            return Report(done)  # just now, by the run that was waited for
        return Run(settings, place, check=options.check, again=options.again).report()


def tell(report: Report) -> None:
    """Print what became of the dotfiles, for people and for the container's log."""
    record = report.record
    level = "info" if record.state in {"installed", "off"} else "error" if record.state == "failed" else "warning"
    by = f" by {record.script}" if record.script else ""
    said = {
        "off": "no repository is set",
        "installed": f"{record.repository} is at {record.commit[:10]}, installed{by}",
    }.get(record.state, record.state)
    lines = [f"{said}: {record.reason}" if record.reason else said, *record.output]
    sys.stderr.write("".join(f"{level}: {line}\n" for text in lines for line in text.splitlines()))


def end(number: int, _frame: object) -> NoReturn:
    """Leave by way of every `finally`."""
    sys.exit(128 + number)


def main() -> None:
    """Run the command; exit code 1 where the dotfiles are not as wanted."""
    options = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, end)
    if os.geteuid() != 0:
        sys.exit("dotfiles: error: its settings are root's to read: run hatchpod-dotfiles, which asks sudo")
    values = {**read(CONFIGURATION / "dotfiles"), **json.loads(options.settings)}
    if values.get("DOTFILES_REPO") and not options.check:
        subprocess.run([RELOAD, "--note", "dotfiles"], check=False)  # no change of them is owed any more
    managed = (CONFIGURATION / "managed").exists()
    try:
        report = run(values, become(USER), options, managed=managed)
    except DotfilesError as error:
        report = Report(Record(state="failed", reason=str(error)))
    if options.json:
        sys.stdout.write(json.dumps(report.document()) + "\n")
    else:
        tell(report)
    sys.exit(report.record.state in {"failed", "refused"})
