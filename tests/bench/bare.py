"""From a bare machine to a workstation that is ready, over SSH, on an emulated machine of the benchmark's own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import yaml

from bench.figures import Figure
from hosts.scenario import Scenario, recap
from hosts.virtual import scenario as virtual

NAME = "bare"
# Away from the networks of this machine's own engine, and with the patience that emulated processors ask for.
SETTINGS = {
    "docker_host_bip": "172.27.0.1/24",
    "docker_host_address_pools": [{"base": "172.26.0.0/16", "size": 24}],
    "workstation_ready_timeout": 300,
}


def measure(folder: Path) -> tuple[list[Figure], dict[str, Any]]:
    """Boot a machine, run the playbook twice, remove the machine."""
    begin = time.monotonic()
    virtual.create(NAME, folder)
    started = time.monotonic() - begin
    try:
        (folder / "inventory/settings.yml").write_text(yaml.safe_dump({"all": {"vars": SETTINGS}}))
        host = Scenario(NAME, folder)
        first = _timed(host)
        again = _timed(host)
    finally:
        virtual.destroy(NAME, folder)
    figures = [
        Figure("bare_to_ready", "bare emulated machine to ready over SSH, with the image there", (first,)),
        Figure("bare_no_change", "run that changes nothing, on that machine", (again,)),
    ]
    return figures, {"bare_machine_start": round(started, 1)}


def _timed(host: Scenario) -> float:
    begin = time.monotonic()
    counts = recap(host.play("playbooks/site.yml").stdout)[NAME]
    if counts["failed"] + counts["unreachable"]:
        raise RuntimeError(f"the playbook failed: {counts}")
    return time.monotonic() - begin
