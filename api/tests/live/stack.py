"""`hatchpod-api agents` and `hatchpod-api serve` as child processes, and a client for each of their doors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from argon2 import PasswordHasher
from websockets.sync.client import ClientConnection, connect

SOURCE = Path(__file__).parents[2] / "src"
PASSWORD = "Korb-Laterne-77-Zug"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
DEADLINE = 60.0

Frame = dict[str, Any]


class Stack:
    """Both processes, with everything that they keep below `root`."""

    agents_module = "hatchpod_api"

    def __init__(self, root: Path, **environment: str) -> None:
        self.root = root
        self.home = root / "home"
        self.workspace = self.home / "workspace"
        self.workspace.mkdir(parents=True)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.port = 0
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "USER": "hatchpod",
            "PYTHONPATH": str(SOURCE),
            "HATCHPOD_RUN_DIR": str(root / "run"),
            "HATCHPOD_PROVIDERS": "claude,scripted",
            **environment,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for name in ("serve", "agents"):
            self.kill(name, signal.SIGTERM)

    def start(self) -> None:
        self.start_agents()
        self.start_web()

    def start_agents(self) -> None:
        self._spawn("agents", {})

    def start_web(self) -> None:
        self.spawn_web()
        self.wait(lambda: self.get("/healthz").status_code == 200, "the web server knows the agent host")

    def spawn_web(self) -> None:
        """Start it until it accepts connections, and ask it nothing."""
        self._spawn("serve", {"API_PASSWORD_HASH": HASH, "PORT": str(self.port)})
        for line in self._log("serve").read_text().splitlines():
            with_port = json.loads(line)
            if with_port.get("event") == "listening":
                self.port = with_port["port"]

    def _spawn(self, command: str, environment: Mapping[str, str]) -> None:
        """Start it, and wait until it says that it is ready."""
        module = self.agents_module if command == "agents" else "hatchpod_api"
        reading, writing = os.pipe()
        with self._log(command).open("ab") as log:
            self.processes[command] = subprocess.Popen(
                [sys.executable, "-m", module, command, "--notify-fd", str(writing)],
                env={**self.environment, **environment},
                cwd=self.workspace,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(writing,),
                start_new_session=True,
            )
        os.close(writing)
        with os.fdopen(reading, "rb") as ready:
            assert ready.read() == b"\n", self._log(command).read_text()

    def _log(self, command: str) -> Path:
        return self.root / f"{command}.log"

    def kill(self, command: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send the signal to that process alone, and wait for its end."""
        process = self.processes.pop(command, None)
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(DEADLINE)
        finally:
            process.kill()
            process.wait()

    # Clients

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {PASSWORD}", **options.pop("headers", {})}
        return httpx.request(method, self.url + path, headers=headers, timeout=DEADLINE, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.request("POST", path, json=body, **options)

    def create(self, prompt: str = "", **fields: Any) -> str:
        response = self.post("/api/sessions", {"prompt": prompt, "provider": "scripted", **fields})
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    @contextmanager
    def socket(self, path: str, token: str | None = PASSWORD) -> Iterator[ClientConnection]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"ws://127.0.0.1:{self.port}{path}"
        with connect(url, additional_headers=headers, max_size=None, open_timeout=DEADLINE) as connection:
            yield connection

    @contextmanager
    def stream(self, session: str, cursor: str | None = None, **options: Any) -> Iterator[Viewer]:
        with self.socket(f"/api/sessions/{session}/stream", **options) as connection:
            viewer = Viewer(connection)
            viewer.send("subscribe", **({"cursor": cursor} if cursor else {}))
            yield viewer

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, f"not within {DEADLINE:.0f} s: {what}"
            time.sleep(0.02)


class Viewer:
    """One client of a session's stream: what it received, and what it makes of it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[Frame] = []
        self.epoch = ""

    def send(self, kind: str, **fields: Any) -> None:
        self.connection.send(json.dumps({"type": kind, **fields}))

    def next(self) -> Frame:
        frame: Frame = json.loads(self.connection.recv(timeout=DEADLINE))
        if frame["type"] in {"resume", "replay_complete"}:
            self.epoch = frame["cursor"].partition(":")[0]
        self.frames.append(frame)
        return frame

    def until(self, kind: str, **fields: Any) -> Frame:
        """Read on, up to the first frame of this kind with these fields."""
        end = time.monotonic() + DEADLINE  # of its own: the server's pings keep the connection alive
        while True:
            assert time.monotonic() < end, f"no {kind} {fields} in {[frame['type'] for frame in self.frames[-40:]]}"
            frame = self.next()
            if frame["type"] == kind and all(frame.get(name) == value for name, value in fields.items()):
                return frame

    @property
    def cursor(self) -> str:
        """What to come back with: after the newest numbered frame, or where the replay said."""
        numbered = [frame["seq"] for frame in self.frames if "seq" in frame]
        if numbered:
            return f"{self.epoch}:{numbered[-1]}"
        return str(next(frame["cursor"] for frame in reversed(self.frames) if "cursor" in frame))

    @property
    def numbers(self) -> list[int]:
        return [frame["seq"] for frame in self.frames if "seq" in frame]
