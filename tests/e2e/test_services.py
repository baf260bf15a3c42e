"""The workstation's services: a crash restarts one of them, a stop is clean, logs are readable."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from e2e.machine import Host, Workstation, docker, run

ALWAYS = ["agents", "api", "sshd", "ttyd", "ttyd-auth"]


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until a condition holds; fail when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def pid_of(workstation: Workstation, service: str) -> int:
    """Return the process id of a service, -1 while it is down."""
    return int(workstation.exec("s6-svstat", "-o", "pid", f"/run/service/{service}"))


@pytest.mark.parametrize("service", ALWAYS)
def test_a_killed_service_comes_back_and_the_others_do_not_notice(host: Host, service: str) -> None:
    assert host.first.state(service) == "ready"
    before = {name: pid_of(host.first, name) for name in ALWAYS}
    host.first.exec("kill", "-9", str(before[service]))
    wait_until(lambda: pid_of(host.first, service) not in {-1, before[service]})
    assert host.first.state(service) == "ready"
    # it stays up: nothing of the killed one is left that would hold its port
    uptime = int(host.first.exec("s6-svstat", "-o", "updownfor", f"/run/service/{service}"))
    wait_until(lambda: int(host.first.exec("s6-svstat", "-o", "updownfor", f"/run/service/{service}")) > uptime + 3)
    after = {name: pid_of(host.first, name) for name in ALWAYS}
    assert {name for name in ALWAYS if after[name] != before[name]} == {service}


def test_the_inner_engine_comes_back_with_its_images_when_it_is_killed(host: Host) -> None:
    host.second.exec("sh", "-c", "tar -c -C / etc/hostname | docker import - kept:1")
    before = pid_of(host.second, "dockerd")
    host.second.exec("kill", "-9", str(before))
    wait_until(lambda: pid_of(host.second, "dockerd") not in {-1, before})
    assert host.second.state("dockerd") == "ready"
    assert "kept" in host.second.exec("docker", "images")


def test_a_service_that_cannot_work_here_is_off_with_its_reason_and_does_not_loop(host: Host) -> None:
    services = host.first.status()["services"]
    assert services["dockerd"] == {
        "state": "off",
        "reason": "this container may not run containers: the host has no Sysbox runtime",
    }
    assert services["tailscaled"]["state"] == "off"
    assert services["tailscaled"]["reason"]
    assert pid_of(host.first, "dockerd") == pid_of(host.first, "tailscaled") == -1


def test_docker_calls_the_workstation_healthy_and_the_inner_engine_does_not_count(host: Host) -> None:
    assert host.first.exec("/usr/lib/hatchpod/healthcheck") == ""
    host.first.exec("s6-svc", "-d", "/run/service/ttyd-auth")
    host.first.exec("s6-svc", "-u", "/run/service/ttyd-auth")
    host.first.status()
    assert host.first.exec("/usr/lib/hatchpod/healthcheck") == ""


def test_a_service_that_is_not_ready_makes_it_unhealthy(host: Host) -> None:
    host.first.exec("mv", "/run/service/ttyd-auth/data/check", "/run/service/ttyd-auth/data/check.away")
    host.first.exec("s6-svc", "-r", "/run/service/ttyd-auth")
    try:
        wait_until(lambda: "ttyd-auth is not ready" in host.first.exec("/usr/lib/hatchpod/healthcheck", check=False))
    finally:
        host.first.exec("mv", "/run/service/ttyd-auth/data/check.away", "/run/service/ttyd-auth/data/check")
        host.first.exec("s6-svc", "-r", "/run/service/ttyd-auth")
        host.first.status()


def test_every_log_line_has_a_time_and_its_service_s_name(host: Host) -> None:
    lines = run("docker", "logs", host.first.name).stdout.splitlines()
    time_of_day = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}"
    services = "init: (?:info|warning)|agents|api|sshd|ttyd|ttyd-auth|dockerd|tailscaled"
    pattern = re.compile(rf"{time_of_day}  ?(?:{services}): .*")
    assert [line for line in lines if not pattern.fullmatch(line)] == []


def test_a_service_starts_with_its_own_variables_only(host: Host) -> None:
    login = {
        "PATH",
        "LANG",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    }
    for service, user, more in (
        ("ttyd", "hatchpod", {"PWD"}),
        ("agents", "hatchpod", {"HATCHPOD_MAX_RUNNING", "HATCHPOD_RUN_DIR", "PWD"}),
    ):
        environment = host.first.exec("cat", f"/proc/{pid_of(host.first, service)}/environ", user=user)
        names = {line.split("=")[0] for line in environment.split("\0") if line}
        assert names <= login | more | {"DISABLE_AUTOUPDATER"}, service
    # the API has the password's hash, which agents of the same user must not read
    assert host.first.exec("cat", f"/proc/{pid_of(host.first, 'api')}/environ", user="hatchpod", check=False) == ""


def test_a_stop_is_clean_with_a_login_open_and_a_start_brings_everything_back(host: Host) -> None:
    # like a login that is still open, it holds the log pipe of the service that it came by
    host.first.exec("sh", "-c", "exec setsid sleep 600 >/proc/$(s6-svstat -o pid /run/service/sshd)/fd/1 2>&1 &")
    docker("stop", host.first.name)
    # 137 would say that Docker had to kill it when its patience of 30 s was over
    assert docker("inspect", "--format", "{{.State.ExitCode}}", host.first.name) == "0"
    docker("start", host.first.name)
    services = host.first.status()["services"]
    assert {services[name]["state"] for name in ALWAYS} == {"ready"}
