"""Bare hosts for Molecule: Debian with systemd in containers of this machine's engine, reached over real SSH.

`molecule/shared/create.yml` runs `python -m hosts create SCENARIO FOLDER` with the scenario's `platforms` as JSON on
standard input, `destroy.yml` the opposite. A platform has

- `name`: the host's name in the inventory;
- `suite`: `bookworm` or `trixie`;
- `user`: who logs in, `admin` (the default; sudo without a password) or `root`;
- `engine_data`: `empty` (the default), or `image` for a host whose `/var/lib/docker` holds the workstation image before
  any engine is installed, as a host that had Docker before: for scenarios that are not about building it;
- `tun`: whether it has this machine's `/dev/net/tun`.

One more container serves `FOLDER/mirror` over HTTP: the STAND-IN for Sysbox's package, and what a scenario puts there.

The address, the key and the known host keys of each host are written into the scenario's own inventory
(`FOLDER/inventory/instances.yml`), which playbooks and testinfra read alike, with the variables that lead to the
mirror. A scenario with hosts of another kind has a create.yml of its own that makes its hosts and calls
`hosts.inventory.write`.

What takes time is kept between runs: a root for each suite as image `hatchpod-test/host`, named by what it was made
from, and the engine's data with the workstation image under `.cache/hosts`.
"""

from __future__ import annotations

from pathlib import Path

import ansible.module_utils

# Our plugins' code under the name that it has in Ansible.
ansible.module_utils.__path__.append(str(Path(__file__).resolve().parents[2] / "plugins/module_utils"))
