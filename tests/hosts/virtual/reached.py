"""A scenario whose hosts are reached by SSH alone, and what a host carries besides Debian's packages."""

from __future__ import annotations

import json
import shlex
import time
from dataclasses import dataclass
from typing import Any

import pytest

from e2e.machine import run
from hosts.inventory import key
from hosts.scenario import Scenario

COMMAND_LIMIT = 600  # seconds
REBOOT_LIMIT = 300  # seconds
READY_LIMIT = 300  # seconds; an inner engine takes an emulated processor up to two minutes
POLL = 1.0  # seconds
# What a host carries, as lines of kind, name and content. Of files, those outside of /var; what logging in or time
# alone changes is left out. In one script, as each login takes an emulated processor seconds.
TRACES = r"""
find /etc /usr/local /opt /srv /root -type f \
  -not -path '/root/.ansible/*' -not -path '/root/.cache/*' -not -name '*.pyc' -not -name .updated \
  -not -path '/etc/ssl/certs/*' -print0 | xargs -0 sha256sum | sed -E 's/^(\S+)  (.*)/files\t\2\t\1/'
dpkg-query -W -f 'packages\t${Package}\t${db:Status-Abbrev}\n'
systemctl list-unit-files --no-legend --state=enabled | awk -v OFS='\t' '{ print "units", $1, $2 }'
sysctl -a --pattern '^(kernel.keys|kernel.pid_max|fs.inotify)' | sed -E 's/^(\S+) = (.*)/settings\t\1\t\2/'
find /var/lib /var/log /var/backups /etc /home -maxdepth 1 -printf 'folders\t%p\t\n'
getent passwd | sed -E 's/^([^:]+):(.*)/users\t\1\t\2/'
"""


@dataclass(frozen=True)
class Reached(Scenario):
    """The scenario that Molecule made, on a machine which this one sees from outside only."""

    def login(self, host: str) -> list[str]:
        """Return the command that logs in by SSH."""
        variables = self.hosts[host]
        return [
            *("ssh", *shlex.split(variables["ansible_ssh_common_args"]), "-i", str(key(self.folder))),
            *("-o", "ConnectTimeout=10", "-p", str(variables["ansible_port"])),
            f"{variables['ansible_user']}@{variables['ansible_host']}",
        ]

    def on(self, host: str, *command: str, check: bool = True) -> str:
        """Run a command on a host by sudo and return its output."""
        return run(*self.login(host), shlex.join(["sudo", *command]), check=check, timeout=COMMAND_LIMIT).stdout.strip()

    def boot_id(self, host: str) -> str:
        """Return what is another with each start of the host; nothing while it does not answer."""
        return run(*self.login(host), "cat /proc/sys/kernel/random/boot_id", check=False, timeout=60).stdout.strip()

    def reboot(self, host: str) -> None:
        """Reboot a host as its owner does, and wait until it lets us in again."""
        before = self.boot_id(host)
        self.on(host, "systemctl", "reboot", check=False)  # the connection ends with it
        deadline = time.monotonic() + REBOOT_LIMIT
        while self.boot_id(host) in {"", before}:
            if time.monotonic() > deadline:
                pytest.fail(f"{host} did not come back {REBOOT_LIMIT} s after its reboot")
            time.sleep(POLL)

    def services(self, host: str, workstation: str) -> dict[str, str]:
        """Return the state of each service in a workstation, once they have settled."""
        command = ["docker", "exec", workstation, "/usr/lib/hatchpod/status", "--wait", str(READY_LIMIT)]
        found = json.loads(self.on(host, *command, check=False))["services"]
        return {name: str(service["state"]) for name, service in found.items()}

    def traces(self, host: str) -> dict[str, dict[str, str]]:
        """Return what a host carries by kind, each as name -> content; two of these are compared."""
        found: dict[str, dict[str, str]] = {}
        for line in self.on(host, "sh", "-c", TRACES).splitlines():
            kind, name, content = line.split("\t", 2)
            found.setdefault(kind, {})[name] = content
        return found


def difference(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """Return the names that came, went or changed, by kind."""
    return {
        kind: sorted(
            name for name in before[kind].keys() | after[kind].keys() if before[kind].get(name) != after[kind].get(name)
        )
        for kind in before
    }


def remember(scenario: Scenario, name: str, value: Any) -> None:
    """Keep something for a later step of the scenario."""
    (scenario.folder / f"{name}.json").write_text(json.dumps(value))


def recall(scenario: Scenario, name: str) -> Any:
    """Return what an earlier step kept."""
    return json.loads((scenario.folder / f"{name}.json").read_text())
