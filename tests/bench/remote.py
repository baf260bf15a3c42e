"""A host that is reached over SSH: runs that change nothing, and how long an upgrade keeps people out."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import yaml

from bench.figures import Figure
from hosts import container
from hosts.engine_data import BASE
from hosts.scenario import Scenario, recap

NAME, HOST = "bench", "trixie"
# Away from the networks of this machine's own engine; the API is reached from outside.
SETTINGS = {
    "docker_host_bip": "172.27.0.1/24",
    "docker_host_address_pools": [{"base": "172.26.0.0/16", "size": 24}],
    "workstation_web_address": "{{ ansible_host }}",
}
POLL = 0.05  # seconds
SSH_POLL = 1.0  # seconds: OpenSSH shuts out for a while who connects more often and does not log in
DOWNTIME_TARGET = 10.0  # seconds


def measure(folder: Path, repeat: int) -> list[Figure]:
    """Boot a host of Debian 13 in a container, deploy, run again, upgrade, remove the host."""
    container.create(NAME, [container.Platform(HOST, "trixie", engine_data="image")], folder)
    try:
        (folder / "inventory/settings.yml").write_text(yaml.safe_dump({"all": {"vars": SETTINGS}}))
        host = Scenario(NAME, folder)
        first = _timed(host, "playbooks/site.yml")
        again = [_timed(host, "playbooks/site.yml") for _ in range(repeat)]
        watches = [
            _Watch(lambda: _banner(host.address(HOST)), SSH_POLL),
            _Watch(lambda: _healthy(host.address(HOST)), POLL),
        ]
        for watch in watches:
            watch.start()
        # Upon a base that has its packages: the build is not what is measured.
        _timed(host, "playbooks/upgrade.yml", "--extra-vars", f"image_base={BASE}")
        ssh, api = (watch.stop() for watch in watches)
    finally:
        container.remove_all(NAME)
    return [
        Figure("remote_first", "first run over SSH, with the image there", (first,), "s"),
        Figure("remote_no_change", "run that changes nothing, over SSH", tuple(again), "s"),
        Figure("upgrade_ssh", "upgrade, no SSH", (ssh,), "s", DOWNTIME_TARGET),
        Figure("upgrade_api", "upgrade, no API", (api,), "s", DOWNTIME_TARGET),
    ]


def _timed(host: Scenario, playbook: str, *arguments: str) -> float:
    begin = time.monotonic()
    counts = recap(host.play(playbook, *arguments).stdout)[HOST]
    if counts["failed"] + counts["unreachable"]:
        raise RuntimeError(f"{playbook} failed: {counts}")
    return time.monotonic() - begin


class _Watch(threading.Thread):
    """Asks again and again whether a service answers, and remembers the longest time for which it did not."""

    def __init__(self, answers: Callable[[], bool], interval: float) -> None:
        super().__init__(daemon=True)
        self._answers = answers
        self._interval = interval
        self._done = threading.Event()
        self._longest = 0.0

    def run(self) -> None:
        last = time.monotonic()
        while not self._done.wait(self._interval):
            if self._answers():
                now = time.monotonic()
                self._longest, last = max(self._longest, now - last), now

    def stop(self) -> float:
        """Return the longest time without an answer, in seconds."""
        self._done.set()
        self.join()
        return self._longest


def _banner(address: str) -> bool:
    """Say whether the workstation's SSH server answers."""
    try:
        with socket.create_connection((address, 2222), timeout=2) as connection:
            connection.settimeout(2)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _healthy(address: str) -> bool:
    """Say whether the API answers that all is well."""
    try:
        return httpx.get(f"http://{address}:8080/healthz", timeout=2).is_success
    except httpx.HTTPError:
        return False
