"""The hosts as their administrator sees them after the playbook."""

from __future__ import annotations

import json
from pathlib import Path

from testinfra.host import Host

from hosts.visitor import Visitor

testinfra_hosts = ["ansible://all"]


def test_every_secret_and_setting_is_root_s_alone(host: Host) -> None:
    with host.sudo():
        listing = host.check_output("find /etc/hatchpod /var/lib/hatchpod -printf '%y %m %U:%G %p\n'")
    entries = [line.split(" ", 3) for line in listing.splitlines()]
    secrets = {Path(entry[3]).name for entry in entries if entry[3].startswith("/etc/hatchpod/hatchpod/secrets/")}
    assert {"API_PASSWORD", "SSH_PASSWORD", "TTYD_PASSWORD"} <= secrets
    assert {entry[2] for entry in entries} == {"0:0"}
    secret = [entry for entry in entries if entry[3].startswith("/etc/hatchpod")]
    assert {entry[1] for entry in secret if entry[0] == "d"} == {"700"}
    assert {entry[1] for entry in secret if entry[0] == "f"} == {"600"}


def test_the_administrator_needs_sudo_to_read_them(host: Host) -> None:
    assert host.user().name == "admin"
    assert host.run("ls /etc/hatchpod").rc != 0


def test_the_engine_and_sysbox_start_at_boot(host: Host) -> None:
    for name in ("docker", "sysbox"):
        service = host.service(name)
        assert service.is_enabled
        assert service.is_running


def test_every_service_in_the_workstation_is_ready(visitor: Visitor) -> None:
    status = visitor.status()
    states = {name: service["state"] for name, service in status["services"].items()}
    assert {name: state for name, state in states.items() if state != "ready"} == {"tailscaled": "off"}, status


def test_docker_works_inside(visitor: Visitor) -> None:
    """With the stand-in for Sysbox."""
    inspected = visitor.scenario.on(visitor.host, "docker", "inspect", visitor.workstation)
    (container,) = json.loads(inspected)
    assert container["HostConfig"]["Runtime"] == "sysbox-runc"
    assert not container["HostConfig"]["Privileged"]
    inside = ["docker", "exec", "--user", "hatchpod", visitor.workstation]
    assert "failed" not in visitor.scenario.on(visitor.host, *inside, "/usr/lib/hatchpod/docker-test")
    assert visitor.scenario.on(visitor.host, *inside, "docker", "info", "--format", "{{.Driver}}") == "overlay2"


def test_the_workstation_comes_back_with_its_engine(visitor: Visitor) -> None:
    policy = ["docker", "inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", visitor.workstation]
    assert visitor.scenario.on(visitor.host, *policy) == "unless-stopped"


def test_one_host_has_built_the_image_itself(host: Host) -> None:
    """Debian 13 from nothing, by BuildKit. The other one had the image, as a host does that had Docker before."""
    with host.sudo():
        built = host.file("/var/log/hatchpod/image-build.log").exists
    assert built == (host.system_info.codename == "trixie")
