"""Runs of a playbook that do not reach their end."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from e2e.machine import ROOT, run
from hosts.scenario import Scenario

RUN_LIMIT = 900  # seconds


class Interrupted:
    """`playbooks/site.yml`, ended or cut off a moment after one of its tasks has begun."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def killed(self, since: str, later: int, pause: float) -> str:
        """Kill ansible-playbook and all its processes; return the task that had begun, so many later than `since`."""
        return self._run(since, later, pause, lambda process, _: os.killpg(process.pid, signal.SIGKILL))

    def cut(self, since: str, later: int, pause: float) -> str:
        """Cut the SSH connection, and let Ansible see what it makes of that; return the task that had begun."""
        return self._run(since, later, pause, lambda _, sockets: _kill_masters(sockets))

    def _run(self, since: str, later: int, pause: float, strike: Callable[[subprocess.Popen[str], Path], None]) -> str:
        sockets = Path(tempfile.mkdtemp(prefix="hp-"))  # a socket's path may not be long
        environment = {**os.environ, "ANSIBLE_SSH_CONTROL_PATH_DIR": str(sockets), "ANSIBLE_NOCOLOR": "1"}
        command = self._scenario.command("playbooks/site.yml")
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        limit = threading.Timer(RUN_LIMIT, process.kill)
        limit.start()
        try:
            assert process.stdout is not None
            begun: list[str] = []
            struck = ""
            for line in process.stdout:
                if (found := re.match(r"TASK \[(.*)\]", line)) and (begun or found.group(1) == since):
                    begun.append(found.group(1))
                    if len(begun) == later + 1:
                        struck = begun[-1]
                        time.sleep(pause)
                        strike(process, sockets)
            process.wait()
        finally:
            limit.cancel()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            _kill_masters(sockets)
            shutil.rmtree(sockets)
        assert struck, f"the run ended before the task that was to be interrupted; since {since!r} it had {begun}"
        return struck


def _kill_masters(sockets: Path) -> None:
    """Kill the ssh processes that hold Ansible's connections open, each by its own word of who it is."""
    for path in sockets.iterdir():
        said = run("ssh", "-O", "check", "-o", f"ControlPath={path}", "any", check=False).stderr
        if found := re.search(r"pid=(\d+)", said):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(found.group(1)), signal.SIGKILL)
