"""Workstations in a tailnet: reached, changed, restarted, refused, out of it again. The tests build on each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from e2e.machine import ROOT, run
from hosts.scenario import Scenario, changed_tasks, recap
from hosts.tailnet import ServedHeadscale
from tailnet.headscale import DOMAIN
from tailnet.node import Node

from .conftest import HOST, Pod, eventually

BIN = Path(sys.executable).parent
WHO = ("ID", "PublicKey", "TailscaleIPs")
SOCKS = "--proxy socks5h://localhost:1055"


def play(
    scenario: Scenario, inventory: dict[str, Any], *arguments: str, **settings: dict[str, Any]
) -> subprocess.CompletedProcess[str]:
    """Run the playbook with settings of workstations laid over those that the scenario began with; no key is left."""
    changed = [
        {name: value for name, value in one.items() if name != "tailscale_auth_key"} | settings.get(one["name"], {})
        for one in inventory["workstations"]
    ]
    variables = json.dumps({"workstations": changed, "tailscale_host": {}})
    return scenario.play("playbooks/site.yml", "--tags", "tailscale", "--extra-vars", variables, *arguments)


def ready(pod: Pod) -> set[str]:
    """Return the services that are ready."""
    return {name for name, one in pod.status()["services"].items() if one["state"] == "ready"}


def test_both_workstations_and_the_host_are_nodes(server: ServedHeadscale) -> None:
    nodes = {one["given_name"]: one for one in server.nodes()}
    assert set(nodes) == {"kernel", "proxied", HOST}
    eventually(lambda: all(one.get("online") for one in server.nodes()), "the server sees all of them")
    assert nodes["kernel"]["tags"] == ["tag:pod"]


def test_one_has_a_device_and_the_other_a_proxy(kernel: Pod, userspace: Pod) -> None:
    assert "tailscale0" in kernel.run("ip", "-o", "link", "show")
    assert kernel.shell("ls /etc/profile.d/tailscale-proxy.sh", check=False) == ""
    assert "tailscale0" not in userspace.run("ip", "-o", "link", "show")
    assert userspace.run("cat", "/etc/profile.d/tailscale-proxy.sh") == "TAILSCALE_PROXY=socks5://localhost:1055"
    assert userspace.shell("echo $TAILSCALE_PROXY; env | grep -c TAILSCALE_PROXY", check=False).splitlines() == [
        "socks5://localhost:1055",
        "0",
    ]


def test_each_reaches_ssh_api_and_web_terminal_of_the_other(kernel: Pod, userspace: Pod) -> None:
    for one, other in ((kernel, userspace), (userspace, kernel)):
        one.shell("[ -e ~/.ssh/tailnet ] || ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/tailnet")
        other.shell(f"echo '{one.run('cat', '/home/hatchpod/.ssh/tailnet.pub')}' >>~/.ssh/authorized_keys")
        eventually(partial(one.finds, other), f"{one.name} finds {other.name}")
    login = "ssh -i ~/.ssh/tailnet -o StrictHostKeyChecking=no -o BatchMode=yes -p 2222"
    for one, other, proxy, through in (
        (kernel, userspace, "", ""),
        (userspace, kernel, SOCKS, "-o ProxyCommand='tailscale nc %h %p'"),
    ):
        address = other.address
        assert one.shell(f"{login} {through} hatchpod@{address} hostname").endswith(other.name)
        healthy = json.loads(one.shell(f"curl -sS --max-time 30 {proxy} http://{address}:8080/healthz"))
        assert healthy["status"] == "ok", healthy
        code = "curl -sS --max-time 30 -o /dev/null -w '%{http_code}'"
        assert one.shell(f"{code} {proxy} http://{address}:7681/") == "401"


def test_the_web_ui_is_served_at_the_name_in_the_tailnet(kernel: Pod, userspace: Pod) -> None:
    """Over HTTP: Headscale has no certificates."""

    def asks(name: str, port: int) -> str:
        options = f"-sS --max-time 30 {SOCKS} -o /dev/null -w '%{{http_code}}' -H 'Host: {name}'"
        return userspace.shell(f"curl {options} http://{kernel.address}:{port}/api/config")

    assert asks(f"kernel.{DOMAIN}", 80) == "401"
    assert asks(f"kernel.{DOMAIN}", 8080) == "401"
    assert asks("elsewhere.example.org", 8080) == "403"


def test_settings_change_without_a_login(
    scenario: Scenario, inventory: dict[str, Any], server: ServedHeadscale, kernel: Pod
) -> None:
    """Their keys worked once, and are in no variable any more."""
    before = server.node("kernel")
    changed = {"tailscale_hostname": "renamed", "tailscale_advertise_routes": ["10.77.0.0/16"]}
    predicted = play(scenario, inventory, "--check", "--diff", kernel=changed)
    assert "-hostname: kernel" in predicted.stdout
    assert "+hostname: renamed" in predicted.stdout
    assert kernel.node()["Self"]["HostName"] == "kernel"

    played = play(scenario, inventory, kernel=changed)
    assert "tailscale : Workstation is in the tailnet as the inventory says" in changed_tasks(played.stdout)
    eventually(lambda: "renamed" in {one["given_name"] for one in server.nodes()}, "the server knows the new name")
    after = server.node("renamed")
    assert (after["id"], after["ip_addresses"]) == (before["id"], before["ip_addresses"])
    server.approve_routes("renamed", "10.77.0.0/16")
    assert recap(play(scenario, inventory, kernel=changed).stdout)[HOST]["changed"] == 0
    back = play(scenario, inventory)
    assert recap(back.stdout)[HOST]["changed"] > 0
    eventually(lambda: "kernel" in {one["given_name"] for one in server.nodes()}, "the server knows the old name")


def test_a_restart_keeps_who_the_node_is(scenario: Scenario, kernel: Pod, userspace: Pod) -> None:
    for pod in (kernel, userspace):
        before = pod.node()["Self"]
        scenario.on(HOST, "docker", "restart", pod.name)
        pod.status()
        pod.settled()
        after = pod.node()["Self"]
        assert [after[name] for name in WHO] == [before[name] for name in WHO]


def test_a_control_server_that_is_down_hurts_nothing_and_is_found_again(
    scenario: Scenario, server: ServedHeadscale, kernel: Pod
) -> None:
    server.stop()
    try:
        scenario.on(HOST, "docker", "restart", "kernel")
        assert ready(kernel) >= {"sshd", "ttyd", "api", "agents", "tailscaled"}
        assert kernel.run("/usr/lib/hatchpod/healthcheck", user="root") == ""
    finally:
        server.start()
    kernel.settled()
    eventually(lambda: bool(server.node("kernel").get("online")), "the server sees it")


def test_a_key_of_no_use_is_told_and_the_next_one_helps(
    scenario: Scenario, inventory: dict[str, Any], server: ServedHeadscale, userspace: Pod
) -> None:
    address = userspace.address
    server.expire("proxied")
    userspace.settled("NeedsLogin")
    for key in (server.expired_key(), "hskey-auth-aaaaaaaaaaaa-" + "b" * 64):
        played = play(scenario, inventory, userspace={"tailscale_auth_key": key, "tailscale_login_timeout": 15})
        said = " ".join((played.stdout + played.stderr).split())
        assert recap(played.stdout)[HOST]["failed"] == 0
        assert "Tailscale: it is not logged in" in said
        assert key not in said
        assert key not in scenario.on(HOST, "sh", "-c", "docker logs userspace 2>&1")
        assert ready(userspace) >= {"sshd", "ttyd", "api", "agents", "tailscaled"}
    status = scenario.play("playbooks/status.yml", "--extra-vars", "status_format=table").stdout
    assert "userspace on trixie: tailscale: not logged in" in status
    play(scenario, inventory, userspace={"tailscale_auth_key": server.key()})
    userspace.settled()
    assert userspace.address == address


def test_the_inventory_lists_the_nodes_and_ansible_reaches_one(
    scenario: Scenario, server: ServedHeadscale, controller: Node, tmp_path: Path
) -> None:
    """By the client on this machine, and by Headscale's API."""
    sources = {
        "client": {"tailscale_command": str(controller.client), "tailscale_socket": str(controller.socket)},
        "headscale": {"server": server.url, "domain": DOMAIN},
    }
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "TAILNET_API_KEY": server.api_key(),
        "ANSIBLE_NOCOLOR": "1",
    }
    for source, options in sources.items():
        path = tmp_path / f"{source}.tailnet.yml"
        path.write_text(yaml.safe_dump({"plugin": "tailnet", "source": source, **options}))
        listed = run(str(BIN / "ansible-inventory"), "--inventory", str(path), "--list", cwd=ROOT, env=environment)
        found = json.loads(listed.stdout)
        assert {"kernel", "proxied", HOST} <= set(found["_meta"]["hostvars"])
        assert found["tag_pod"]["hosts"] == ["kernel"]

    proxy = f"{controller.client} --socket {controller.socket} nc %h %p"
    known = {"-o UserKnownHostsFile=/dev/null", "-o StrictHostKeyChecking=no", f"-o ProxyCommand='{proxy}'"}
    variables = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(scenario.folder / "key"),
        "ansible_ssh_common_args": f"-F none {' '.join(sorted(known))}",
    }
    command = [str(BIN / "ansible"), "--inventory", str(tmp_path / "client.tailnet.yml"), HOST]
    command += ["--module-name", "ping", "--extra-vars", json.dumps(variables)]
    pinged = run(*command, check=False, cwd=ROOT, env=environment)
    assert "ping: pong" in pinged.stdout, pinged.stdout + pinged.stderr


