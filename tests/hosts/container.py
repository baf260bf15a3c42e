"""A host: a container that boots systemd, as close to a machine as this one allows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from e2e.machine import docker, run
from hosts import engine_data, inventory, mirror
from hosts.privileges import PRIVILEGES
from hosts.system import ADMIN, host_image

PREFIX = "hatchpod-host-"


@dataclass(frozen=True)
class Platform:
    """A host as its scenario's molecule.yml describes it. Other keys of Molecule's are not ours."""

    name: str
    suite: str
    user: str = ADMIN
    engine_data: Literal["empty", "image"] = "empty"
    tun: bool = False

    @classmethod
    def parse(cls, described: dict[str, Any]) -> Platform:
        """Read one entry of `platforms`."""
        known = {key: described[key] for key in cls.__dataclass_fields__ if key in described}
        return cls(**known)


def container(scenario: str, name: str) -> str:
    """Return the name of the container which is the host `name` of a scenario."""
    return f"{PREFIX}{scenario}-{name}"


def create(scenario: str, platforms: list[Platform], folder: Path) -> None:
    """Boot the hosts and write the inventory that leads to them."""
    engine_data.machine_image()  # it brings the engine up, too
    remove_all(scenario)
    public = inventory.key(folder).with_suffix(".pub").read_text()
    instances = [_boot(container(scenario, one.name), one, public) for one in platforms]
    served = folder / "mirror"
    served.mkdir(exist_ok=True)
    address = mirror.start(container(scenario, "mirror"), served)
    inventory.write(folder, instances, mirror.sysbox(served, address))


def _boot(name: str, platform: Platform, public_key: str) -> inventory.Instance:
    """Start one host that lets the owner of the key in."""
    docker(
        *("create", "--name", name, "--hostname", platform.name, *PRIVILEGES),
        *("--cgroupns", "host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw", "--tmpfs", "/run", "--tmpfs", "/tmp"),
        *("--volume", "/var/lib/docker", "--volume", "/var/lib/containerd", "--stop-signal", "SIGRTMIN+3"),
        *(("--device", "/dev/net/tun") if platform.tun else ()),
        host_image(platform.suite),
    )
    if platform.engine_data == "image":
        template = '{{range .Mounts}}{{if eq .Destination "/var/lib/docker"}}{{.Source}}{{end}}{{end}}'
        run("cp", "--archive", f"{engine_data.with_image()}/.", docker("inspect", "--format", template, name))
    docker("start", name)
    home = "/root" if platform.user == "root" else f"/home/{platform.user}"
    keys = f"{home}/.ssh"
    authorize = f"umask 077; mkdir -p {keys} && cat > {keys}/authorized_keys && chown -R {platform.user}: {keys}"
    run("docker", "exec", "--interactive", name, "sh", "-c", authorize, input=public_key)
    return inventory.Instance(
        platform.name,
        docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", name),
        platform.user,
        docker("exec", name, "cat", "/etc/ssh/ssh_host_ed25519_key.pub"),
    )


def remove_all(scenario: str = "") -> None:
    """Remove the hosts of a scenario, or of all of them, also those that a killed run left."""
    if run("docker", "info", check=False).returncode:
        return  # no engine, no hosts
    prefix = f"{PREFIX}{scenario}-" if scenario else PREFIX
    for name in docker("ps", "--all", "--filter", f"name=^{prefix}", "--format", "{{.Names}}").split():
        docker("rm", "--force", "--volumes", name)
