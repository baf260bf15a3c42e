"""One host for all end-to-end tests: this machine, with two workstations of their own names and ports.

Everything here is real: `make up`, the engine, the image, SSH, mosh, Chromium, the `claude` command. Stand-ins are
named as such (tests/standins). A workstation that somebody really uses on this machine is left alone.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from chromium import chromium
from e2e.machine import (
    DAEMON_JSON,
    PREFIX,
    STANDIN_RUNTIME,
    Host,
    Workstation,
    engine_process,
    first_settings,
    remove_leftovers,
    second_settings,
)


@pytest.fixture(scope="session")
def host(machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Bring both workstations up by `make up`; afterwards leave the machine as it was."""
    configuration = DAEMON_JSON.read_bytes() if DAEMON_JSON.exists() else None
    remove_leftovers()

    settings = first_settings()
    host = Host(
        tmp_path_factory.mktemp("host"),
        Workstation(str(settings["name"]), settings),
        Workstation(f"{PREFIX}second", second_settings(settings)),
    )
    # A machine that has real Sysbox uses that.
    runtimes = {} if shutil.which("sysbox-runc") else {"sysbox-runc": {"path": str(STANDIN_RUNTIME)}}
    host.write_inventory(docker_host_daemon_config={"runtimes": runtimes})
    try:
        host.first_run = host.up()
        sys.stdout.write(host.first_run.stdout[-3000:])
        for workstation in (host.first, host.second):
            lines = host.make("credentials", f"WORKSTATION={workstation.name}").stdout.splitlines()
            workstation.credentials = dict(line.split("=", 1) for line in lines)
        yield host
    finally:
        remove_leftovers()
        if runtimes and configuration is not None:
            DAEMON_JSON.write_bytes(configuration)
        elif runtimes and DAEMON_JSON.exists():
            content = json.loads(DAEMON_JSON.read_text())
            content["runtimes"].pop("sysbox-runc", None)
            DAEMON_JSON.write_text(json.dumps(content, indent=4) + "\n")
        if (pid := engine_process()) is not None:
            os.kill(pid, signal.SIGHUP)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one module, since other tests need the thread's event loop again."""
    with chromium() as browser:
        yield browser