def test_no_key_is_anywhere_but_in_its_file(scenario: Scenario, inventory: dict[str, Any], secrets: list[str]) -> None:
    """Of a run that is as talkative as can be, with every key given once more."""
    variables = json.dumps({name: inventory[name] for name in ("workstations", "tailscale_host")})
    played = scenario.play(
        "playbooks/site.yml", "--tags", "tailscale", "--extra-vars", f"@{_file(scenario, variables)}", "-vvvv"
    )
    everything = (
        "for one in kernel userspace; do docker inspect $one; docker logs $one 2>&1; docker top $one -ef; done;"
        " ps -ef; journalctl --no-pager; find /etc/hatchpod -name TS_AUTHKEY -printf '%m %u %p\\n'"
    )
    seen = {"run": played.stdout + played.stderr, "host": scenario.on(HOST, "sh", "-c", everything)}
    assert [(place, index) for place, text in seen.items() for index, key in enumerate(secrets) if key in text] == []
    kept = [line for line in seen["host"].splitlines() if line.endswith("TS_AUTHKEY")]
    assert sorted(line.split()[0:2] for line in kept) == [["600", "root"]] * 3


def _file(scenario: Scenario, text: str) -> Path:
    """Return a file with variables, which would stand in an argument otherwise, and Ansible shows its arguments."""
    path = scenario.folder / "variables.json"
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def test_an_ephemeral_node_is_a_new_one_with_each_start(
    scenario: Scenario, inventory: dict[str, Any], server: ServedHeadscale, userspace: Pod
) -> None:
    key = server.key(reusable=True, ephemeral=True)
    settings = {"tailscale_ephemeral": True, "tailscale_auth_key": key, "tailscale_hostname": "passing"}
    play(scenario, inventory, userspace=settings)
    userspace.settled()
    first = userspace.node()["Self"]["PublicKey"]
    scenario.on(HOST, "docker", "restart", "userspace")
    userspace.settled()
    assert userspace.node()["Self"]["PublicKey"] != first
    assert userspace.node()["Self"]["HostName"] == "passing"
    assert recap(play(scenario, inventory, userspace=settings).stdout)[HOST]["changed"] == 0


