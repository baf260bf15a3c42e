"""Molecule's scenarios, each one test: `molecule test -s NAME`. Its output is shown where it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.machine import ROOT, run

SCENARIOS = [
    *("default", "options", "upgrade", "dotfiles", "tailnet", "migrate_claude_box"),
    *(pytest.param(name, marks=pytest.mark.full) for name in ("backup", "faults", "vps")),
]
LIMIT = 2400  # seconds for one scenario; the slowest takes a quarter of that on two idle processors
FOLDER = ROOT / ".cache/molecule"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def engine(machine: None) -> Iterator[None]:
    """Nothing of an earlier run is there, nor afterwards of this one."""
    remove_hosts()
    yield
    remove_hosts()


def remove_hosts() -> None:
    """Remove the hosts of all scenarios."""
    run(sys.executable, "-m", "hosts", "destroy", "all", str(FOLDER), cwd=ROOT / "tests")
    run(sys.executable, "-m", "hosts.virtual", "destroy", "vps", str(FOLDER / "vps"), cwd=ROOT / "tests")


@pytest.mark.timeout(LIMIT + 120)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(engine: None, scenario: str) -> None:
    folder = FOLDER / scenario
    folder.mkdir(parents=True, exist_ok=True)
    log = folder.with_suffix(".log")
    environment = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "MOLECULE_EPHEMERAL_DIRECTORY": str(folder),
        "MOLECULE_COMMAND_BORDERS": "false",
        "NO_COLOR": "1",
    }
    with log.open("wb") as output:
        # A session of its own, so that all it started can be ended with it.
        process = subprocess.Popen(
            ["molecule", "test", "--scenario-name", scenario],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(LIMIT)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
    text = log.read_text(errors="replace")
    assert code == 0, f"the whole output is in {log.relative_to(ROOT)}; it ends with\n{text[-15000:]}"
