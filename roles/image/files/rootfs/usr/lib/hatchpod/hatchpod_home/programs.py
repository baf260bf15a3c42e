"""Programs that are asked to change something in the home."""

from __future__ import annotations

import subprocess

from hatchpod_home.files import HomeError

SECONDS = 120


def run(*command: str, stdin: str | None = None, seconds: float = SECONDS) -> str:
    """Return what a program printed; raises `HomeError` with its last line where it fails or takes too long."""
    try:
        done = subprocess.run(
            command, input=stdin or "", capture_output=True, text=True, timeout=seconds, check=False, errors="replace"
        )
    except subprocess.TimeoutExpired:
        raise HomeError(f"{_named(command)} did not end within {seconds:.0f} s; run this again") from None
    except OSError as error:
        raise HomeError(f"{_named(command)} cannot be run: {error.strerror}") from error
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise HomeError(f"{_named(command)} failed: {lines[-1][:500] if lines else f'exit code {done.returncode}'}")
    return done.stdout


def succeeds(*command: str) -> bool:
    """Say whether a program that is only asked something says yes."""
    return subprocess.run(command, capture_output=True, timeout=SECONDS, check=False).returncode == 0


def _named(command: tuple[str, ...]) -> str:
    return f"`{' '.join(command)[:200]}`"
