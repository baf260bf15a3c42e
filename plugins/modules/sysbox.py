#!/usr/bin/python
"""Ansible module: a host has the wanted release of Sysbox, or none."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sysbox
short_description: Keep a release of Sysbox on a host, or none
description:
  - Brings Sysbox, the container runtime C(sysbox-runc) for engines inside containers, to a host with Docker. Installs a
    package that was downloaded before, with the kernel's limits, the rule of AppArmor and the layout of C(daemon.json)
    which it needs in place first, so that its installer restarts nothing.
  - Replaces another release. Containers which use Sysbox are stopped for that and started again, also when the
    replacement fails; a run which is cut off in between is completed by the next one.
  - In check mode it says of any host what is to be done, or why the host cannot have Sysbox.
author: Hatchpod contributors
requirements:
  - Root. Without O(state=absent), a host as in RV(problems).
options:
  state:
    description:
      - With V(present) the host has the release. With V(absent) Sysbox is purged, with what was set for it. That is
        refused while a container uses it, running or not.
    type: str
    choices: [absent, present]
    default: present
  version:
    description: The release.
    type: str
    required: true
  sha256:
    description: SHA-256 of the release's package by Debian's name of the architecture.
    type: dict
    required: true
  package:
    description: Path of the downloaded package. Needed when RV(actions) has V(install).
    type: path
  packages:
    description: Packages which Sysbox needs. The caller installs those in RV(missing) before.
    type: list
    elements: str
    default: []
  required:
    description: Whether a host which cannot have Sysbox is an error.
    type: bool
    default: false
  networks_follow:
    description:
      - Whether the module M(docker_engine) runs between this and the installation, and sets C(bip) and
        C(default-address-pools). That they are not there is then no problem yet.
    type: bool
    default: false
  record_path:
    description: Where the module keeps which containers it has stopped, until they run again.
    type: path
    default: /var/lib/hatchpod/sysbox.json
attributes:
  check_mode:
    support: full
    description: Predicts every step, also on a host without Docker.
  diff_mode:
    support: full
    description: Shows the files of the kernel's limits and of AppArmor. The steps are in RV(actions).
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Host has Sysbox
  sysbox:
    version: 0.7.1
    sha256: "{{ sysbox_release.sha256 }}"
    package: /var/cache/hatchpod/sysbox-ce_0.7.1-0.linux_amd64.deb
"""

RETURN = r"""
actions:
  description: The steps taken (in check mode, those it would take), of C(packages) (the caller's), C(limits),
    C(apparmor), C(layout), C(stop), C(uninstall), C(install), C(services), C(register), C(unregister), C(start).
  returned: success
  type: list
  elements: str
problems:
  description: Why this host cannot have Sysbox, each with what to do. Then nothing is changed.
  returned: success
  type: list
  elements: str
reason:
  description: Why this host has no Sysbox, in one line. Empty when it has, or will have.
  returned: success
  type: str
installed:
  description: Version of the installed package, empty without one.
  returned: success
  type: str
  sample: 0.7.1.linux
architecture:
  description: Debian's name of the host's architecture.
  returned: success
  type: str
  sample: amd64
missing:
  description: Those of O(packages) which are not installed.
  returned: success
  type: list
  elements: str
runtimes:
  description: Names of the runtimes which the engine knows, empty when none runs.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.docker_engine_config import ConfigError
from ansible.module_utils.sysbox import Sysbox
from ansible.module_utils.sysbox_host import FAILURES, LIMITS_FILE, OVERRIDE, package_state
from ansible.module_utils.sysbox_plan import SysboxError


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["absent", "present"], "default": "present"},
            "version": {"type": "str", "required": True},
            "sha256": {"type": "dict", "required": True},
            "package": {"type": "path"},
            "packages": {"type": "list", "elements": "str", "default": []},
            "required": {"type": "bool", "default": False},
            "networks_follow": {"type": "bool", "default": False},
            "record_path": {"type": "path", "default": "/var/lib/hatchpod/sysbox.json"},
        },
        supports_check_mode=True,
    )
    wanted = module.params["state"] == "present"
    if module.params["required"] and not wanted:
        module.fail_json(
            msg="sysbox_required is true and sysbox_state is absent: set one of them. Nothing was changed."
        )
    sysbox = Sysbox(module.params)
    try:
        sysbox.observe()
        sysbox.decide()
        if sysbox.problems and (module.params["required"] or not wanted):
            title = "sysbox_required is true, and this host cannot have Sysbox: " if wanted else ""
            module.fail_json(
                msg=f"{title}{'. '.join(sysbox.problems)}. Nothing was changed.".replace("..", "."),
                problems=sysbox.problems,
            )
        if sysbox.actions and sysbox.note:
            module.warn(sysbox.note)
        if sysbox.actions and not module.check_mode:
            sysbox.apply()
        installed = package_state()[0]
        runtimes = sysbox.containers.runtimes()
    except (SysboxError, ConfigError, *FAILURES) as error:
        module.fail_json(msg=str(error))
    files = {str(LIMITS_FILE): (sysbox.limits, "new_limits"), str(OVERRIDE): (sysbox.override, "new_override")}
    module.exit_json(
        changed=bool(sysbox.actions),
        actions=sysbox.actions,
        problems=sysbox.problems,
        reason="; ".join(sysbox.problems) if wanted else "sysbox_state is absent",
        installed=installed,
        architecture=sysbox.architecture,
        missing=sysbox.missing,
        runtimes=runtimes,
        diff=[
            {"before_header": path, "after_header": path, "before": before, "after": getattr(sysbox, name)}
            for path, (before, name) in files.items()
            if sysbox.actions and getattr(sysbox, name) != before
        ],
    )


if __name__ == "__main__":
    main()
