"""What lets a container carry an engine of its own on this machine."""

from __future__ import annotations

import runpy

from e2e.machine import STANDIN_RUNTIME

# `--privileged` asks for capabilities that this machine may lack itself, so each that is there is named.
_CAPABILITIES: list[str] = runpy.run_path(str(STANDIN_RUNTIME))["own_capabilities"]()
PRIVILEGES = [
    "--cap-drop=ALL",
    *(f"--cap-add={name.removeprefix('CAP_')}" for name in _CAPABILITIES),
    *(f"--security-opt={name}=unconfined" for name in ("seccomp", "apparmor", "systempaths")),
]
