#!/usr/bin/python
"""Check all workstations of a host before anything is changed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: workstation_preflight
short_description: The workstations that a host shall have can be deployed there
description:
  - Checks names, ports, mosh ranges and given passwords of all workstations of a host, that no other program
    listens on their ports, and that the host's clock is right. Reports every problem at once, each with its fix.
    Changes nothing.
author: Hatchpod
options:
  workstations:
    description: The workstations with all their settings.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the workstation, its container and its volumes.
        type: str
        required: true
      ssh_address:
        description: Address that SSH and mosh are published on.
        type: str
        required: true
      ssh_port:
        description: TCP port of SSH.
        type: int
        required: true
      mosh_ports:
        description: UDP ports of mosh.
        type: str
        required: true
      web_address:
        description: Address that the web terminal, the web UI and the API are published on.
        type: str
        required: true
      web_terminal_port:
        description: TCP port of the web terminal.
        type: int
        required: true
      web_terminal_username:
        description: User name of the web terminal.
        type: str
        required: true
      api_port:
        description: TCP port of the web UI and the API.
        type: int
        required: true
  passwords:
    description: Name of a setting to the password given for it, empty where none is given.
    type: dict
    default: {}
  controller_time:
    description: What the controller's clock shows, in seconds since 1970. Left out, the host's is not compared with it.
    type: float
  clock_tolerance:
    description: Seconds by which the two clocks may differ.
    type: int
    default: 300
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Workstations can be deployed on this host
  workstation_preflight:
    workstations: "{{ workstation_list }}"
    controller_time: "{{ now().timestamp() }}"
"""

RETURN = r"""
ansible_facts:
  description:
    - What the roles read of the host, so that a run need not gather all facts.
    - C(service_mgr) is V(systemd) or V(service).
  type: dict
  returned: always
  sample:
    architecture: x86_64
    default_ipv4: {address: 192.0.2.10}
    distribution: Debian
    distribution_major_version: "13"
    distribution_release: trixie
    service_mgr: systemd
tun:
  description: Whether the host has C(/dev/net/tun), by which a workstation reaches a tailnet as a network.
  type: bool
  returned: always
configured:
  description: Names of the folders of configuration that each workstation has, by its name.
  type: dict
  returned: always
  sample: {hatchpod: [agents, api, sshd, ttyd]}
backup_program:
  description: Whether the host has the program of the role C(backup), without which nothing is backed up or restored.
  type: bool
  returned: always
backup_timer:
  description: Whether the host has the timer by which the role C(backup) makes backups.
  type: bool
  returned: always
"""

import os
import shutil
import socket
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.sys_info import get_distribution, get_distribution_codename, get_distribution_version
from ansible.module_utils.password_policy import problem
from ansible.module_utils.workstation_plan import (
    Listener,
    check_clashes,
    check_clock,
    check_listeners,
    check_names,
    check_username,
    claims,
    listeners_in,
)

_TEXT = {"type": "str", "required": True}
_PORT = {"type": "int", "required": True}
CONFIGURATION = Path("/etc/hatchpod")
BACKUP_PROGRAM = Path("/usr/local/sbin/hatchpod-backup")
BACKUP_TIMER = Path("/etc/systemd/system/hatchpod-backup.timer")


def own_ports(module: AnsibleModule, names: list[str]) -> set[tuple[str, int]]:
    """Return protocol and port of what containers of these names publish already."""
    docker = shutil.which("docker")
    if docker is None:
        return set()
    found = set()
    for name in names:
        # Answers with one "2222/tcp -> 0.0.0.0:2222" a line; fails where there is no such container or no engine.
        code, out, _ = module.run_command([docker, "port", name])
        for line in out.splitlines() if code == 0 else []:
            inside, _, outside = line.partition(" -> ")
            found.add((inside.rpartition("/")[2], int(outside.rpartition(":")[2])))
    return found


def listeners() -> list[Listener]:
    """Return everything that listens on this host."""
    return [
        listener
        for protocol in ("tcp", "udp")
        for path in (Path("/proc/net", protocol), Path("/proc/net", f"{protocol}6"))
        if path.exists()
        for listener in listeners_in(path.read_text(), protocol)
    ]


def address() -> str:
    """Return the host's address on its way to others. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))
        except OSError:
            return "localhost"
        return str(one.getsockname()[0])


def facts() -> dict[str, object]:
    """Return the few facts that our roles read, under the names that the `setup` module gives them.

    They are what `setup` takes 0.9 s for in each run.
    """
    return {
        "distribution": get_distribution(),
        "distribution_major_version": (get_distribution_version() or "").split(".")[0],
        "distribution_release": get_distribution_codename(),
        "architecture": os.uname().machine,
        "service_mgr": "systemd" if Path("/run/systemd/system").is_dir() else "service",
        "default_ipv4": {"address": address()},
    }


def configured(names: list[str]) -> dict[str, list[str]]:
    """Return what has been configured in each workstation, so that a role sees whether there is something to undo."""
    folders = {name: CONFIGURATION / name / "container" for name in names}
    return {
        name: sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        for name, folder in folders.items()
    }


def main() -> None:
    """Run the module."""
    workstation = {
        "name": _TEXT,
        "ssh_address": _TEXT,
        "ssh_port": _PORT,
        "mosh_ports": _TEXT,
        "web_address": _TEXT,
        "web_terminal_port": _PORT,
        "web_terminal_username": _TEXT,
        "api_port": _PORT,
    }
    module = AnsibleModule(
        argument_spec={
            "workstations": {"type": "list", "elements": "dict", "required": True, "options": workstation},
            "passwords": {"type": "dict", "default": {}, "no_log": True},
            "controller_time": {"type": "float"},
            "clock_tolerance": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    names = [str(one["name"]) for one in module.params["workstations"]]
    problems = check_names(names)
    own = set() if problems else own_ports(module, names)
    others = [one for one in listeners() if (one.protocol, one.port) not in own]
    if (controller := module.params["controller_time"]) is not None:
        problems += check_clock(time.time(), controller, module.params["clock_tolerance"])
    wanted = []
    for one in module.params["workstations"]:
        found, wrong = claims(one)
        wanted += found
        problems += wrong
        problems += check_username(str(one["name"]), str(one["web_terminal_username"]))
    problems += check_clashes(wanted, others)
    for setting, password in module.params["passwords"].items():
        if password and (reason := problem(str(password))):
            problems.append(f"{setting}: {reason}; set another value, or leave {setting} out to have one generated")
    if not problems:
        problems = check_listeners(wanted, others)
    if problems:
        module.fail_json(msg="Nothing was changed. " + " / ".join(problems), problems=problems)
    module.exit_json(
        changed=False,
        ansible_facts=facts(),
        tun=Path("/dev/net/tun").is_char_device(),
        configured=configured(names),
        backup_program=BACKUP_PROGRAM.exists(),
        backup_timer=BACKUP_TIMER.exists(),
    )


if __name__ == "__main__":
    main()
