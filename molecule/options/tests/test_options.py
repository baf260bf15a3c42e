"""Each option has the effect that its description promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from hosts.scenario import Scenario
from hosts.visitor import Visitor, answers

HOST = "trixie"


@pytest.fixture(scope="session")
def alpha(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """Somebody at the workstation that has settings of its own."""
    return Visitor(scenario, HOST, tmp_path_factory.mktemp("alpha"), "alpha", 2301)


@pytest.fixture(scope="session")
def beta(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """Somebody at the workstation that has those of all workstations."""
    return Visitor(scenario, HOST, tmp_path_factory.mktemp("beta"), "beta", 2302)


def inspected(visitor: Visitor) -> dict[str, Any]:
    """Return what the engine knows of a workstation's container."""
    (container,) = json.loads(visitor.scenario.on(HOST, "docker", "inspect", visitor.workstation))
    return dict(container)


def test_docker_comes_from_the_other_repository(scenario: Scenario) -> None:
    """With a STAND-IN for Docker's repository."""
    listed = scenario.on(HOST, "dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Abbrev}\\n").splitlines()
    installed = {line.split()[0] for line in listed if line.endswith("ii ")}
    assert {"docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin", "tree"} <= installed
    assert not {"docker.io", "docker-cli", "containerd", "runc", "sysbox-ce"} & installed
    origin = scenario.on(HOST, "apt-cache", "policy", "docker-ce")
    assert "/docker trixie/stable" in origin


def test_the_engine_has_its_settings(scenario: Scenario) -> None:
    settings = json.loads(scenario.on(HOST, "cat", "/etc/docker/daemon.json"))
    assert settings["log-opts"] == {"max-size": "2m", "max-file": "2"}
    assert settings["default-address-pools"] == [{"base": "172.24.0.0/16", "size": 26}]
    info = json.loads(scenario.on(HOST, "docker", "info", "--format", "{{json .}}"))
    assert info["Debug"]
    assert info["Labels"] == ["hatchpod=options"]
    assert "sysbox-runc" not in info["Runtimes"]
    assert "172.25.0.1/24" in scenario.on(HOST, "ip", "-4", "address", "show", "docker0")


def test_both_workstations_run_on_one_image_of_another_name(alpha: Visitor, beta: Visitor) -> None:
    images = {inspected(visitor)["Config"]["Image"] for visitor in (alpha, beta)}
    assert len(images) == 1
    assert images.pop().startswith("example/pod:")


def test_each_workstation_has_its_ports(alpha: Visitor, beta: Visitor) -> None:
    for port in (2301, 7701, 8101, 7702, 8102):
        assert answers(alpha.address, port), port
    for port in (2302, 2222, 7681, 8080):
        assert not answers(alpha.address, port), port
    mosh = {port for port in inspected(alpha)["HostConfig"]["PortBindings"] if port.endswith("/udp")}
    assert mosh == {"61000/udp", "61001/udp"}
    bound = inspected(beta)["HostConfig"]["PortBindings"]
    assert {port for port in bound if port.endswith("/udp")} == {"61002/udp", "61003/udp", "61004/udp"}
    assert bound["2222/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": "2302"}]
    assert bound["8080/tcp"] == [{"HostIp": beta.address, "HostPort": "8102"}]


def test_a_key_logs_in_where_passwords_do_not(scenario: Scenario, alpha: Visitor, tmp_path: Path) -> None:
    assert alpha.with_key(scenario.folder / "login", "id -un") == (0, "hatchpod\n")
    code, output = alpha.with_key(tmp_path / "none", "true", check=False)
    assert code == 255
    assert "Permission denied (publickey)" in output


def test_a_given_password_logs_in_on_the_host_alone(scenario: Scenario, beta: Visitor) -> None:
    assert beta.credentials()["SSH_PASSWORD"] == "beta-shell-1881"
    banner = "import socket; print(socket.create_connection(('127.0.0.1', 2302), 10).recv(8))"
    assert "SSH-2.0" in scenario.on(HOST, "python3", "-c", banner)


