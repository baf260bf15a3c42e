"""The workstation that is measured: its inventory, its life and death, and the way into it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from e2e.machine import DAEMON_JSON, PLAYBOOK_LIMIT, ROOT, Workstation, docker, free_ports, free_udp_range, run

NAME = "hatchpod-bench"
BUILD_NAME = f"{NAME}/image"
SOCKET = "/var/run/docker.sock"
QUIET = 4  # seconds for which a starting workstation is left alone before it is asked anything
PATIENCE = 60  # seconds
SSH_POLL = 0.01  # seconds
# One line a service: name, is it wanted, is it ready, when it became ready. s6 notes that time itself.
READINESS = """
for folder in /run/service/*/; do
  echo "$(basename "$folder") $(s6-svstat -o wantedup,ready "$folder")" \
    "$(s6-svstat -o readysince "$folder" | TZ=UTC s6-tai64nlocal)"
done
"""


class EngineSocket(http.client.HTTPConnection):
    """HTTP to the engine."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(SOCKET)


def engine(method: str, path: str, body: Any = None) -> Any:
    """Return what the engine's API answers, decoded."""
    connection = EngineSocket("localhost", timeout=60)
    try:
        connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status >= 400:
        raise RuntimeError(f"{method} {path}: {content.decode()}")
    return json.loads(content)


def seconds_since_epoch(text: str) -> float:
    """Return the time that an RFC 3339 or s6-tai64nlocal text in UTC names."""
    date, _, fraction = text.strip().removesuffix("Z").replace("T", " ").partition(".")
    return datetime.strptime(date, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp() + float(f"0.{fraction or 0}")


def parse_readiness(output: str, start: float) -> dict[str, float] | None:
    """Return seconds from `start` to readiness by service, without those that are off; None while one is not ready."""
    found = {}
    for line in output.splitlines():
        service, wanted, ready, since = line.split(" ", 3)
        if wanted == "true" and ready != "true":
            return None
        if wanted == "true":
            found[service] = seconds_since_epoch(since) - start
    return found or None


@dataclass
class Start:
    """One start: seconds from the command to the first process and to every service's readiness."""

    process: float
    services: dict[str, float]

    @property
    def ready(self) -> float:
        """Until the last service was ready. The inner engine, which not every host allows, is not waited for."""
        return max(seconds for service, seconds in self.services.items() if service != "dockerd")


class Station:
    """The workstation under measurement."""

    def __init__(self, folder: Path) -> None:
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key"))
        ssh, terminal, api = free_ports(3)
        low, high = free_udp_range(4)
        settings = {
            "name": NAME,
            "ssh_port": ssh,
            "web_terminal_port": terminal,
            "api_port": api,
            "mosh_ports": f"{low}-{high}",
            "runtime": "runc",
            "authorized_keys": [(folder / "key.pub").read_text().strip()],
        }
        self.folder = folder
        self.workstation = Workstation(NAME, settings)
        self._recipe: dict[str, Any] = {}

    def ansible(self, *command: str, **variables: str) -> str:
        """Run one of Ansible's programs against this station's inventory and return its output."""
        # The engine keeps the configuration that it has.
        engine_keeps = json.loads(DAEMON_JSON.read_text()) if DAEMON_JSON.exists() else {}
        hosts = {"localhost": {"ansible_connection": "local"}}
        settings = {"workstations": [self.workstation.settings], "docker_host_daemon_config": engine_keeps}
        inventory = self.folder / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": settings}}))
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", **variables}
        program, *arguments = command
        options = ["--inventory", str(inventory)]
        return run(program, *options, *arguments, cwd=ROOT, env=environment, timeout=PLAYBOOK_LIMIT).stdout

    def deploy(self) -> str:
        """Bring the workstation up by the playbook that everybody uses, and note what its container is made of."""
        output = self.ansible("ansible-playbook", "playbooks/site.yml")
        container = engine("GET", f"/containers/{NAME}/json")
        self._recipe = {**container["Config"], "HostConfig": container["HostConfig"]}
        return output

    def renew(self) -> None:
        """Put a new container with empty volumes in place of the old one; it is not started."""
        remove_container()
        engine("POST", f"/containers/create?name={NAME}", self._recipe)

    def start(self) -> Start:
        """Start the container and leave it alone until it must be ready; then read when it became so."""
        before = time.time()
        docker("start", NAME)
        time.sleep(QUIET)
        deadline = time.monotonic() + PATIENCE
        while (services := parse_readiness(self.workstation.exec("sh", "-c", READINESS), before)) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{NAME} was not ready after {PATIENCE} s:\n{docker('logs', '--tail', '30', NAME)}")
            time.sleep(1)
        started = seconds_since_epoch(docker("inspect", "--format", "{{.State.StartedAt}}", NAME))
        return Start(started - before, services)

    def start_until_login(self) -> tuple[float, float]:
        """Start the container; return seconds until SSH sends its banner and until a key login has run a command."""
        before = time.monotonic()
        docker("start", NAME)
        deadline = before + PATIENCE
        while not self._banner() and time.monotonic() < deadline:
            time.sleep(SSH_POLL)
        banner = time.monotonic() - before
        while run(*self.ssh("-o", "BatchMode=yes"), "true", check=False).returncode:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no login by key within {PATIENCE} s:\n{docker('logs', '--tail', '30', NAME)}")
        return banner, time.monotonic() - before

    def _banner(self) -> bool:
        """Say whether an SSH server answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.workstation.ssh_port), timeout=2) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def ssh(self, *options: str) -> list[str]:
        """Return the command that logs in by key."""
        port, key = str(self.workstation.ssh_port), str(self.folder / "key")
        trust = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
        return ["ssh", "-F", "none", "-p", port, "-i", key, *trust, *options, "hatchpod@127.0.0.1"]

    def stop(self) -> float:
        """Stop the container; return the seconds that took. Raises RuntimeError where it had to be killed."""
        before = time.monotonic()
        docker("stop", NAME)
        seconds = time.monotonic() - before
        if code := docker("inspect", "--format", "{{.State.ExitCode}}", NAME).replace("0", "", 1):
            raise RuntimeError(f"{NAME} did not stop by itself: exit code {code}")
        return seconds

    @contextmanager
    def login(self) -> Iterator[None]:
        """Keep a login shell open that does nothing."""
        shell = subprocess.Popen(
            self.ssh("-tt"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        limit = threading.Timer(PATIENCE, shell.kill)
        try:
            assert shell.stdin is not None
            assert shell.stdout is not None
            shell.stdin.write(b"echo $((6 * 7))\n")
            shell.stdin.flush()
            limit.start()
            if not any(line.rstrip().endswith(b"42") for line in shell.stdout):  # the terminal puts codes before it
                raise RuntimeError("the login that was to stay open ended")
            limit.cancel()
            yield
        finally:
            limit.cancel()
            shell.kill()
            shell.communicate()


def remove_container() -> None:
    """Remove the container and its volumes."""
    docker("rm", "--force", "--volumes", NAME, check=False)
    for volume in docker("volume", "ls", "--filter", f"name=^{NAME}_", "--format", "{{.Name}}").split():
        docker("volume", "rm", volume)


def remove_all() -> None:
    """Remove everything that a benchmark makes, also one that was killed. The workstation image stays."""
    if shutil.which("docker") is None or run("docker", "info", check=False).returncode:
        return
    remove_container()
    for image in docker("image", "ls", BUILD_NAME, "--format", "{{.Repository}}:{{.Tag}}").split():
        docker("image", "rm", "--force", image)
    shutil.rmtree(f"/etc/hatchpod/{NAME}", ignore_errors=True)
