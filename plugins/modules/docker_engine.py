#!/usr/bin/python
"""Ansible module: a Docker engine runs with the wanted configuration."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: docker_engine
short_description: Keep a Docker engine running with its configuration
description:
  - Merges settings into the engine's configuration file (C(daemon.json)) and makes the running engine take them over
    by the least disruptive step that does it, which is nothing, a reload, or a restart.
  - Never stops a running container unless O(restart=force).
  - When the engine does not accept the configuration, puts the earlier file back and starts the engine with it.
  - Works with systemd, and without a service manager by a detached C(dockerd).
author: Hatchpod contributors
requirements:
  - Debian or a relative of it, Python 3.11 or newer, root
options:
  state:
    description:
      - With V(started) the engine runs with the configuration, and starts at boot where a service manager can do that.
      - With V(configured) only the file is written. No process is touched.
    type: str
    choices: [configured, started]
    default: started
  config:
    description:
      - Settings which are enforced. Objects are merged into what the file holds, other values replace it, and a null
        removes the key.
    type: dict
    default: {}
  defaults:
    description:
      - Settings for keys of which neither the file nor the command line of the running engine says anything. A value
        that the module has set follows this option when it changes, until someone else changes it.
      - A default which does not fit the owner's own choices (C(log-opts) with another C(log-driver), C(bip) with
        C(bridge), C(live-restore) in a swarm) is left out.
    type: dict
    default: {}
  config_path:
    description:
      - The engine's configuration file. Its C(pidfile), C(exec-root) and C(hosts) are honoured.
    type: path
    default: /etc/docker/daemon.json
  packages:
    description:
      - Packages which the engine needs. While one of them is missing the module writes the configuration and touches
        no process, because the packages' own scripts start the engine, and returns the names in RV(missing).
    type: list
    elements: str
    default: []
  conflicts:
    description:
      - Packages which must not be there. If one is installed the module fails and changes nothing.
    type: list
    elements: str
    default: []
  restart:
    description:
      - What to do when the configuration needs the engine to start again.
      - With V(safe) it is restarted if no running container stops by that. Otherwise the module fails before it
        changes anything, and names the containers.
      - With V(force) it is restarted in any case. Containers which cannot run on are stopped before and started again
        after it.
      - With V(defer) it is never restarted. What a reload can do is done, RV(pending) names the rest.
    type: str
    choices: [safe, force, defer]
    default: safe
  manager:
    description:
      - What runs the engine. V(auto) takes V(systemd) where it is the init system, else V(process).
    type: str
    choices: [auto, systemd, process]
    default: auto
  timeout:
    description:
      - Seconds for each of stopping, starting and reloading.
    type: int
    default: 120
  log_path:
    description:
      - Where an engine without a service manager writes its log.
    type: path
    default: /var/log/docker.log
  record_path:
    description:
      - Where the module keeps which configuration the running engine has taken over, and which values came from
        O(defaults). It is how a run knows of a restart which an earlier, interrupted run still owed.
    type: path
    default: /var/lib/hatchpod/docker_engine.json
attributes:
  check_mode:
    support: full
    description: Predicts every step. On a host without an engine it predicts the file and the start.
  diff_mode:
    support: full
    description: Shows the file before and after. The steps are in RV(actions).
  idempotent:
    support: full
    description: A second run changes nothing. With O(restart=defer) it goes on naming RV(pending).
"""

EXAMPLES = r"""
- name: Engine runs and rotates its containers' logs
  docker_engine:
    defaults:
      log-driver: json-file
      log-opts:
        max-size: 10m
        max-file: "3"

- name: Engine uses a registry mirror, taken over at its next start if something runs on it
  docker_engine:
    config:
      registry-mirrors: ["https://mirror.example.org"]
    restart: defer
"""

RETURN = r"""
engine:
  description: The engine after the module has run (in check mode, before).
  returned: success
  type: dict
  contains:
    installed:
      description: Whether the program C(dockerd) is there.
      type: bool
    running:
      description: Whether the engine answers. From C(version) on the keys are only there if it does.
      type: bool
    manager:
      description: V(systemd) or V(process).
      type: str
    boot:
      description: Whether it starts again when the host boots.
      type: bool
    socket:
      description: Path of its unix socket.
      type: str
    version:
      description: Its version.
      type: str
    runtimes:
      description: Names of the runtimes it knows, sorted.
      type: list
      elements: str
    default_runtime:
      description: The runtime of containers which name none.
      type: str
    storage_driver:
      description: Its storage driver.
      type: str
    data_root:
      description: Where it keeps images, containers and volumes.
      type: str
    cgroup_version:
      description: V(1) or V(2), as a string.
      type: str
    live_restore:
      description: Whether containers go on running while the engine is restarted.
      type: bool
  sample:
    {installed: true, running: true, manager: systemd, boot: true, socket: /var/run/docker.sock, version: 26.1.5,
     runtimes: [runc], default_runtime: runc, storage_driver: overlay2, data_root: /var/lib/docker,
     cgroup_version: "2", live_restore: true}
actions:
  description: The steps taken (in check mode, those it would take), of C(write), C(reload), C(stop) (the
    containers), C(restart), C(start), C(enable).
  returned: success
  type: list
  elements: str
missing:
  description: Those of O(packages) which are not installed.
  returned: success
  type: list
  elements: str
pending:
  description: Configuration keys which take effect when the engine starts next.
  returned: success
  type: list
  elements: str
backup_file:
  description: The copy of the file as it was before.
  returned: when a file was replaced
  type: str
"""

import http.client
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.docker_engine import Engine
from ansible.module_utils.docker_engine_config import ConfigError
from ansible.module_utils.docker_engine_host import EngineError


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["configured", "started"], "default": "started"},
            "config": {"type": "dict", "default": {}},
            "defaults": {"type": "dict", "default": {}},
            "config_path": {"type": "path", "default": "/etc/docker/daemon.json"},
            "packages": {"type": "list", "elements": "str", "default": []},
            "conflicts": {"type": "list", "elements": "str", "default": []},
            "restart": {"type": "str", "choices": ["safe", "force", "defer"], "default": "safe"},
            "manager": {"type": "str", "choices": ["auto", "systemd", "process"], "default": "auto"},
            "timeout": {"type": "int", "default": 120},
            "log_path": {"type": "path", "default": "/var/log/docker.log"},
            "record_path": {"type": "path", "default": "/var/lib/hatchpod/docker_engine.json"},
        },
        supports_check_mode=True,
    )
    engine = Engine(module.params)
    try:
        engine.observe()
        engine.decide()
        actions = engine.actions
        engine.warn_pending()
        if not module.check_mode:
            engine.apply()
    except (ConfigError, EngineError, OSError, http.client.HTTPException) as error:
        module.fail_json(msg=str(error))
    for text in engine.warnings:
        module.warn(text)
    result: dict[str, Any] = {
        "changed": bool(actions),
        "actions": actions,
        "engine": engine.facts(),
        "missing": engine.missing,
        "pending": list(engine.plan.pending),
        "diff": {
            "before_header": str(engine.path),
            "after_header": str(engine.path),
            "before": engine.text,
            "after": engine.new_text,
        },
    }
    if engine.backup:
        result["backup_file"] = str(engine.backup)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
