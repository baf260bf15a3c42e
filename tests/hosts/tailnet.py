"""`python -m hosts.tailnet`: the tailnet of a scenario, with a real Headscale and the real Tailscale.

Headscale runs in one more container of the scenario, so that hosts and workstations reach it, and it goes with them.
The real Tailscale, built by Go, is packaged as its authors' package has it and served by the scenario's mirror: a
STAND-IN for their apt repository. `FOLDER/inventory/tailnet.yml` leads the playbooks to both.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.machine import docker, run
from hosts.container import container
from hosts.scenario import Scenario
from hosts.system import host_image
from tailnet import programs
from tailnet.headscale import Headscale

PORT = 8080
STOP_LIMIT = 30  # seconds
OWNERS = {"tagOwners": {"tag:pod": ["alice@"]}}
VERSION = programs.TAILSCALE.version.removeprefix("v")
CONTROL = f"""Package: tailscale
Version: {VERSION}
Architecture: amd64
Maintainer: Hatchpod tests <tests@example.invalid>
Depends: iptables
Description: Tailscale, built from its authors' sources
"""
UNIT = """[Unit]
Description=Tailscale
After=network.target
[Service]
Environment=TS_NO_LOGS_NO_SUPPORT=true
ExecStart=/usr/sbin/tailscaled --statedir=/var/lib/tailscale --socket=/run/tailscale/tailscaled.sock
RuntimeDirectory=tailscale
StateDirectory=tailscale
[Install]
WantedBy=multi-user.target
"""


@dataclass
class ServedHeadscale(Headscale):
    """A Headscale in a container that stays while the server stops and starts, and its address with it."""

    container: str = ""

    def start(self) -> None:
        """Run the server until it answers."""
        command = " ".join(self.serve)
        shell = f"echo $$ > {self.folder}/pid; exec {command} >> {self.log} 2>&1"
        docker("exec", "--detach", self.container, "sh", "-c", shell)
        self.wait()

    def stop(self) -> None:
        """End the server; what it knows stays in its folder."""
        docker("exec", self.container, "sh", "-c", f"read pid < {self.folder}/pid; kill $pid")
        deadline = time.monotonic() + STOP_LIMIT
        while self.answers():
            if time.monotonic() > deadline:
                pytest.fail(f"Headscale does not end:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)


def headscale(scenario: Scenario) -> ServedHeadscale:
    """Return the server of a scenario."""
    name = scenario.container("headscale")
    address = docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", name)
    server = ServedHeadscale(scenario.folder / "headscale", address, PORT, container=name)
    server.write_policy(OWNERS)
    return server


def _run_headscale(scenario: Scenario) -> ServedHeadscale:
    """Make the container, and run the server in it."""
    folder = scenario.folder / "headscale"
    shutil.rmtree(folder, ignore_errors=True)  # by an earlier run
    folder.mkdir(parents=True)
    program = programs.headscale()
    docker(
        *("run", "--detach", "--name", container(scenario.name, "headscale"), "--stop-signal", "SIGKILL"),
        *("--volume", f"{folder}:{folder}", "--volume", f"{program}:{program}:ro"),
        *(host_image("trixie"), "sleep", "infinity"),
    )
    server = headscale(scenario)
    server.start()
    return server


def _serve_packages(folder: Path) -> None:
    """Put an apt repository with the package into a folder."""
    shutil.rmtree(folder, ignore_errors=True)  # by an earlier run
    folder.mkdir(parents=True)
    deb = folder / "tailscale.deb"
    with tempfile.TemporaryDirectory() as work:
        root = Path(work) / "package"
        for path in ("DEBIAN", "usr/bin", "usr/sbin", "usr/lib/systemd/system"):
            (root / path).mkdir(parents=True)
        (root / "DEBIAN/control").write_text(CONTROL)
        (root / "usr/lib/systemd/system/tailscaled.service").write_text(UNIT)
        shutil.copy2(programs.tailscaled(), root / "usr/sbin/tailscaled")
        (root / "usr/bin/tailscale").symlink_to("../sbin/tailscaled")  # one program under two names
        run("dpkg-deb", "--build", "--root-owner-group", "-Zgzip", "-z1", str(root), str(deb), timeout=600)
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    listed = f"{CONTROL}Filename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n".encode()
    (folder / "Packages").write_bytes(listed)
    (folder / "Packages.gz").write_bytes(gzip.compress(listed))


def variables(server: Headscale, mirror: str) -> dict[str, Any]:
    """Return what the inventory says: two workstations and the host, each with a key that works once."""
    return {
        "image_tailscale_repository": f"deb [trusted=yes] http://{mirror}/tailscale ./",
        "tailscale_login_server": server.url,
        "workstations": [
            {
                "name": "kernel",
                "tailscale_auth_key": server.key(tags=("tag:pod",)),  # Headscale refuses a new node that asks for tags
                "tailscale_serve": "http",
            },
            {
                "name": "userspace",
                "ssh_port": 2223,
                "web_terminal_port": 7682,
                "api_port": 8081,
                "mosh_ports": "60004-60007",
                "tailscale_auth_key": server.key(),
                "tailscale_hostname": "proxied",
                "tailscale_userspace": True,
            },
        ],
        "tailscale_host": {"auth_key": server.key()},
    }


def main() -> None:
    """Make all of it."""
    scenario = Scenario.current()
    _serve_packages(scenario.folder / "mirror/tailscale")
    server = _run_headscale(scenario)
    mirror = docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", scenario.container("mirror"))
    inventory = scenario.folder / "inventory/tailnet.yml"
    inventory.write_text(yaml.safe_dump({"all": {"vars": variables(server, mirror)}}))


if __name__ == "__main__":
    main()
