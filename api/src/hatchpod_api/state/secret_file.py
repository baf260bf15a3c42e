"""Secrets that another program reads as a file: in the state folder, for its user alone."""

import os
from pathlib import Path

from hatchpod_api.errors import UnavailableError
from hatchpod_api.files.replacing import draft


def keep_secret(path: Path, content: bytes, *, overwrite: bool) -> None:
    """Write it as a whole, and make the folder, too. What was there stays when that fails.

    Raises `FileExistsError` unless it may `overwrite`, and `UnavailableError` when the disk is full or fails.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with draft(folder, path.name, mode=0o600) as new:
                new.file.write(content)
                new.publish(overwrite=overwrite)
        finally:
            os.close(folder)
    except FileExistsError:
        raise
    except OSError as error:
        raise UnavailableError(
            f"This cannot be kept in {path.parent} ({error.strerror}); free some space, then try again."
        ) from error
