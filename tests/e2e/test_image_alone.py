"""The image run by hand, without Ansible: the same names as environment variables, the same refusals."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from e2e.machine import PREFIX, Host, docker, run

NAME = f"{PREFIX}alone"


@pytest.fixture
def alone(host: Host) -> Iterator[str]:
    """Remove what a test started by hand."""
    yield NAME
    docker("rm", "--force", "--volumes", NAME, check=False)
    docker("volume", "rm", f"{NAME}_home", check=False)


def start(*options: str) -> None:
    """`docker run` the newest image."""
    docker(
        "run",
        "--detach",
        "--name",
        NAME,
        "--volume",
        f"{NAME}_home:/home/hatchpod",
        *options,
        "hatchpod/workstation:latest",
    )


def logs() -> str:
    """Return what the container said."""
    done = run("docker", "logs", NAME)
    return done.stdout + done.stderr


def test_passwords_that_are_not_given_are_generated_once_and_never_logged(alone: str) -> None:
    start()
    docker("exec", NAME, "/usr/lib/hatchpod/status", "--wait", "30")
    credentials = docker("exec", NAME, "hatchpod-credentials")
    assert [line.split("=")[0] for line in credentials.splitlines()] == [
        "SSH_PASSWORD",
        "TTYD_USERNAME",
        "TTYD_PASSWORD",
        "API_PASSWORD",
    ]
    assert not any(line.split("=", 1)[1] in logs() for line in credentials.splitlines() if "PASSWORD" in line)

    docker("rm", "--force", NAME)
    start()
    docker("exec", NAME, "/usr/lib/hatchpod/status", "--wait", "30")
    assert docker("exec", NAME, "hatchpod-credentials") == credentials


def test_given_passwords_hold(alone: str) -> None:
    start("--env", "API_PASSWORD=violet-tractor-47-lagoon", "--env", "CLAUDE_USER_PASSWORD=marble-otter-91-canyon")
    docker("exec", NAME, "/usr/lib/hatchpod/status", "--wait", "30")
    header = "Authorization: Bearer violet-tractor-47-lagoon"
    curl = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", header, "localhost:8080/api/sessions"]
    assert docker("exec", NAME, *curl) == "200"
    assert "SSH_PASSWORD=marble-otter-91-canyon" in docker("exec", NAME, "hatchpod-credentials")
    assert "CLAUDE_USER_PASSWORD is deprecated, use SSH_PASSWORD" in logs()


@pytest.mark.parametrize(
    ("variable", "value"), [("SSH_PASSWORD", "changeme"), ("TTYD_PASSWORD", "hatchpod"), ("API_PASSWORD", "short")]
)
def test_a_weak_password_stops_the_start_with_its_name_and_the_fix(alone: str, variable: str, value: str) -> None:
    start("--env", f"{variable}={value}")
    code = subprocess.run(
        ["docker", "wait", NAME], capture_output=True, text=True, timeout=30, check=True
    ).stdout.strip()
    assert code != "0"
    assert f"init: error: {variable}: " in logs()
    assert f"Set {variable} to another value" in logs()
