"""`python -m hosts create|destroy SCENARIO FOLDER`: what Molecule's create and destroy playbooks run."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from hosts import container


def main() -> None:
    """Do what was asked for; end with a sentence where that cannot be done."""
    parser = argparse.ArgumentParser(prog="hosts", description="Hosts for Molecule on this machine.")
    parser.add_argument("verb", choices=["create", "destroy"])
    parser.add_argument("scenario", help="name of the scenario, part of the containers' names; `destroy all` is of all")
    parser.add_argument("folder", type=Path, help="the scenario's own folder: key, known host keys, inventory")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("hosts: error: the hosts are containers of this machine's engine: run molecule as root")
    try:
        if options.verb == "create":
            platforms = [container.Platform.parse(one) for one in json.load(sys.stdin)]
            container.create(options.scenario, platforms, options.folder)
        elif shutil.which("docker"):
            container.remove_all("" if options.scenario == "all" else options.scenario)
    except pytest.fail.Exception as problem:  # raised by what the end-to-end tests use as well
        sys.exit(f"hosts: error: {problem}")


if __name__ == "__main__":
    main()
