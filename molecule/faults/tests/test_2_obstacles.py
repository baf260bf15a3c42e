"""Hosts on which something is wrong: the run goes on, mends it, or says what it is. After test_1 all is well."""

from __future__ import annotations

import re
import subprocess

import pytest

from e2e.machine import docker
from hosts.scenario import Scenario, recap

HOST = "trixie"
# A package that the roles want, without others that want it too.
PACKAGE = "python3-argon2"
TAKE_AWAY = f"dpkg --remove {PACKAGE} && rm -f /var/cache/apt/archives/{PACKAGE}_*"
HOLD_LOCK = """
import fcntl, time
with open("/var/lib/dpkg/lock-frontend", "w") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(20)
"""


@pytest.fixture(autouse=True, scope="module")
def deployed(scenario: Scenario) -> None:
    """The state that an earlier run left; nothing is done where all is well."""
    scenario.play("playbooks/site.yml")


def said(scenario: Scenario) -> tuple[int, str]:
    """Run the playbook; return its exit code and output without line breaks."""
    done = scenario.play("playbooks/site.yml", check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def settles(scenario: Scenario) -> None:
    """The run that follows succeeds, and the one after it changes nothing."""
    scenario.play("playbooks/site.yml")
    assert recap(scenario.play("playbooks/site.yml").stdout)[HOST]["changed"] == 0


def test_a_run_waits_for_whoever_holds_apt_s_lock_and_says_so(scenario: Scenario) -> None:
    scenario.on(HOST, "sh", "-ec", TAKE_AWAY)
    command = ["docker", "exec", scenario.container(HOST), "python3", "-c", HOLD_LOCK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        code, output = said(scenario)
    assert code == 0, output
    assert "Another program uses apt" in output
    assert "lock-frontend" in output


def test_a_mirror_that_fails_for_a_while_is_tried_again(scenario: Scenario) -> None:
    scenario.on(HOST, "sh", "-ec", f"{TAKE_AWAY}; cp /etc/resolv.conf /etc/resolv.conf.kept")
    docker(
        "exec",
        "--detach",
        scenario.container(HOST),
        *("sh", "-c", "sleep 25; cat /etc/resolv.conf.kept >/etc/resolv.conf"),
    )
    scenario.on(HOST, "sh", "-c", "echo nameserver 127.0.0.1 >/etc/resolv.conf")
    code, output = said(scenario)
    assert code == 0, output
    assert "Packages are installed from fresh lists" in output


def test_a_full_disk_is_named_and_the_run_goes_on_when_there_is_space(scenario: Scenario) -> None:
    folder = "/etc/hatchpod"
    small = f"mv {folder} {folder}.kept && mkdir {folder} && mount -t tmpfs -o size=16k,mode=700 none {folder}"
    fill = f"dd if=/dev/zero of={folder}/filler bs=4k || true"
    scenario.on(HOST, "sh", "-ec", f"{small}; {fill}")
    try:
        code, output = said(scenario)
    finally:
        scenario.on(HOST, "sh", "-ec", f"umount {folder}; rmdir {folder}; mv {folder}.kept {folder}")
    assert code != 0
    assert folder in output
    assert "No space left on device" in output
    settles(scenario)


def owners_and_modes(scenario: Scenario) -> str:
    """Return them, of everything below /etc/hatchpod."""
    return scenario.on(HOST, "find", "/etc/hatchpod", "-printf", "%m %U:%G %p\\n")


def test_wrong_owners_and_modes_of_secrets_are_mended(scenario: Scenario) -> None:
    before = owners_and_modes(scenario)
    harm = "chmod -R a+rX /etc/hatchpod; chown 1000:1000 /etc/hatchpod/hatchpod/secrets/*_PASSWORD"
    scenario.on(HOST, "sh", "-ec", harm)
    assert owners_and_modes(scenario) != before
    code, output = said(scenario)
    assert code == 0, output
    assert owners_and_modes(scenario) == before
    settles(scenario)


@pytest.mark.parametrize("harm", ["chown -R 1000:1000 /etc/hatchpod", "chmod o+w /etc/hatchpod"])
def test_folders_in_which_others_could_swap_secrets_are_refused_with_the_fix(scenario: Scenario, harm: str) -> None:
    before = owners_and_modes(scenario)
    scenario.on(HOST, "sh", "-ec", harm)
    harmed = owners_and_modes(scenario)
    code, output = said(scenario)
    assert code != 0
    found = re.search(r"Put that right by: (ch(?:own -R root:root|mod go-w) /etc/hatchpod)\b", output)
    assert found, output
    assert owners_and_modes(scenario) == harmed
    scenario.on(HOST, "sh", "-ec", found.group(1))
    settles(scenario)
    assert owners_and_modes(scenario) == before