def test_absent_logs_out_and_forgets(
    scenario: Scenario, inventory: dict[str, Any], server: ServedHeadscale, kernel: Pod
) -> None:
    gone = {"tailscale_state": "absent"}
    play(scenario, inventory, kernel=gone)
    node = server.node("kernel")
    assert not node.get("online")
    assert node["expiry"], "the server has logged it out"
    assert scenario.on(HOST, "sh", "-c", "ls -d /etc/hatchpod/kernel/container/tailscaled 2>&1 || true").startswith(
        "ls:"
    )
    assert kernel.run("sh", "-c", "ls -d ~/.hatchpod/tailscale 2>&1 || true", user="root").startswith("ls:")
    status = kernel.status()
    assert (status["services"]["tailscaled"]["state"], status["tailnet"], status["problems"]) == ("off", None, {})
    assert recap(play(scenario, inventory, kernel=gone).stdout)[HOST]["changed"] == 0


def test_the_host_leaves_by_its_own_variable(scenario: Scenario, server: ServedHeadscale) -> None:
    variables = json.dumps({"tailscale_host": {"state": "absent"}})
    arguments = ["--tags", "tailscale", "--extra-vars", variables]
    scenario.play("playbooks/site.yml", *arguments)
    assert server.node(HOST)["expiry"]
    assert scenario.on(HOST, "sh", "-c", "ls /etc/hatchpod/_host/tailscale") == ""
    assert scenario.on(HOST, "systemctl", "is-active", "tailscaled") == "active"


def test_a_workstation_that_is_removed_for_ever_leaves_first(
    scenario: Scenario, server: ServedHeadscale, userspace: Pod
) -> None:
    userspace.settled()
    name = userspace.node()["Self"]["HostName"]
    eventually(lambda: bool(server.node(name).get("online")), "the server sees it")
    answers = {"workstation_remove_volumes": True, "remove_confirmed": True, "workstations": [{"name": "userspace"}]}
    scenario.play("playbooks/remove.yml", "--extra-vars", json.dumps(answers))
    assert server.node(name)["expiry"], "the server has logged it out"
    assert "userspace" not in scenario.on(HOST, "docker", "ps", "--all", "--format", "{{.Names}}").split()
