#!/usr/bin/python
"""Ansible module: a machine or a container is a node of a tailnet, with these settings, or none."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: tailscale_node
short_description: Keep a node of a tailnet as configured
description:
  - Brings this host, or a container on it, into a tailnet of Tailscale or Headscale and keeps its settings. Reads what
    the daemon is and has, and changes only what differs. A login happens only where the node is logged out, or shall
    belong to another control server or have other tags.
  - A tailnet that cannot be reached or refuses the node is no failure of the task but a warning, and in RV(reason) and
    RV(problems). Options that cannot be right are a failure, before anything is changed.
  - The auth key is read by C(tailscale) itself from a file, so it is in no argument and no result.
author: Hatchpod contributors
requirements:
  - C(tailscale) 1.80 or newer and a C(tailscaled) that runs, on the host or in the container
  - C(flock) (Debian package C(util-linux), always there)
options:
  state:
    description:
      - With V(present) the node is in the tailnet with these settings.
      - With V(absent) it logs out, and O(state_directory) is removed.
    type: str
    choices: [absent, present]
    default: present
  container:
    description: Name of the Docker container that is the node. Without it this host is.
    type: str
    default: ""
  socket:
    description: Where C(tailscaled) answers.
    type: path
    default: /run/tailscale/tailscaled.sock
  auth_key_file:
    description:
      - Path of a file, as the node sees it, with the auth key or the OAuth client secret, which needs O(tags).
      - Without it a node that is logged in already is kept as configured.
    type: path
  login_server:
    description: Address of the control server, such as a Headscale's. Empty for Tailscale's own.
    type: str
    default: ""
  hostname:
    description: The node's name. Empty for the system's own.
    type: str
    default: ""
  tags:
    description: Tags that the node asks for, such as V(tag:workstation).
    type: list
    elements: str
    default: []
  advertise_routes:
    description: Networks that the node offers to route to, in CIDR notation.
    type: list
    elements: str
    default: []
  advertise_exit_node:
    description: Whether the node offers to be an exit node.
    type: bool
    default: false
  accept_routes:
    description: Whether the node uses the routes that others offer.
    type: bool
    default: false
  accept_dns:
    description: Whether the tailnet's name servers replace the node's own.
    type: bool
    default: false
  exit_node:
    description: Name or address of the exit node that the node uses, or V(auto:any). Empty for none.
    type: str
    default: ""
  exit_node_allow_lan_access:
    description: Whether the local network stays reachable past O(exit_node).
    type: bool
    default: false
  ssh:
    description: Whether Tailscale SSH is on.
    type: bool
    default: false
  serve:
    description:
      - What the node serves to the tailnet. Ports that are not named here are left as they are.
    type: list
    elements: dict
    default: []
    suboptions:
      port:
        description: TCP port in the tailnet.
        type: int
        required: true
      protocol:
        description: V(https) takes a certificate from the tailnet, which has to have HTTPS switched on.
        type: str
        choices: [http, https]
        default: https
      target:
        description: Where the port leads to, an address of HTTP.
        type: str
        required: true
      state:
        description: With V(absent), the port leads to O(serve[].target) no longer.
        type: str
        choices: [absent, present]
        default: present
  timeout:
    description: Seconds that a login may take.
    type: int
    default: 60
  state_directory:
    description: Folder of the daemon's state, as the node sees it. Only for O(state=absent).
    type: path
    default: ""
  stop_command:
    description: Command, run where the node is, that stops the daemon before O(state_directory) is removed.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
    description: A node that is not logged in yet counts as one that will be.
  diff_mode:
    support: full
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Workstation is in the tailnet
  tailscale_node:
    container: hatchpod
    auth_key_file: /run/hatchpod/tailscaled/TS_AUTHKEY
    login_server: https://headscale.example.org
    hostname: hatchpod
    advertise_routes: [192.168.1.0/24]
    serve:
      - port: 443
        target: http://127.0.0.1:8080

- name: Workstation is in no tailnet
  tailscale_node:
    state: absent
    container: hatchpod
    state_directory: /home/hatchpod/.hatchpod/tailscale
    stop_command: [s6-svc, -wD, -d, /run/service/tailscaled]
"""

