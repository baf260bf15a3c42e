"""What the hosts download from elsewhere than Debian, served over HTTP by one more container of the scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from e2e.machine import docker
from hosts.system import host_image
from standins.sysbox_package import build


def start(container: str, folder: Path) -> str:
    """Serve a folder to the hosts; return its address."""
    docker(
        *("run", "--detach", "--name", container, "--volume", f"{folder}:/srv:ro", "--workdir", "/srv"),
        *("--stop-signal", "SIGKILL", host_image("trixie"), "python3", "-m", "http.server", "80"),
    )
    return f"http://{docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', container)}"


def sysbox(folder: Path, address: str) -> dict[str, Any]:
    """Put the STAND-IN for Sysbox's package into the folder; return the variables that lead the role to it."""
    return {"sysbox_mirror": f"{address}/sysbox", "sysbox_release": build(folder / "sysbox").release}
