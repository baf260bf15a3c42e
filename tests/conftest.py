"""What tests that change this machine share: one at a time, and an engine that is left as it was found."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.machine import engine_process, stop_engine

LOCK = Path("/run/lock/hatchpod-e2e.lock")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell which tests stay together when several processes run them: those that change this machine, and each file."""
    for item in items:
        changes_machine = "machine" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("machine" if changes_machine else str(item.path)))


@pytest.fixture(scope="session")
def machine() -> Iterator[None]:
    """This machine for this run alone; an engine that it started is stopped afterwards."""
    if os.geteuid() != 0:
        pytest.skip("these tests change this machine and need root")
    with LOCK.open("w") as lock:  # held until this process ends, also when it is killed
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.fail(f"another run of these tests is going on on this machine ({LOCK}); wait for it", pytrace=False)
        engine_ran = engine_process() is not None
        yield
        pid = engine_process()
        if pid is not None and not engine_ran:
            stop_engine(pid)
