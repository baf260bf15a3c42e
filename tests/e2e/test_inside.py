"""What people do in a workstation: ask Claude, run containers, install packages."""

from __future__ import annotations

import json

from e2e.machine import Host, docker
from standins.messages_endpoint import serve


def test_the_real_claude_answers_a_prompt_over_ssh(host: Host) -> None:
    """The command is the real one; the Messages endpoint it asks is the stand-in."""
    gateway = docker("inspect", "--format", "{{.NetworkSettings.Gateway}}", host.first.name)
    with serve("The egg has hatched.") as (port, keys):
        answer = host.first.exec(
            *("bash", "-lc"),
            f"ANTHROPIC_BASE_URL=http://{gateway}:{port} ANTHROPIC_API_KEY=test-key "
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 claude -p 'Has it?' --output-format json",
            user="hatchpod",
        )
    assert json.loads(answer)["result"] == "The egg has hatched."
    assert "test-key" in keys


def test_docker_works_inside_a_workstation_whose_host_has_the_sysbox_runtime(host: Host) -> None:
    """With the stand-in runtime where the machine has no real Sysbox."""
    output = host.make("docker-test", f"WORKSTATION={host.second.name}").stdout
    assert "failed" not in output
    assert host.second.exec("docker", "info", "--format", "{{.Driver}}") == "overlay2"


def test_docker_test_says_why_there_is_no_docker(host: Host) -> None:
    answer = host.make("docker-test", f"WORKSTATION={host.first.name}", check=False)
    assert answer.returncode != 0
    assert "the host has no Sysbox runtime" in answer.stdout + answer.stderr


def test_the_certificates_that_the_host_trusts_are_trusted_inside(host: Host) -> None:
    extra = host.first.exec("sh", "-c", "ls /run/hatchpod/ca 2>/dev/null | wc -l")
    trusted = host.first.exec("sh", "-c", "ls /usr/local/share/ca-certificates/hatchpod | wc -l")
    assert extra == trusted


def test_no_certificate_of_the_build_host_is_left_in_the_image(host: Host) -> None:
    image = docker("inspect", "--format", "{{.Image}}", host.first.name)
    assert (
        docker("run", "--rm", "--entrypoint", "find", image, "/usr/local/share/ca-certificates", "-name", "*.crt") == ""
    )
