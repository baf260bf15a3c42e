"""`python -m hosts.virtual create|destroy SCENARIO FOLDER`: what the scenario's create and destroy playbooks run."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import ansible.module_utils
import pytest

ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    """Do what was asked for; end with a sentence where that cannot be done."""
    parser = argparse.ArgumentParser(prog="hosts.virtual", description="A virtual machine for Molecule.")
    parser.add_argument("verb", choices=["create", "destroy"])
    parser.add_argument("scenario", help="name of the scenario, part of the machine's name")
    parser.add_argument("folder", type=Path, help="the scenario's own folder: key, known host keys, inventory")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("hosts.virtual: error: the machine's disks are made by mmdebstrap: run molecule as root")
    # Our plugins' code under the name that it has in Ansible.
    ansible.module_utils.__path__.append(str(ROOT / "plugins/module_utils"))
    from hosts.virtual import scenario

    try:
        getattr(scenario, options.verb)(options.scenario, options.folder)
    except pytest.fail.Exception as problem:  # raised by what the end-to-end tests use as well
        sys.exit(f"hosts.virtual: error: {problem}")


if __name__ == "__main__":
    main()
