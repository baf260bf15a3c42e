"""The role `sysbox` beside the others: pins, order, networks, what people are told."""

from __future__ import annotations

import importlib
import ipaddress
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.sysbox_plan import ARCHITECTURES, LIMITS, check_release, installer_finds_networks

from standins import sysbox_package

REPOSITORY = Path(__file__).parents[2]
ROLE = REPOSITORY / "roles" / "sysbox"
SUMMARY = importlib.import_module("callback.hatchpod_summary")
FILTERS = importlib.import_module("filter.workstations")


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def test_release_is_pinned_for_every_architecture() -> None:
    release = load(ROLE / "vars" / "main.yml")["_sysbox_release"]
    check_release(release["version"], release["sha256"])
    assert set(release["sha256"]) == set(ARCHITECTURES.values())


def test_hash_stands_in_one_file_only() -> None:
    release = load(ROLE / "vars" / "main.yml")["_sysbox_release"]
    for digest in release["sha256"].values():
        command = ["git", "grep", "-l", "--untracked", "-e", digest]
        named = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.split()
        assert named == ["roles/sysbox/vars/main.yml"]


@pytest.mark.parametrize("playbook", ["site", "upgrade"])
def test_sysbox_is_checked_first_and_comes_before_the_image(playbook: str) -> None:
    (play,) = load(REPOSITORY / "playbooks" / f"{playbook}.yml")
    first, *others = play["tasks"]
    checks = imported_roles(load(REPOSITORY / "playbooks" / first["ansible.builtin.import_tasks"]))
    assert ("sysbox", "preflight") in checks
    assert {entry for _, entry in checks} == {"preflight"}
    assert imported_roles(others) == [("docker_host", "main"), ("sysbox", "main"), ("image", "main")]


def imported_roles(tasks: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the roles that tasks import, each with its entry point."""
    roles = [task["ansible.builtin.import_role"] for task in tasks if "ansible.builtin.import_role" in task]
    return [(role["name"], role.get("tasks_from", "main")) for role in roles]


def networks(config: dict[str, Any]) -> list[ipaddress.IPv4Network]:
    pools = [ipaddress.IPv4Network(pool["base"]) for pool in config["default-address-pools"]]
    return [ipaddress.IPv4Interface(config["bip"]).network, *pools]


def test_networks_inside_a_workstation_are_none_of_its_host() -> None:
    inner = load(REPOSITORY / "roles/image/files/rootfs/etc/docker/daemon.json")
    outer = load(REPOSITORY / "roles/docker_host/defaults/main.yml")
    outer = {"bip": outer["docker_host_bip"], "default-address-pools": outer["docker_host_address_pools"]}
    assert [one for one in networks(inner) for other in networks(outer) if one.overlaps(other)] == []


def test_inner_engine_has_a_volume_and_never_falls_back_to_vfs() -> None:
    inner = load(REPOSITORY / "roles/image/files/rootfs/etc/docker/daemon.json")
    assert inner["storage-driver"] == "overlay2", "without a driver given, an engine that cannot have one takes vfs"
    volumes = re.search(r"^VOLUME (\[.*\])$", (REPOSITORY / "roles/image/files/Dockerfile").read_text(), re.MULTILINE)
    assert volumes is not None
    assert "/var/lib/docker" in json.loads(volumes[1])


def test_what_docker_host_writes_is_found_by_the_installer() -> None:
    docker_engine_config = importlib.import_module("ansible.module_utils.docker_engine_config")
    written = docker_engine_config.render({"bip": "172.30.0.1/24", "default-address-pools": [{"base": "x"}]})
    assert installer_finds_networks(written)


# --- what people are told ---


def described(**changes: Any) -> list[str]:
    services = {"dockerd": {"state": "off", "reason": "no Sysbox runtime"}, "x": {"state": "off", "reason": "r"}}
    one = {
        "ssh_address": "h",
        "ssh_port": 1,
        "web_address": "h",
        "web_terminal_port": 2,
        "api_port": 3,
        "image": "i",
        "image_size": None,
        "starts_at_boot": True,
        "status": {"services": services, "versions": {"claude": "2"}},
    }
    return list(SUMMARY.describe("server", "pod", one | changes))[-2:]


@pytest.mark.parametrize(
    ("given", "shown"),
    [({"sysbox_reason": "old kernel"}, "no Sysbox runtime (old kernel)"), ({"sysbox_reason": ""}, "no Sysbox runtime")],
)
def test_summary_says_why_a_host_has_no_sysbox(given: dict[str, str], shown: str) -> None:
    assert described(**given) == [f"  Not available  dockerd: {shown}", "                 x: r"]


def test_mistyped_variable_is_refused() -> None:
    (sentence,) = FILTERS.unknown_variables(["sysbox_miror", "sysbox_result", "sysbox_release"], [])
    assert "sysbox_miror: did you mean sysbox_mirror?" in sentence


@pytest.mark.skipif(Path("/run/systemd/system").is_dir(), reason="this machine could have Sysbox")
@pytest.mark.skipif(os.geteuid() != 0, reason="the module is root's")
def test_host_without_systemd_is_told_before_anything_changes(tmp_path: Path) -> None:
    tasks = [{"ansible.builtin.import_role": {"name": "sysbox", "tasks_from": "preflight"}}]
    debug = {"ansible.builtin.debug": {"msg": "reason={{ sysbox_result.reason }}"}}
    (tmp_path / "play.yml").write_text(
        json.dumps([{"hosts": "all", "gather_facts": False, "roles": [], "tasks": [*tasks, debug]}])
    )

    def play(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["ansible-playbook", "-i", "localhost,", "-c", "local", str(tmp_path / "play.yml"), *arguments]
        environment = os.environ | {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_STDOUT_CALLBACK": "plain"}
        return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)

    skipped = play()
    assert skipped.returncode == 0, skipped.stderr
    assert "reason=Sysbox needs systemd" in skipped.stdout
    refused = play("-e", "sysbox_required=true")
    assert refused.returncode != 0
    assert "sysbox_required is true, and this host cannot have Sysbox: Sysbox needs systemd" in refused.stderr
    assert "Nothing was changed." in refused.stderr


# --- the stand-in ---


def test_standin_is_named_as_such_and_asks_for_what_the_real_one_asks_for(tmp_path: Path) -> None:
    package = sysbox_package.build(tmp_path, "1.2.3")
    assert package.path.relative_to(tmp_path).parts[0] == "v1.2.3"
    fields = subprocess.run(["dpkg-deb", "-f", str(package.path)], capture_output=True, text=True, check=True).stdout
    assert "Version: 1.2.3.linux" in fields
    assert "Description: STAND-IN" in fields
    assert sysbox_package.LIMITS == LIMITS
    wanted = set(load(ROLE / "vars" / "main.yml")["_sysbox_packages"])
    depends = re.search(r"^Depends: (.*)$", fields, re.MULTILINE)
    assert depends is not None
    assert wanted <= set(depends[1].split(", "))
