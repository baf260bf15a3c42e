"""Somebody who uses a workstation from elsewhere: with a password, a key, a tunnel."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect

from e2e.machine import ROOT, free_ports, run
from hosts.scenario import Scenario

PATIENCE = 60  # seconds
TRUST = ["-F", "none", "-o", "StrictHostKeyChecking=accept-new", "-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR"]


@dataclass(frozen=True)
class Visitor:
    """A workstation seen from the controller; `folder` keeps the host keys that it showed."""

    scenario: Scenario
    host: str
    folder: Path
    workstation: str = "hatchpod"
    ssh_port: int = 2222

    @property
    def address(self) -> str:
        """The address of the host that carries the workstation."""
        return self.scenario.address(self.host)

    @property
    def ssh(self) -> list[str]:
        """The options of ssh up to the address."""
        return [*TRUST, "-o", f"UserKnownHostsFile={self.folder / 'known'}", "-p", str(self.ssh_port)]

    def credentials(self) -> dict[str, str]:
        """Return what `make credentials` prints."""
        done = run(
            *self.scenario.command("playbooks/credentials.yml", "--limit", self.host),
            *("--extra-vars", f"credentials_workstation={self.workstation}"),
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_STDOUT_CALLBACK": "plain", "ANSIBLE_NOCOLOR": "1"},
        )
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    def status(self) -> dict[str, Any]:
        """Return what the workstation says of its services once they have settled."""
        command = ["docker", "exec", self.workstation, "/usr/lib/hatchpod/status", "--wait", str(PATIENCE)]
        return dict(json.loads(self.scenario.on(self.host, *command, check=False)))

    def with_password(self, password: str, command: str) -> tuple[int, str]:
        """Log in by password, run a command, and return its exit code and output."""
        with self._spawned(
            ["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1"], password, command
        ) as one:
            output = one.read()
        return one.exitstatus or 0, output

    def with_key(self, key: Path, *command: str, check: bool = True) -> tuple[int, str]:
        """Log in by key alone, run a command, and return its exit code and output."""
        only = ["-i", str(key), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        done = run("ssh", *self.ssh, *only, f"hatchpod@{self.address}", *command, check=check)
        return done.returncode, done.stdout + done.stderr

    @contextmanager
    def tunnel(self, password: str, port: int) -> Iterator[str]:
        """Forward a port of this machine to one inside the workstation; give its address."""
        (local,) = free_ports(1)
        with self._spawned(["-N", "-L", f"{local}:localhost:{port}"], password) as ssh:
            while not _listens(local):
                ssh.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=0.2)
                assert ssh.isalive(), ssh.before
            yield f"http://127.0.0.1:{local}"

    @contextmanager
    def _spawned(self, options: list[str], password: str, *command: str) -> Iterator[Any]:
        """Start ssh and answer its question for the password."""
        arguments = [*self.ssh, *options, f"hatchpod@{self.address}", *command]
        child = pexpect.spawn("ssh", arguments, encoding="utf-8", timeout=PATIENCE)
        try:
            child.expect("password: ")
            child.sendline(password)
            yield child
        finally:
            child.close()


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def answers(address: str, port: int) -> bool:
    """Say whether something at an address takes a connection to a TCP port."""
    with socket.socket() as one:
        one.settimeout(10)
        return one.connect_ex((address, port)) == 0
