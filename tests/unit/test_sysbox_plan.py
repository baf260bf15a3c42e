"""What the module `sysbox` decides: which hosts can have Sysbox, what its files hold, and the steps."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest
from ansible.module_utils.docker_engine_config import render
from ansible.module_utils.sysbox_plan import (
    APPARMOR_BEGIN,
    LIMITS,
    Host,
    State,
    SysboxError,
    check_release,
    installer_finds_networks,
    is_version,
    limits_in,
    limits_suffice,
    limits_text,
    networks_problem,
    note,
    numbers,
    problems,
    removal_problem,
    steps_to_have,
    steps_to_lack,
    with_rules,
    without_rules,
    without_runtime,
)

SHA256 = {"amd64": "a" * 64}
GOOD = Host("debian", "13", "x86_64", "6.12.9-amd64", systemd=True)
NETWORKS = {"bip": "172.30.0.1/24", "default-address-pools": [{"base": "172.29.0.0/16", "size": 24}]}
KERNEL = dict.fromkeys(LIMITS, 100)
READY = State("0.7.1.linux", limits=True, rules=True, laid_out=True, registered=True, known=True, services=True)
BARE = State(missing=["jq"], rules=True, laid_out=True)


@pytest.mark.parametrize(
    ("version", "found"), [("6.1.0-13-amd64", (6, 1, 0)), ("29.5.0+x", (29, 5, 0)), ("13", (13,)), ("", ()), ("x", ())]
)
def test_numbers(version: str, found: tuple[int, ...]) -> None:
    assert numbers(version) == found


@pytest.mark.parametrize(
    ("installed", "same"),
    [
        ("0.7.1.linux", True),
        ("0.7.1-0.linux", True),
        ("0.7.1", True),
        ("0.7.10.linux", False),
        ("0.7.1.1", False),
        ("0.7.2.linux", False),
        ("10.7.1", False),
        ("", False),
    ],
)
def test_package_of_a_release(installed: str, same: bool) -> None:
    assert is_version(installed, "0.7.1") is same


# --- hosts ---


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"release": "12", "kernel": "6.1.0-40-amd64"},
        {"distribution": "ubuntu", "release": "22.04", "kernel": "5.15.0-25-generic"},
        {"distribution": "ubuntu", "release": "26.04"},
        {"docker": "29.5.2"},
        {"kernel": "5.12.0"},
    ],
)
def test_host_that_can_have_it(change: dict[str, Any]) -> None:
    assert problems(dataclasses.replace(GOOD, **change), "0.7.1", SHA256) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"machine": "riscv64"}, "this host is riscv64"),
        ({"machine": "aarch64"}, "no sha256 for arm64; add"),
        ({"release": "11"}, "runs debian 11; reinstall"),
        ({"distribution": "ubuntu", "release": "20.04"}, "runs ubuntu 20.04; reinstall"),
        ({"distribution": "fedora", "release": "43"}, "runs fedora 43; reinstall"),
        ({"distribution": "", "release": ""}, "runs an unknown system; reinstall"),
        ({"systemd": False}, "needs systemd.*use a host that boots with it"),
        ({"snap": "/snap/bin/docker"}, "run `snap remove docker`"),
        ({"kernel": "5.10.0-30-amd64"}, "5.12 or newer.*runs 5.10.0-30-amd64; install a newer kernel"),
        ({"sets_limits": False}, "container that may not set.*use a virtual or a real machine"),
    ],
)
def test_host_that_cannot_have_it_is_told_why_and_what_to_do(change: dict[str, Any], says: str) -> None:
    (problem,) = problems(dataclasses.replace(GOOD, **change), "0.7.1", SHA256)
    assert re.search(says, problem)


@pytest.mark.parametrize(
    ("docker", "version", "fine"),
    [("29.5.0", "0.7.0", False), ("30.0.1", "0.6.7", False), ("29.4.9", "0.7.0", True), ("", "0.6.7", True)],
)
def test_docker_that_needs_a_newer_sysbox(docker: str, version: str, fine: bool) -> None:
    found = problems(dataclasses.replace(GOOD, docker=docker), version, SHA256)
    assert found == ([] if fine else [f"Docker {docker} needs Sysbox 0.7.1 or newer; set sysbox_release to it"])


def test_every_problem_is_told_at_once() -> None:
    assert (
        len(problems(Host("fedora", "43", "s390x", "4.18", systemd=False, snap="/snap/docker"), "0.7.1", SHA256)) == 5
    )


@pytest.mark.parametrize(("kernel", "said"), [("5.12.1", True), ("5.18.19", True), ("5.19.0", False), ("5.4.0", False)])
def test_kernel_that_needs_shiftfs(kernel: str, said: bool) -> None:
    assert bool(note(dataclasses.replace(GOOD, kernel=kernel))) is said


@pytest.mark.parametrize("sha256", [{"amd64": "a" * 64}, {"amd64": "0" * 64, "arm64": "f" * 64}, {}])
def test_release_that_can_be_pinned(sha256: dict[str, str]) -> None:
    check_release("0.7.1", sha256)


@pytest.mark.parametrize(
    ("version", "sha256", "says"),
    [
        ("latest", SHA256, "version must be a release such as 0.7.1, got 'latest'"),
        ("0.7.1-0", SHA256, "version"),
        ("0.7.1", {"x86_64": "a" * 64}, "got x86_64"),
        ("0.7.1", {"amd64": "a" * 63}, "got amd64"),
        ("0.7.1", {"amd64": None}, "got amd64: None"),
    ],
)
def test_release_that_cannot(version: str, sha256: dict[str, Any], says: str) -> None:
    with pytest.raises(SysboxError, match=f"sysbox_release: .*{says}"):
        check_release(version, sha256)


# --- daemon.json ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (render(NETWORKS), True),
        (json.dumps(NETWORKS, indent=4), True),
        (json.dumps(NETWORKS), False),
        (json.dumps(NETWORKS, indent="\t"), False),
        (json.dumps({"bip": "172.30.0.1/24"}, indent=2), False),
        ("", False),
    ],
)
def test_installer_searches_lines(text: str, found: bool) -> None:
    assert installer_finds_networks(text) is found


@pytest.mark.parametrize(
    ("config", "containers", "says"),
    [
        (NETWORKS, 3, ""),
        ({}, 0, ""),
        ({}, 1, "bip and default-address-pools"),
        ({"bip": "172.30.0.1/24"}, 2, "lacks default-address-pools and there are 2"),
    ],
)
def test_containers_with_which_the_installer_aborts(config: dict[str, Any], containers: int, says: str) -> None:
    problem = networks_problem(config, containers, follow=False)
    assert says in problem
    assert bool(problem) is bool(says)


@pytest.mark.parametrize(
    ("config", "says"),
    [({}, ""), ({"bridge": "none"}, "lacks bip and there are 1"), ({"bridge": "br0", "bip": "10.1.0.1/24"}, "")],
)
def test_networks_that_are_still_to_be_set(config: dict[str, Any], says: str) -> None:
    problem = networks_problem(config, 1, follow=True)
    assert says in problem
    assert bool(problem) is bool(says)


def test_other_runtimes_stay() -> None:
    config = {**NETWORKS, "runtimes": {"sysbox-runc": {"path": "x"}, "other": {"path": "y"}}}
    assert without_runtime(config) == {**NETWORKS, "runtimes": {"other": {"path": "y"}}}
    assert without_runtime({}) == {"runtimes": {}}


# --- limits ---


def test_limits_of_a_bare_host() -> None:
    text = limits_text("", KERNEL)
    assert limits_in(text) == LIMITS
    assert limits_suffice(text, LIMITS)
    assert not limits_suffice(text, KERNEL), "the running kernel does not have them yet"
    assert limits_text(text, LIMITS) == text


def test_no_limit_is_lowered() -> None:
    high = LIMITS["vm.max_map_count"] * 9
    text = limits_text("vm.max_map_count = 1\n", {**KERNEL, "vm.max_map_count": high})
    assert limits_in(text) == {**LIMITS, "vm.max_map_count": high}
    again = limits_text(text, {**LIMITS, "vm.max_map_count": LIMITS["vm.max_map_count"], "kernel.pid_max": 1})
    assert limits_in(again)["vm.max_map_count"] == high


def test_limit_that_the_kernel_does_not_have_is_left_out() -> None:
    running = {name: value for name, value in LIMITS.items() if not name.startswith("kernel.keys")}
    text = limits_text("", running)
    assert set(limits_in(text)) == set(running)
    assert limits_suffice(text, running)


def test_limit_that_someone_raised_for_now_is_not_written() -> None:
    text = limits_text("", LIMITS)
    assert limits_text(text, {name: value * 2 for name, value in LIMITS.items()}) == text


# --- AppArmor ---


@pytest.mark.parametrize("before", ["", "# mine\n", "# mine without an end of line", "capability dac_override,\n"])
def test_rules_are_added_once_and_taken_away(before: str) -> None:
    after = with_rules(before)
    assert after.startswith(before)
    assert "umount /var/lib/sysboxfs/**/,\n" in after
    assert with_rules(after) == after
    assert without_rules(after).rstrip("\n") == before.rstrip("\n")


def test_rules_of_the_package_itself_are_enough() -> None:
    text = "mount fstype=fuse -> /var/lib/sysboxfs/**/,\n"
    assert with_rules(text) == text
    assert APPARMOR_BEGIN in with_rules(f"# {text}")


# --- steps ---


@pytest.mark.parametrize(
    ("change", "steps"),
    [
        ({}, []),
        ({"services": False}, ["services"]),
        ({"registered": False, "engine": True}, ["register"]),
        ({"known": False, "engine": True}, ["register"]),
        ({"known": False}, []),
        ({"limits": False}, ["limits"]),
        ({"rules": False}, ["apparmor"]),
        ({"waiting": ["a"]}, ["start"]),
        ({"installed": "0.7.0.linux"}, ["uninstall", "install"]),
        ({"installed": "0.8.0.linux", "users": ["a"]}, ["stop", "uninstall", "install", "start"]),
        ({"installed": "", "leftover": True, "users": ["a"]}, ["stop", "install", "start"]),
        ({"installed": "", "waiting": ["a"]}, ["install", "start"]),
        ({"installed": "", "laid_out": False}, ["layout", "install"]),
    ],
)
def test_steps_from_a_host_that_has_it(change: dict[str, Any], steps: list[str]) -> None:
    assert steps_to_have(dataclasses.replace(READY, **change), "0.7.1") == steps


def test_limits_come_before_the_package() -> None:
    assert steps_to_have(BARE, "0.7.1") == ["packages", "limits", "install"]


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        (State(), []),
        (
            State("0.7.1.linux", limits=True, rules=True, registered=True),
            ["uninstall", "unregister", "limits", "apparmor"],
        ),
        (State(leftover=True), ["uninstall"]),
        (State(registered=True), ["unregister"]),
    ],
)
def test_steps_of_a_removal(state: State, steps: list[str]) -> None:
    assert steps_to_lack(state) == steps


def test_removal_that_would_break_something_is_refused() -> None:
    assert removal_problem([], {}) == ""
    assert "Containers use Sysbox: a, b. Remove them" in removal_problem(["a", "b"], {})
    assert "default-runtime" in removal_problem([], {"default-runtime": "sysbox-runc"})
