"""How the controller reaches the hosts: a key of the run's own, and an inventory beside Molecule's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.machine import run

LOGIN_LIMIT = 120  # seconds


@dataclass(frozen=True)
class Instance:
    """A host that answers by SSH; `host_key` is the public key that it shows, as in its .pub file."""

    name: str
    address: str
    user: str
    host_key: str
    port: int = 22


def key(folder: Path) -> Path:
    """Return the private key of this run, beside it `key.pub`; make both where they are not there."""
    path = folder / "key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "hatchpod-test", "-f", str(path))
    return path


def write(folder: Path, instances: list[Instance], variables: dict[str, Any]) -> None:
    """Write what Ansible and testinfra need to reach the instances, and wait until each lets us in.

    The variables are those of all hosts.
    """
    known = folder / "known_hosts"
    known.write_text("".join(f"{known_name(one)} {one.host_key}\n" for one in instances))
    options = ["-F", "none", "-o", f"UserKnownHostsFile={known}", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
    hosts = {
        one.name: {
            "ansible_connection": "ssh",
            "ansible_host": one.address,
            "ansible_port": one.port,
            "ansible_user": one.user,
            "ansible_ssh_private_key_file": str(key(folder)),
            "ansible_ssh_common_args": " ".join(options),
        }
        for one in instances
    }
    inventory = folder / "inventory/instances.yml"
    inventory.parent.mkdir(parents=True, exist_ok=True)
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": variables}}))
    for one in instances:
        _wait(one, ["ssh", *options, "-i", str(key(folder)), "-p", str(one.port), f"{one.user}@{one.address}", "true"])


def known_name(instance: Instance) -> str:
    """Return the instance's name in a known_hosts file."""
    return instance.address if instance.port == 22 else f"[{instance.address}]:{instance.port}"


def _wait(instance: Instance, login: list[str]) -> None:
    """Wait until the host's own sshd lets us in."""
    deadline = time.monotonic() + LOGIN_LIMIT
    while (last := run(*login, check=False, timeout=LOGIN_LIMIT)).returncode:
        if time.monotonic() > deadline:
            pytest.fail(f"{instance.name} lets nobody in after {LOGIN_LIMIT} s: {last.stderr}")
        time.sleep(0.3)
