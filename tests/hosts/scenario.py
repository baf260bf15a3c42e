"""The scenario that a test belongs to: its hosts as the controller reaches them, and playbooks run against them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import yaml

from e2e.machine import PLAYBOOK_LIMIT, ROOT, docker, run
from hosts.container import container

ANSIBLE = Path(sys.executable).with_name("ansible-playbook")


@dataclass(frozen=True)
class Scenario:
    """What Molecule made for one scenario."""

    name: str
    folder: Path

    @classmethod
    def current(cls) -> Self:
        """Return the scenario that Molecule runs this process for."""
        return cls(os.environ["MOLECULE_SCENARIO_NAME"], Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]))

    @cached_property
    def hosts(self) -> dict[str, dict[str, Any]]:
        """The connection variables of each host, by name."""
        return dict(yaml.safe_load((self.folder / "inventory/instances.yml").read_text())["all"]["hosts"])

    def address(self, host: str) -> str:
        """Return the address of a host."""
        return str(self.hosts[host]["ansible_host"])

    def container(self, host: str) -> str:
        """Return the name of the container that is a host."""
        return container(self.name, host)

    def on(self, host: str, *command: str, check: bool = True) -> str:
        """Run a command on a host as root, as somebody at its console would."""
        return docker("exec", self.container(host), *command, check=check, timeout=300)

    def command(self, playbook: str, *arguments: str) -> list[str]:
        """Return the command that runs a playbook, a path in this checkout, against the scenario's hosts."""
        return [str(ANSIBLE), "--inventory", str(self.folder / "inventory"), playbook, *arguments]

    def play(
        self, playbook: str, *arguments: str, check: bool = True, root: Path = ROOT
    ) -> subprocess.CompletedProcess[str]:
        """Run a playbook of a checkout, this one by default, against the scenario's hosts."""
        environment = {**os.environ, "ANSIBLE_CONFIG": str(root / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
        command = self.command(playbook, *arguments)
        return run(*command, check=check, cwd=root, env=environment, timeout=PLAYBOOK_LIMIT)


def recap(output: str) -> dict[str, dict[str, int]]:
    """Return the counts of Ansible's recap by host."""
    lines = re.findall(r"^(\S+)\s+: (ok=.*)$", output, re.MULTILINE)
    return {host: {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", rest)} for host, rest in lines}


def changed_tasks(output: str) -> set[str]:
    """Return the names of the tasks that changed something on any host."""
    task, changed = "", set()
    for line in output.splitlines():
        if found := re.match(r"(?:TASK|RUNNING HANDLER) \[(.*)\]", line):
            task = found.group(1)
        elif line.startswith("changed: "):
            changed.add(task)
    return changed
