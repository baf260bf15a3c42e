"""What a scenario on a virtual machine needs: the machine, the mirror beside it, the inventory that leads to both."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from e2e.machine import free_ports
from hosts import container, inventory, mirror
from hosts.system import ADMIN
from hosts.virtual import disks
from hosts.virtual.machine import Machine

WORKSTATION_SSH = 2222


def create(scenario: str, folder: Path) -> None:
    """Boot the machine and write the inventory that leads to it."""
    system, engine = disks.system(), disks.engine()
    destroy(scenario, folder)
    public_key = inventory.key(folder).with_suffix(".pub").read_text()
    ssh, workstation = free_ports(2)
    machine = Machine(f"hatchpod-{scenario}")
    machine.start(system, engine, public_key, {ssh: 22, workstation: WORKSTATION_SSH})
    served = folder / "mirror"
    served.mkdir(exist_ok=True)
    variables = mirror.sysbox(served, mirror.start(container.container(scenario, "mirror"), served))
    instance = inventory.Instance(scenario, "127.0.0.1", ADMIN, system.host_key, ssh)
    try:
        inventory.write(folder, [instance], {**variables, "test_workstation_port": workstation})
    except pytest.fail.Exception as problem:
        pytest.fail(f"{problem}\nIts console ends with:\n{machine.last_words()}")


def destroy(scenario: str, folder: Path) -> None:
    """Remove the machine and its mirror, also those that a killed run left."""
    Machine(f"hatchpod-{scenario}").remove()
    if shutil.which("docker"):
        container.remove_all(scenario)
