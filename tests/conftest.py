"""What tests that change this machine share: one at a time, and an engine that is left as it was found."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from e2e.machine import engine_process, stop_engine

LOCK = Path("/run/lock/hatchpod-e2e.lock")


class Together(LoadScopeScheduling):  # type: ignore[misc] # xdist's classes have no types
    """Which tests one process takes as a whole: those that change this machine, and those of each other file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "machine" if file.startswith(("tests/e2e/", "tests/scenarios/")) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Share the tests out where there are several processes."""
    return Together(config, log)


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