@pytest.mark.parametrize(
    ("port", "login", "wrong"),
    [
        (7701, ("operator", "alpha-terminal-1879"), ("person", "beta-terminal-1882")),
        (7702, ("person", "beta-terminal-1882"), ("operator", "alpha-terminal-1879")),
    ],
)
def test_the_web_terminals_take_their_own_logins(
    alpha: Visitor, port: int, login: tuple[str, str], wrong: tuple[str, str]
) -> None:
    address = f"http://{alpha.address}:{port}"
    assert httpx.get(address, auth=login).status_code == 200
    assert httpx.get(address, auth=wrong).status_code == 401


@pytest.mark.parametrize(("port", "password"), [(8101, "alpha-interface-1880"), (8102, "beta-interface-1883")])
def test_the_api_takes_its_password_and_the_allowed_name(alpha: Visitor, port: int, password: str) -> None:
    def login(given: str, host: str) -> int:
        headers = {"Host": host, "Origin": f"http://{host}"}
        address = f"http://{alpha.address}:{port}/api/login"
        return httpx.post(address, json={"password": given}, headers=headers).status_code

    assert login(password, f"pod.example.org:{port}") in {200, 201, 204}
    assert login("wrong-interface-0000", f"pod.example.org:{port}") == 401
    assert login(password, f"other.example.org:{port}") in {400, 403, 421}


def test_the_api_serves_its_metrics_openly_and_tells_its_limits(alpha: Visitor) -> None:
    assert "hatchpod_agents_up 1.0" in httpx.get(f"http://{alpha.address}:8101/metrics").text
    headers = {"Authorization": "Bearer alpha-interface-1880"}
    config = httpx.get(f"http://{alpha.address}:8101/api/config", headers=headers).json()
    assert (config["allowBypass"], config["limits"]["runningSessions"]) == (True, 7)


def test_limits_hold(alpha: Visitor, beta: Visitor) -> None:
    one, two = inspected(alpha)["HostConfig"], inspected(beta)["HostConfig"]
    assert (one["Memory"], one["NanoCpus"], one["ShmSize"]) == (2**30, 1_500_000_000, 128 * 2**20)
    assert (two["Memory"], two["NanoCpus"], two["ShmSize"]) == (2 * 2**30, 2_000_000_000, 128 * 2**20)
    assert one["Runtime"] == two["Runtime"] == "runc"


def test_the_extra_authority_is_trusted_inside(scenario: Scenario, alpha: Visitor) -> None:
    verify = "openssl verify -CAfile /etc/ssl/certs/ca-certificates.crt /dev/stdin"
    certificate = (scenario.folder / "ca.crt").read_text()
    inside = f"docker exec -i {alpha.workstation} {verify} <<'PEM'\n{certificate}PEM"
    assert "OK" in scenario.on(HOST, "sh", "-c", inside)


def test_only_docker_is_missing_without_sysbox_and_the_workstation_says_so(alpha: Visitor, beta: Visitor) -> None:
    for visitor in (alpha, beta):
        services = visitor.status()["services"]
        assert {name for name, service in services.items() if service["state"] != "ready"} == {"dockerd", "tailscaled"}
        assert "Sysbox" in services["dockerd"]["reason"]


def test_removal_takes_everything_that_was_asked_for(scenario: Scenario, alpha: Visitor) -> None:
    scenario.play("playbooks/remove.yml", "--extra-vars", "workstation_remove_volumes=true remove_confirmed=true")
    assert scenario.on(HOST, "docker", "ps", "--all", "--quiet") == ""
    assert scenario.on(HOST, "docker", "volume", "ls", "--quiet") == ""
    assert scenario.on(HOST, "sh", "-c", "ls /etc/hatchpod") == ""
    assert not answers(alpha.address, 2301)
