"""The API's two processes over a data set, started as in a workstation and asked over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

from tests.live.stack import Stack

from bench.figures import Process

PATIENCE = 300.0  # seconds until the index must be built
POLL = 0.1  # seconds between questions that take no part in what is measured


class Service(Stack):
    """`serve` and `agents`. Requests carry a device token, as those of programs and phones do."""

    def __init__(self, root: Path, projects: Path) -> None:
        super().__init__(root, CLAUDE_PROJECTS_DIR=str(projects), OPEN_METRICS="1")
        self.projects = projects
        self._token = ""
        self._connection: http.client.HTTPConnection | None = None

    def forget(self) -> None:
        """Remove the index and everything else that is kept."""
        shutil.rmtree(self.home / ".local", ignore_errors=True)
        self._token = ""

    def stop(self, command: str) -> float:
        """End a process as its supervisor does; return the seconds that took."""
        before = time.monotonic()
        self._disconnect()
        self.kill(command, signal.SIGTERM)
        return time.monotonic() - before

    def ask(self, path: str) -> tuple[float, Any]:
        """Return the seconds until the whole answer was there, and the answer. Raises RuntimeError on an error."""
        if not self._token:
            self._token = self.post("/api/tokens", {"name": "bench"}).json()["token"]
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        before = time.monotonic()
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
        response = self._connection.getresponse()
        content = response.read()
        seconds = time.monotonic() - before
        if response.status != 200:
            raise RuntimeError(f"GET {path}: {response.status} {content[:500]!r}")
        return seconds, json.loads(content) if path.startswith("/api/") else content.decode()

    def index_ready(self) -> bool:
        """Say whether every transcript was read."""
        return "\nhatchpod_index_ready 1" in self.ask("/metrics")[1]

    def wait_for_index(self) -> list[float]:
        """Wait until the index is complete; return how long each list took that was asked for meanwhile."""
        deadline, lists = time.monotonic() + PATIENCE, []
        while not self.index_ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the index was not complete after {PATIENCE:.0f} s")
            lists.append(self.ask("/api/sessions?limit=50")[0])
            time.sleep(POLL)
        return lists

    def memory(self) -> list[Process]:
        """Return both processes with what they started."""
        return [process for child in self.processes.values() for process in _family(child.pid)]

    def processor_seconds(self) -> float:
        """Return the processor time that `serve` has used so far, with that of processes it started and that ended."""
        fields = Path("/proc", str(self.processes["serve"].pid), "stat").read_text().rpartition(")")[2].split()
        return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    def read_bytes(self) -> int:
        """Return how many bytes `serve` has read so far, from files and sockets alike."""
        lines = Path("/proc", str(self.processes["serve"].pid), "io").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("rchar:")).split()[1])

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class StampingService(Service):
    """The agent host says the time when it is asked to: see `stamping_host`."""

    agents_module = "bench.api.stamping_host"

    def __init__(self, root: Path, projects: Path) -> None:
        super().__init__(root, projects)
        self.environment["PYTHONPATH"] += f":{Path(__file__).parents[2]}"


def _memory(folder: Path) -> tuple[int, int]:
    """RSS and PSS in bytes. The web server tells only root its PSS, which is at most its RSS."""
    try:
        lines = (folder / "smaps_rollup").read_text().splitlines()[1:]
    except PermissionError:
        lines = (folder / "status").read_text().splitlines()
    sizes = dict(line.split(":", 1) for line in lines)
    resident = sizes.get("Rss") or sizes["VmRSS"]
    return (int(resident.split()[0]) * 1024, int(sizes.get("Pss", resident).split()[0]) * 1024)


def _family(pid: int) -> list[Process]:
    folder = Path("/proc", str(pid))
    rss, pss = _memory(folder)
    command = (folder / "cmdline").read_text().replace("\0", " ").strip()
    own = Process(pid, 0, command, rss, pss)
    children = [int(child) for task in (folder / "task").iterdir() for child in (task / "children").read_text().split()]
    return [own, *(process for child in children for process in _family(child))]
