"""The machine with a clock that is wrong, before anything was done to it: refused with the fix, and mended by that."""

from __future__ import annotations

import re
import shlex
import time

import pytest

from e2e.machine import run
from hosts.virtual.reached import Reached

HOST = "vps"
TOLERANCE = 300  # seconds, the default


def clock(scenario: Reached) -> int:
    return int(scenario.on(HOST, "date", "+%s"))


@pytest.mark.parametrize("wrong", ["-400 days", "+400 days"])
def test_wrong_clock_is_refused_and_the_command_that_is_named_puts_it_right(scenario: Reached, wrong: str) -> None:
    scenario.on(HOST, "date", "--set", wrong)
    assert abs(clock(scenario) - time.time()) > 399 * 86400
    try:
        done = scenario.play("playbooks/site.yml", check=False)
    finally:
        mend = "sudo date --utc --set @$(date +%s)"
        run("sh", "-c", f"{shlex.join(scenario.login(HOST))} {mend}")
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert "Nothing was changed. the clock of this host shows" in said
    assert f"ssh HOST {mend}" in said
    assert re.search(r"changed=0 .*failed=1", said)
    assert abs(clock(scenario) - time.time()) < TOLERANCE
