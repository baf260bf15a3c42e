"""SSH and mosh, as a person with a password and a key uses them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pexpect
import pytest

from e2e.machine import Host, Workstation, docker, run

OPTIONS = ["-o", "StrictHostKeyChecking=accept-new", "-o", "ConnectTimeout=10"]
PROGRAMS = ["claude", "node", "npm", "npx", "uv", "uvx", "gh", "docker", "jq", "make", "g++", "git", "curl"]
PROGRAMS += ["python3", "less", "nano"]
COMMANDS = [
    *(f"{program} --version" for program in PROGRAMS),
    "docker compose version",
    "docker buildx version",
    "tmux -V",
]


class Person:
    """Somebody with an SSH client of their own."""

    def __init__(self, home: Path, workstation: Workstation) -> None:
        self.home = home
        (home / ".ssh").mkdir()
        self.key = home / "id_ed25519"
        self.known_hosts = home / "known_hosts"
        self.workstation = workstation
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key))

    @property
    def options(self) -> list[str]:
        """Return what `ssh` needs besides the user and host."""
        return [*OPTIONS, "-o", f"UserKnownHostsFile={self.known_hosts}", "-p", str(self.workstation.ssh_port)]

    def with_password(self, command: str, password: str, user: str = "hatchpod") -> tuple[int, str]:
        """Log in by password, run a command, and return its exit code and output."""
        ssh = ["ssh", *self.options, "-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1"]
        child = pexpect.spawn(ssh[0], [*ssh[1:], f"{user}@localhost", command], encoding="utf-8", timeout=30)
        child.expect("password: ")
        child.sendline(password)
        output = child.read()
        child.close()
        return child.exitstatus or 0, output

    def with_key(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Log in by key and run a command."""
        return run(
            "ssh",
            *self.options,
            "-i",
            str(self.key),
            "-o",
            "BatchMode=yes",
            "hatchpod@localhost",
            *command,
            check=check,
        )


@pytest.fixture(scope="module")
def person(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody who has put a key into the first workstation with ssh-copy-id."""
    person = Person(tmp_path_factory.mktemp("person"), host.first)
    arguments = [*person.options, "-i", f"{person.key}.pub", "hatchpod@localhost"]
    environment = {**os.environ, "HOME": str(person.home)}
    child = pexpect.spawn("ssh-copy-id", arguments, encoding="utf-8", timeout=30, env=environment)
    child.expect("password: ")
    child.sendline(host.first.credentials["SSH_PASSWORD"])
    output = child.read()
    child.close()
    assert child.exitstatus == 0, output
    return person


def test_the_generated_password_logs_in(host: Host, person: Person) -> None:
    code, output = person.with_password("whoami; pwd", host.first.credentials["SSH_PASSWORD"])
    assert (code, output.split()) == (0, ["hatchpod", "/home/hatchpod"])


def test_a_wrong_password_does_not(host: Host, person: Person) -> None:
    code, output = person.with_password("whoami", host.second.credentials["SSH_PASSWORD"])
    assert code == 255
    assert "Permission denied" in output


def test_root_does_not_log_in(host: Host, person: Person) -> None:
    code, output = person.with_password("whoami", host.first.credentials["SSH_PASSWORD"], user="root")
    assert code == 255
    assert "Permission denied" in output


def test_a_key_put_there_by_ssh_copy_id_logs_in(person: Person) -> None:
    assert person.with_key("id -un").stdout.strip() == "hatchpod"


def test_the_user_has_sudo_without_a_password(person: Person) -> None:
    assert person.with_key("sudo -n id -u").stdout.strip() == "0"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_tool_answers_over_ssh(person: Person, command: str) -> None:
    assert person.with_key(command).stdout.strip()


@pytest.mark.parametrize("shell", ["claude --version", "bash -lc 'claude --version'", "sudo -n claude --version"])
def test_claude_is_on_every_path(person: Person, shell: str) -> None:
    assert "Claude Code" in person.with_key(shell).stdout


def test_an_older_claude_in_the_home_does_not_shadow_the_image_s(person: Person) -> None:
    person.with_key("printf '#!/bin/sh\\necho 0.0.1 shadow\\n' > ~/.local/bin/claude && chmod +x ~/.local/bin/claude")
    try:
        assert "shadow" not in person.with_key("claude --version").stdout
        assert "shadow" not in person.with_key("bash -lc 'claude --version'").stdout
        # a PATH of one's own may put the home first: after the next start nothing is there to be found
        docker("restart", person.workstation.name)
        person.workstation.status()
        assert "shadow" not in person.with_key("PATH=~/.local/bin:$PATH claude --version").stdout
        assert "shadow" in person.with_key("~/.local/bin/claude.replaced-by-image").stdout
    finally:
        person.with_key("rm -f ~/.local/bin/claude ~/.local/bin/claude.replaced-by-image")


def test_the_locale_is_utf_8_whatever_the_client_says(person: Person) -> None:
    answer = run(
        *(
            "env",
            "LANG=de_DE.ISO-8859-1",
            "LC_ALL=C",
            "ssh",
            *person.options,
            "-o",
            "SendEnv=LANG LC_ALL",
            "-i",
            str(person.key),
        ),
        *("hatchpod@localhost", "locale charmap"),
    )
    assert answer.stdout.strip() == "UTF-8"


def test_files_go_in_and_out_by_scp(person: Person, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("Grüße\n")
    scp = ["scp", "-q", *OPTIONS, "-o", f"UserKnownHostsFile={person.known_hosts}", "-i", str(person.key)]
    scp += ["-P", str(person.workstation.ssh_port)]
    run(*scp, str(tmp_path / "in"), "hatchpod@localhost:workspace/there")
    run(*scp, "hatchpod@localhost:workspace/there", str(tmp_path / "out"))
    assert (tmp_path / "out").read_text() == "Grüße\n"


def test_a_command_runs_in_a_mosh_session(host: Host, person: Person) -> None:
    ssh = " ".join(["ssh", *person.options, "-i", str(person.key), "-o", "BatchMode=yes"])
    environment = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/root"}
    child = pexpect.spawn(
        "mosh",
        [f"--ssh={ssh}", "hatchpod@127.0.0.1"],
        encoding="utf-8",
        timeout=30,
        env=environment,
        dimensions=(24, 100),
    )
    try:
        child.expect(r"\$ ")
        child.sendline("echo mosh-$((40 + 2))-$LANG; ss -uln | grep -c mosh || hostname")
        child.expect("mosh-42-C.UTF-8")
        child.expect(host.first.name)
        low, high = (int(port) for port in str(host.first.settings["mosh_ports"]).split("-"))
        listening = host.first.exec("ss", "-Huln")
        assert any(f":{port} " in listening for port in range(low, high + 1)), listening
    finally:
        child.sendline("exit")
        child.close(force=True)