RETURN = r"""
joined:
  description: Whether the node is in the tailnet.
  type: bool
  returned: success
backend_state:
  description: What the daemon calls its state, empty where none answers.
  type: str
  returned: success
  sample: Running
dns_name:
  description: The node's whole name in the tailnet.
  type: str
  returned: success
  sample: hatchpod.tail1234.ts.net
addresses:
  description: The node's addresses in the tailnet.
  type: list
  elements: str
  returned: success
  sample: [100.64.0.1]
reason:
  description: Why the node is not in the tailnet, in one line. Empty when it is, or when that is wanted.
  type: str
  returned: success
problems:
  description: What could not be done, each in one line.
  type: list
  elements: str
  returned: success
actions:
  description: The settings that were changed (in check mode, those that would be), C(joined) among them.
  type: list
  elements: str
  returned: success
"""

from dataclasses import asdict
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.tailscale import Node, TailscaleError
from ansible.module_utils.tailscale_plan import problems

TEXT = {"type": "str", "default": ""}
FLAG = {"type": "bool", "default": False}
TEXTS = {"type": "list", "elements": "str", "default": []}
SERVED = {
    "port": {"type": "int", "required": True},
    "protocol": {"type": "str", "choices": ["http", "https"], "default": "https"},
    "target": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["absent", "present"], "default": "present"},
}


def result(node: Node, changes: list[Any], *, wanted: bool) -> dict[str, Any]:
    """Return what the task returns."""
    lines = [asdict(change) for change in changes]
    return {
        "changed": bool(changes),
        "joined": node.joined,
        "backend_state": node.state,
        "dns_name": node.domain,
        "addresses": (node.status.get("Self") or {}).get("TailscaleIPs") or [],
        "reason": node.reason if wanted else "",
        "problems": node.problems,
        "actions": [one["setting"] for one in lines],
        "diff": {
            "before": "".join(f"{one['setting']}: {one['before']}\n" for one in lines),
            "after": "".join(f"{one['setting']}: {one['after']}\n" for one in lines),
        },
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["absent", "present"], "default": "present"},
            "container": TEXT,
            "socket": {"type": "path", "default": "/run/tailscale/tailscaled.sock"},
            "auth_key_file": {"type": "path", "no_log": False},
            "login_server": TEXT,
            "hostname": TEXT,
            "tags": TEXTS,
            "advertise_routes": TEXTS,
            "advertise_exit_node": FLAG,
            "accept_routes": FLAG,
            "accept_dns": FLAG,
            "exit_node": TEXT,
            "exit_node_allow_lan_access": FLAG,
            "ssh": FLAG,
            "serve": {"type": "list", "elements": "dict", "default": [], "options": SERVED},
            "timeout": {"type": "int", "default": 60},
            "state_directory": {"type": "path", "default": ""},
            "stop_command": TEXTS,
        },
        supports_check_mode=True,
    )
    wanted = module.params["state"] == "present"
    if wrong := problems(module.params):
        module.fail_json(msg=f"{'. '.join(wrong)}. Nothing was changed.", problems=wrong)
    node = Node(module.params)
    node.observe(wait=wanted and not module.check_mode)
    try:
        if module.check_mode:
            changes = node.decide() if wanted else node.decide_absence()
        elif not wanted:
            changes = node.remove()
        else:
            changes = [] if node.absence else node.apply()
    except TailscaleError as error:
        module.fail_json(msg=str(error))
    found = result(node, changes, wanted=wanted)
    for said in [*([found["reason"]] if found["reason"] and not module.check_mode else []), *node.problems]:
        module.warn(f"Tailscale: {said}")
    module.exit_json(**found)


if __name__ == "__main__":
    main()
