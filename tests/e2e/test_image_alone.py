"""The image run by hand, without Ansible: the same names as environment variables, the same refusals."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.machine import PREFIX, Host, docker, run
from standins.messages_endpoint import scripted
from unit.dotfiles.forge import GIT_HTTP, Upstream, free_port, running

NAME = f"{PREFIX}alone"
CLAUDE = "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 claude -p 'Has it?'"


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


def as_user(script: str) -> str:
    """Run a script in a login shell of the user, without the container's environment, which `docker exec` passes on."""
    return docker("exec", NAME, "/usr/lib/hatchpod/as-user", "bash", "-lc", script)


def wait_for_dotfiles() -> None:
    """Wait until they are installed, in the background."""
    end = time.monotonic() + 60
    while (found := json.loads(docker("exec", NAME, "/usr/lib/hatchpod/status"))["dotfiles"])["state"] != "installed":
        assert time.monotonic() < end, (found, logs())
        time.sleep(0.2)


def test_dotfiles_and_the_login_of_claude_come_from_the_environment(alone: str, tmp_path: Path) -> None:
    token = f"sk-ant-oat01-{secrets.token_urlsafe(24)}"
    upstream = Upstream(tmp_path / "root/dotfiles.git", tmp_path / "author")
    commit = upstream.commit({"install.sh": "#!/bin/sh\necho by $(id -un) >>~/ran\n"})
    gateway = docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")
    port = free_port()
    serve = [sys.executable, str(GIT_HTTP), str(tmp_path / "root"), str(port), "--address", "0.0.0.0"]  # noqa: S104 - a container must reach it
    with (
        running(serve, port, tmp_path / "log"),
        scripted("0.0.0.0", "The egg has hatched.") as endpoint,  # noqa: S104 - a container must reach it
    ):
        environment = {
            "DOTFILES_REPO": f"http://{gateway}:{port}/dotfiles.git",
            "CLAUDE_CODE_OAUTH_TOKEN": token,
            "ANTHROPIC_BASE_URL": f"http://{gateway}:{endpoint.port}",
        }
        options = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
        for _ in range(2):  # a new container finds the home as it was
            start(*options)
            docker("exec", NAME, "/usr/lib/hatchpod/status", "--wait", "30")
            wait_for_dotfiles()
            assert "The egg has hatched." in as_user(CLAUDE)
            assert as_user("cat ~/ran; git -C ~/dotfiles rev-parse HEAD").splitlines() == ["by hatchpod", commit]
            assert token not in as_user("env"), "it is for Claude Code alone"
            assert token not in logs()
            docker("rm", "--force", NAME)
    assert token in endpoint.tokens
