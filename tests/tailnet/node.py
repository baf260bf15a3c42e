"""A real `tailscaled` with userspace networking: a node of a tailnet that needs neither root's powers nor a device."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

from tailnet import programs
from tailnet.headscale import free_port

LIMIT = 60  # seconds
# Nothing is told to Tailscale, the company, by a node of a test.
ENVIRONMENT = {"TS_NO_LOGS_NO_SUPPORT": "true", "TS_DEBUG_FIREWALL_MODE": "auto"}


@dataclass
class Node:
    """A daemon with a state and a socket of its own in a folder, whose path has to be short: see Headscale's."""

    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.program = programs.tailscaled()
        self.client = programs.tailscale()
        self.socks_port = free_port()
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def socket(self) -> Path:
        """Where the daemon answers."""
        return self.folder / "socket"

    @property
    def log(self) -> Path:
        """What it said since it was made."""
        return self.folder / "log"

    @property
    def socks(self) -> str:
        """The SOCKS5 proxy that leads into the tailnet."""
        return f"127.0.0.1:{self.socks_port}"

    def start(self) -> None:
        """Run the daemon until it answers."""
        command = [str(self.program), "--statedir", str(self.folder / "state"), "--socket", str(self.socket)]
        command += ["--tun", "userspace-networking", "--socks5-server", self.socks, "--port", "0"]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **ENVIRONMENT})
        self.wait_for("answer", lambda status: status["BackendState"] != "NoState")

    def stop(self) -> None:
        """End the daemon; its state stays."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def restart(self) -> None:
        """End the daemon and start it again."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `tailscale` against this daemon."""
        done = subprocess.run(
            [str(self.client), "--socket", str(self.socket), *arguments],
            capture_output=True,
            text=True,
            timeout=LIMIT * 2,
            check=False,
        )
        if check and done.returncode:
            said = f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
            pytest.fail(
                f"tailscale {arguments[0]} ended with {done.returncode}: {said}\n{self.log.read_text()[-3000:]}"
            )
        return done

    def join(self, server: str, key: str, *options: str) -> None:
        """Log in to a control server with a key; options are those of `tailscale up`."""
        path = self.folder / "key"
        path.touch(mode=0o600)
        path.write_text(key)
        login = ["--login-server", server, "--auth-key", f"file:{path}", "--accept-dns=false", "--timeout", f"{LIMIT}s"]
        self.command("up", *login, *options)

    def status(self) -> dict[str, Any]:
        """Return what `tailscale status --json` says."""
        return dict(json.loads(self.command("status", "--json").stdout))

    def preferences(self) -> dict[str, Any]:
        """Return what the daemon is set to (`tailscale debug prefs`)."""
        return dict(json.loads(self.command("debug", "prefs").stdout))

    @property
    def address(self) -> str:
        """Its IPv4 address in the tailnet."""
        return str(self.status()["Self"]["TailscaleIPs"][0])

    def wait_for(self, what: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the status is what the callable `reached` looks for; return it."""
        deadline = time.monotonic() + LIMIT
        last = ""
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                break
            done = self.command("status", "--json", check=False)
            if done.returncode == 0 and reached(status := json.loads(done.stdout)):
                return dict(status)
            last = done.stdout[-2000:] + done.stderr[-500:]
            time.sleep(0.1)
        pytest.fail(f"{self.folder.name} does not {what}: {last}\n{self.log.read_text()[-3000:]}")
