"""The `workstation_preflight` module on this machine, with a STAND-IN `docker` that knows the ports of containers."""

from __future__ import annotations

import importlib
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

MODULE = importlib.import_module("modules.workstation_preflight")
REPOSITORY = Path(__file__).parents[2]
# Ports that programs seldom listen on, far below those that the kernel gives out.
WORKSTATION = {
    "name": "pod",
    "ssh_address": "127.0.0.1",
    "ssh_port": 21022,
    "mosh_ports": "21060-21063",
    "web_address": "127.0.0.1",
    "web_terminal_port": 21076,
    "web_terminal_username": "hatchpod",
    "api_port": 21080,
}


class Check(Protocol):
    def __call__(
        self, *workstations: dict[str, Any], clock: dict[str, float] | None = None, **passwords: Any
    ) -> dict[str, Any]: ...


@pytest.fixture
def check(call_module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Run the module on a host whose STAND-IN `docker` prints what the test wrote to `published`."""
    published = tmp_path / "published"
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\n[ "$*" = "port pod" ] && exec /bin/cat {published}\nexit 1\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    def run(*workstations: dict[str, Any], clock: dict[str, float] | None = None, **passwords: Any) -> dict[str, Any]:
        listed = [{**WORKSTATION, **one} for one in workstations]
        arguments = {"workstations": listed, "passwords": passwords, **(clock or {})}
        result: dict[str, Any] = call_module("workstation_preflight", arguments)
        return result

    return run


@pytest.fixture
def taken() -> Iterator[int]:
    """A TCP port that this process listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_good_workstations(check: Check) -> None:
    second = {
        "name": "b",
        "ssh_port": 21023,
        "mosh_ports": "21064-21067",
        "web_terminal_port": 21077,
        "api_port": 21081,
    }
    result = check({}, second, ssh_password="a long enough pass phrase 7")
    assert result["changed"] is False
    assert result["tun"] is Path("/dev/net/tun").is_char_device()


def test_every_problem_is_reported_at_once_and_named(check: Check) -> None:
    result = check(
        {"name": "Pod", "web_terminal_username": "a:b"}, {"name": "b", "mosh_ports": "x"}, api_password="short"
    )
    assert result["failed"] is True
    assert result["msg"].startswith("Nothing was changed. ")
    name, *starts = [problem.split("; ")[0] for problem in result["problems"]]
    assert name.startswith("workstations: the name 'Pod' must be 1 to 41 lower-case letters")
    assert starts == [
        "Pod: web_terminal_username must be 1 to 64 printable ASCII characters without blanks and colons",
        "b: mosh_ports is 'x'",
        "b: ssh_port 21022/tcp is also ssh_port of Pod",
        "b: web_terminal_port 21076/tcp is also web_terminal_port of Pod",
        "b: api_port 21080/tcp is also api_port of Pod",
        starts[-1],
    ]
    assert starts[-1].startswith("api_password: ")
    assert all(problem in result["msg"] for problem in result["problems"])


def test_refused_password_is_not_repeated(check: Check) -> None:
    result = check({}, web_terminal_password="Kurz-9x!")
    assert result["problems"][0].startswith("web_terminal_password: ")
    assert "leave web_terminal_password out to have one generated" in result["msg"]
    assert "Kurz-9x!" not in json.dumps(result)


@pytest.mark.parametrize("empty", ["", None])
def test_password_that_is_not_given_is_not_checked(check: Check, empty: str | None) -> None:
    assert "failed" not in check({}, ssh_password=empty)


def test_port_that_a_program_listens_on_is_named(check: Check, taken: int) -> None:
    result = check({"ssh_port": taken})
    (problem,) = result["problems"]
    assert problem.startswith(
        f"pod: ssh_port {taken}/tcp cannot be used: something on this host already listens on tcp port {taken}; "
        "stop it, or set ssh_port: "
    )


def test_suggested_port_avoids_what_listens(check: Check, taken: int) -> None:
    """Two workstations want the port below one in use: the second is not sent there."""
    result = check({"api_port": taken - 1}, {"name": "b", "ssh_port": taken - 1, "mosh_ports": "21064"})
    said = next(problem for problem in result["problems"] if problem.startswith("b: ssh_port"))
    assert "is also api_port of pod; set ssh_port: " in said
    assert f"ssh_port: {taken} " not in said


@pytest.mark.parametrize(
    ("published", "own"),
    [
        ("2222/tcp -> 127.0.0.1:{port}\n2222/tcp -> [::]:{port}\n", True),
        ("2222/tcp -> [::1]:{port}\n", True),
        ("2222/udp -> 127.0.0.1:{port}\n", False),
        ("{port}/tcp -> 0.0.0.0:1\n", False),
        ("", False),
    ],
)
def test_ports_of_the_workstations_own_container_are_no_clash(
    check: Check, taken: int, tmp_path: Path, published: str, own: bool
) -> None:
    (tmp_path / "published").write_text(published.format(port=taken))
    assert ("failed" not in check({"ssh_port": taken})) is own


def test_host_without_docker(check: Check, tmp_path: Path) -> None:
    (tmp_path / "docker").unlink()
    assert "failed" not in check({})


@pytest.mark.parametrize("off", [-400 * 86400, 400 * 86400, -1000, 1000])
def test_clock_that_is_off_is_told_with_the_fix(check: Check, off: int) -> None:
    clock = {"controller_time": time.time() - off, "clock_tolerance": 600}
    (problem,) = check({}, clock=clock)["problems"]
    shown = [datetime.fromisoformat(found).timestamp() for found in re.findall(r"(\S+ \S+) UTC", problem)]
    assert shown[0] - shown[1] == pytest.approx(off, abs=300)
    assert "timedatectl set-ntp true" in problem
    assert "set workstation_clock_tolerance to more than 600" in problem


@pytest.mark.parametrize("off", [-200, 0, 200])
def test_clocks_may_differ_a_little(check: Check, off: int) -> None:
    assert "failed" not in check({}, clock={"controller_time": time.time() - off, "clock_tolerance": 600})


@pytest.mark.parametrize("wrong", [{"ssh_port": "ssh"}, {"api_port": 2.5}, {"name": None}, {"shm_size": "1g"}])
def test_wrong_types_and_unknown_settings(check: Check, wrong: dict[str, Any]) -> None:
    assert next(iter(wrong)) in check(wrong)["msg"]


def test_documented_settings_are_the_ones_that_the_filter_hands_over(tmp_path: Path) -> None:
    done = subprocess.run(
        ["ansible-doc", "--type", "module", "--json", "workstation_preflight"],
        cwd=REPOSITORY,
        env=os.environ | {"ANSIBLE_LOCAL_TEMP": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    options = json.loads(done.stdout)["workstation_preflight"]["doc"]["options"]
    filters = importlib.import_module("filter.workstations")
    assert set(options["workstations"]["suboptions"]) == set(filters.PORT_SETTINGS)


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("seen", ["backup_program", "backup_timer"])
def test_what_makes_backups_is_seen(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: str, there: bool
) -> None:
    place = tmp_path / seen
    if there:
        place.touch()
    monkeypatch.setattr(MODULE, seen.upper(), place)
    assert check({})[seen] is there


def test_what_makes_backups_is_looked_for_where_the_role_puts_it() -> None:
    known = yaml.safe_load((REPOSITORY / "roles/backup/vars/main.yml").read_text())
    assert str(MODULE.BACKUP_PROGRAM) == known["_backup_program"]
    assert str(MODULE.BACKUP_TIMER.parent) == known["_backup_units"]
