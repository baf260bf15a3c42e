"""The workstation as somebody elsewhere meets it after the first run, and the machine as its administrator does."""

from __future__ import annotations

import httpx
import pytest

from hosts.virtual.reached import Reached
from hosts.visitor import Visitor

HOST, NAME = "vps", "hatchpod"


@pytest.fixture(scope="module")
def credentials(visitor: Visitor) -> dict[str, str]:
    """What `make credentials` prints."""
    return visitor.credentials()


def test_the_generated_password_logs_in_and_no_other(visitor: Visitor, credentials: dict[str, str]) -> None:
    code, output = visitor.with_password(credentials["SSH_PASSWORD"], "id -un; claude --version")
    assert code == 0
    assert output.split()[0] == "hatchpod"
    assert "Claude Code" in output
    code, output = visitor.with_password(credentials["API_PASSWORD"], "id -un")
    assert code == 255
    assert "Permission denied" in output


def test_web_terminal_and_api_answer_through_a_tunnel(visitor: Visitor, credentials: dict[str, str]) -> None:
    patience = httpx.Timeout(60)
    with visitor.tunnel(credentials["SSH_PASSWORD"], 7681) as terminal:
        assert httpx.get(terminal, timeout=patience).status_code == 401
        login = (credentials["TTYD_USERNAME"], credentials["TTYD_PASSWORD"])
        assert httpx.get(terminal, auth=login, timeout=patience).status_code == 200
    with visitor.tunnel(credentials["SSH_PASSWORD"], 8080) as api:
        assert httpx.get(f"{api}/healthz", timeout=patience).json()["status"] == "ok"
        address = f"{api}/api/sessions"
        assert httpx.get(address, timeout=patience).status_code == 401
        bearer = {"Authorization": f"Bearer {credentials['API_PASSWORD']}"}
        assert httpx.get(address, headers=bearer, timeout=patience).status_code == 200


def test_every_service_is_ready_and_docker_works_inside(scenario: Reached) -> None:
    """With the stand-in for Sysbox."""
    states = scenario.services(HOST, NAME)
    assert {name: state for name, state in states.items() if state != "ready"} == {"tailscaled": "off"}
    inside = ["docker", "exec", "--user", "hatchpod", NAME]
    assert "failed" not in scenario.on(HOST, *inside, "/usr/lib/hatchpod/docker-test")
    assert scenario.on(HOST, *inside, "docker", "info", "--format", "{{.Driver}}") == "overlay2"


def test_systemd_runs_the_engine_on_the_machine_s_own_control_groups(scenario: Reached) -> None:
    assert scenario.on(HOST, "systemctl", "is-active", "docker", "sysbox") == "active\nactive"
    assert scenario.on(HOST, "systemctl", "is-enabled", "docker", "sysbox") == "enabled\nenabled"
    assert scenario.on(HOST, "systemctl", "--failed", "--no-legend") == ""
    engine = scenario.on(HOST, "docker", "info", "--format", "{{.CgroupDriver}} {{.CgroupVersion}} {{.Driver}}")
    assert engine == "systemd 2 overlay2"


def test_web_ports_are_the_machine_s_own(scenario: Reached) -> None:
    for port in (7681, 8080):
        listening = scenario.on(HOST, "ss", "-Hltn", f"sport = :{port}").splitlines()
        assert [line.split()[3] for line in listening] == [f"127.0.0.1:{port}"]
