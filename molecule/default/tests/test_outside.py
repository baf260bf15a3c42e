"""The workstations as somebody on another machine meets them."""

from __future__ import annotations

import httpx
import pexpect

from hosts.scenario import Scenario
from hosts.visitor import Visitor, answers


def test_the_generated_password_logs_in(visitor: Visitor, credentials: dict[str, str]) -> None:
    code, output = visitor.with_password(credentials["SSH_PASSWORD"], "id -un; hostname; claude --version")
    assert code == 0
    assert output.split()[:2] == ["hatchpod", "hatchpod"]
    assert "Claude Code" in output


def test_a_wrong_password_does_not(visitor: Visitor, credentials: dict[str, str]) -> None:
    code, output = visitor.with_password(credentials["TTYD_PASSWORD"], "id -un")
    assert code == 255
    assert "Permission denied" in output


def test_each_host_has_passwords_of_its_own(scenario: Scenario, visitor: Visitor) -> None:
    answers_of = [Visitor(scenario, host, visitor.folder).credentials()["SSH_PASSWORD"] for host in scenario.hosts]
    assert len(set(answers_of)) == len(scenario.hosts)


def test_the_web_ports_answer_on_the_host_alone(visitor: Visitor) -> None:
    for port in (7681, 8080):
        assert not answers(visitor.address, port)
        listening = visitor.scenario.on(visitor.host, "ss", "-Hltn", f"sport = :{port}").split()
        assert f"127.0.0.1:{port}" in listening


def test_the_web_terminal_and_the_api_answer_through_a_tunnel(visitor: Visitor, credentials: dict[str, str]) -> None:
    with visitor.tunnel(credentials["SSH_PASSWORD"], 7681) as terminal:
        assert httpx.get(terminal).status_code == 401
        login = (credentials["TTYD_USERNAME"], credentials["TTYD_PASSWORD"])
        assert httpx.get(terminal, auth=login).status_code == 200
    with visitor.tunnel(credentials["SSH_PASSWORD"], 8080) as api:
        assert httpx.get(f"{api}/healthz").json()["status"] == "ok"


def test_a_command_runs_in_a_mosh_session(visitor: Visitor, credentials: dict[str, str]) -> None:
    environment = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/root"}
    ssh = " ".join(["ssh", *visitor.ssh])
    child = pexpect.spawn(
        *("mosh", [f"--ssh={ssh}", f"hatchpod@{visitor.address}"]),
        encoding="utf-8",
        timeout=60,
        env=environment,
        dimensions=(24, 100),
    )
    try:
        child.expect("password: ")
        child.sendline(credentials["SSH_PASSWORD"])
        child.expect(r"\$ ")
        child.sendline("echo mosh-$((40 + 2))")
        child.expect("mosh-42")
    finally:
        child.sendline("exit")
        child.close(force=True)
