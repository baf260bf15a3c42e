"""Files in the home: read with care, replaced as a whole, and what of them is ours remembered."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MOST_BYTES = 64 * 1024 * 1024
LOCK_SECONDS = 20.0
STALE_SECONDS = 10.0


class HomeError(Exception):
    """Something that the user has to know; it says what is wrong and what to do."""


def read(path: Path) -> str | None:
    """Return the text of a file, None where there is none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise HomeError(f"{path} is too large to be read; it stays as it is")
        return path.read_text()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise HomeError(f"{path} cannot be read ({error}); it stays as it is. Repair it by hand") from error


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, an empty one where there is no file or nothing in it."""
    text = read(path)
    try:
        value = json.loads(text) if text and text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise HomeError(f"{path} is not valid JSON ({error}); it stays as it is. Repair it by hand") from error
    if not isinstance(value, dict):
        raise HomeError(f"{path} is not a JSON object; it stays as it is. Repair it by hand")
    return value


def write(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace a file, or what it is a link to, as a whole. One that is there keeps its mode."""
    real = Path(os.path.realpath(path))  # people keep their settings among their dotfiles
    real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            os.fchmod(handle, real.stat().st_mode & 0o777 if real.exists() else mode)
            file.write(text)
            file.flush()
            os.fsync(handle)
        Path(name).replace(real)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_object(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON object as Claude Code does."""
    write(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that Claude Code itself takes to rewrite a file: a folder beside it, stale when it is old."""
    lock = path.with_name(f"{path.name}.lock")
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            lock.mkdir()
            break
        except FileExistsError:
            if time.monotonic() >= deadline:
                raise HomeError(f"{path} is locked by {lock}; it stays as it is. Run this again") from None
            _remove_if_stale(lock)
            time.sleep(0.05)
    try:
        yield
    finally:
        lock.rmdir()


def _remove_if_stale(lock: Path) -> None:
    try:
        if time.time() - lock.stat().st_mtime > STALE_SECONDS:
            lock.rmdir()
    except FileNotFoundError:
        pass  # its holder was quicker
