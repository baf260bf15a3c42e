"""What the end-to-end tests know of this machine: its inventory, its two workstations, its engine."""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "hatchpod-e2e-"
STANDIN_RUNTIME = ROOT / "tests/standins/sysbox-runc"
DAEMON_JSON = Path("/etc/docker/daemon.json")
PLAYBOOK_LIMIT = 2400  # seconds; the first run builds the image


def run(*command: str, check: bool = True, timeout: float = 120, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it printed; show it where it was not expected to fail."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, **more)
    if check and done.returncode:
        pytest.fail(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}")
    return done


def docker(*arguments: str, check: bool = True, timeout: float = 120) -> str:
    """Run `docker` and return its output."""
    return run("docker", *arguments, check=check, timeout=timeout).stdout.strip()


_candidates = iter(random.sample(range(22_000, 32_000), 1000))


def free_ports(count: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[int]:
    """Return ports that nothing uses now, each once; the kernel gives none of them to a test that asks for any port."""
    found: list[int] = []
    for port in _candidates:
        with socket.socket(socket.AF_INET, kind) as one, contextlib.suppress(OSError):
            one.bind(("", port))
            found.append(port)
        if len(found) == count:
            return found
    pytest.fail("no free ports")


def free_udp_range(length: int) -> tuple[int, int]:
    """Return a range of UDP ports that nothing on this machine uses now."""
    for first in range(61000, 64000, length):
        try:
            for port in range(first, first + length):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
                    one.bind(("", port))
        except OSError:
            continue
        return first, first + length - 1
    pytest.fail("no free UDP ports")


@dataclass
class Workstation:
    """One workstation, as a person who uses it knows it."""

    name: str
    settings: dict[str, Any]
    credentials: dict[str, str] = field(default_factory=dict)

    @property
    def ssh_port(self) -> int:
        return int(self.settings["ssh_port"])

    def exec(self, *command: str, user: str = "root", check: bool = True) -> str:
        """Run a command in the container, as an administrator of the host would."""
        return docker("exec", "--user", user, self.name, *command, check=check)

    def status(self) -> dict[str, Any]:
        """Return what the workstation says of its services once they have settled."""
        return dict(json.loads(self.exec("/usr/lib/hatchpod/status", "--wait", "30", check=False)))

    def state(self, service: str) -> str:
        """Return the state of one service."""
        return str(self.status()["services"][service]["state"])


@dataclass
class Host:
    """This machine, its inventory, and the two workstations."""

    folder: Path
    first: Workstation
    second: Workstation
    first_run: subprocess.CompletedProcess[str] | None = None

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory.yml"

    def write_inventory(self, **variables: Any) -> None:
        """Write the inventory of both workstations, with more variables."""
        document = {
            "all": {
                "hosts": {"localhost": {"ansible_connection": "local"}},
                "vars": {"workstations": [self.first.settings, self.second.settings], **variables},
            }
        }
        self.inventory.write_text(yaml.safe_dump(document))

    def make(self, verb: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of the Makefile's verbs against this host's inventory."""
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1"}
        command = ["make", "--silent", "--directory", str(ROOT), verb, f"INVENTORY={self.inventory}", *arguments]
        return run(*command, check=check, timeout=PLAYBOOK_LIMIT, env=environment)

    def up(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`make up`, with more arguments for ansible-playbook."""
        return self.make("up", f"ARGS={' '.join(arguments)}", check=check)


def engine_process() -> int | None:
    """Return the pid of an engine that runs without an init system, if there is one."""
    try:
        pid = int(Path("/var/run/docker.pid").read_text())
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid


def remove_leftovers() -> None:
    """Remove what these tests made, now or in an earlier run that was killed."""
    if shutil.which("docker") is None or run("docker", "info", check=False).returncode:
        return
    for name in docker("ps", "--all", "--filter", f"name={PREFIX}", "--format", "{{.Names}}").split():
        docker("rm", "--force", "--volumes", name)
    for name in docker("volume", "ls", "--filter", f"name={PREFIX}", "--format", "{{.Name}}").split():
        docker("volume", "rm", name)
    for path in Path("/etc/hatchpod").glob(f"{PREFIX}*"):
        shutil.rmtree(path)


def stop_engine(pid: int) -> None:
    """Stop the engine that the tests started, and wait until it is gone."""
    os.kill(pid, signal.SIGTERM)
    run("timeout", "30", "tail", f"--pid={pid}", "-f", "/dev/null", check=False)


def first_settings() -> dict[str, Any]:
    """A workstation on a host without Sysbox."""
    ssh, terminal, api = free_ports(3)
    low, high = free_udp_range(4)
    return {
        "name": f"{PREFIX}first",
        "ssh_port": ssh,
        "web_terminal_port": terminal,
        "api_port": api,
        "mosh_ports": f"{low}-{high}",
        "runtime": "runc",
    }


def second_settings(first: dict[str, Any]) -> dict[str, Any]:
    """A workstation beside it that takes the Sysbox runtime by itself; only its mosh range must not overlap."""
    ssh, terminal, api = free_ports(3)
    start = int(first["mosh_ports"].split("-")[1]) + 1
    return {
        "name": f"{PREFIX}second",
        "ssh_port": ssh,
        "web_terminal_port": terminal,
        "api_port": api,
        "mosh_ports": f"{start}-{start + 1}",
        # given, where those of the first are generated
        "ssh_password": "Given-" + secrets.token_urlsafe(18),
        "api_password": "Given-" + secrets.token_urlsafe(18),
    }
