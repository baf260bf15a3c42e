"""What a repository of dotfiles installs itself with."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from hatchpod_dotfiles import DotfilesError
from hatchpod_dotfiles.place import Place
from hatchpod_dotfiles.process import Both, Log, Tail, last_lines, run
from hatchpod_dotfiles.settings import Settings

SCRIPTS = ("install.sh", "setup.sh", "bootstrap.sh")
SHOWN_LINES = 15


def choose(folder: Path) -> str:
    """Return the first of the scripts that can be executed, else `make` for a Makefile, else nothing."""
    for name in SCRIPTS:
        if (folder / name).is_file() and os.access(folder / name, os.X_OK):
            return name
    return "make" if (folder / "Makefile").is_file() else ""


def forgotten(folder: Path) -> str:
    """Say which script would run if it could be executed; empty without one."""
    names = [name for name in SCRIPTS if (folder / name).is_file() and not os.access(folder / name, os.X_OK)]
    return f"{names[0]} cannot be executed: git update-index --chmod=+x {names[0]}" if names else ""


def install(name: str, place: Place, settings: Settings, deadline: float) -> None:
    """Run what `choose` chose, in the clone, with its output in the log; raise where it fails."""
    log, tail = Log(place.log), Tail(32768)
    command: list[str | Path] = ["make"] if name == "make" else [place.dotfiles / name]
    try:
        code = start(command, place, deadline, Both(log, tail))
    except OSError as error:
        raise DotfilesError(f"{name} cannot be started: {reason(error, place.dotfiles / name)}") from error
    finally:
        log.close()
    if code == 0:
        return
    if code is None:
        failed = (
            f"did not end within {settings.timeout} s and was ended; {settings.name('DOTFILES_TIMEOUT')} allows more"
        )
    else:
        failed = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
    raise DotfilesError(f"{name} {failed}; what it printed is in {place.log}", last_lines(tail.text(), SHOWN_LINES))


def start(command: Sequence[str | Path], place: Place, deadline: float, output: Both) -> int | None:
    """Run the command; one without a first line that names its program by the shell, as a shell does."""
    try:
        return run(command, cwd=place.dotfiles, environment=place.environment, deadline=deadline, output=output)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        by_shell = ["/bin/sh", *command]
        return run(by_shell, cwd=place.dotfiles, environment=place.environment, deadline=deadline, output=output)


def reason(error: OSError, path: Path) -> str:
    """Return why a script cannot start, in words that help."""
    if isinstance(error, FileNotFoundError) and path.is_file():
        first = path.read_bytes()[:200].split(b"\n")[0].decode(errors="replace")
        return f"its first line, {first!r}, names a program that is not there"
    return error.strerror or str(error)
