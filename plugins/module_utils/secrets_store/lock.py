"""One run at a time per directory of secrets."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ansible.module_utils.secrets_store.files import reporting, set_attributes
from ansible.module_utils.secrets_store.model import Attributes, SecretError

LOCK_NAME = ".lock"
_POLL_SECONDS = 0.05
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def locked(folder: int, directory: str, timeout: float) -> Iterator[None]:
    """Hold the directory's lock. The lock file stays: removing it would let two runs hold two locks.

    The kernel releases the lock when the process ends, however it ends, so a killed run blocks nobody.
    """
    path = f"{directory}/{LOCK_NAME}"
    with reporting("open the lock file", path):
        descriptor = os.open(LOCK_NAME, _FLAGS, 0o600, dir_fd=folder)
    try:
        with reporting("repair", path):  # whoever can read it can hold it
            set_attributes(descriptor, Attributes(os.geteuid(), os.getegid(), 0o600))
        _wait(descriptor, path, timeout)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, path: str, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise SecretError(
                    f"{path} is still locked by {_holder(descriptor)} after {timeout:g} seconds. Nothing was changed. "
                    "Wait until that run has ended, or end it, then run this again"
                ) from None
            time.sleep(_POLL_SECONDS)
        else:
            return


def _holder(descriptor: int) -> str:
    """Who holds the lock, as far as the kernel tells (not across containers)."""
    inode = str(os.fstat(descriptor).st_ino)
    with contextlib.suppress(OSError):
        for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
            fields = line.split()
            if len(fields) > 5 and fields[1] == "FLOCK" and fields[5].rsplit(":", 1)[-1] == inode:
                return f"process {fields[4]}"
    return "another run"
