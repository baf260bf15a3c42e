"""A host with a workstation and backups."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.machine import ROOT, docker, run
from hosts.scenario import Scenario

NAME = "hatchpod"
UNIT = "hatchpod-backup.service"
PATIENCE = 180  # seconds
PROGRAM = "/usr/local/sbin/hatchpod-backup"
MOUNTED = '{{range .Mounts}}{{if eq .Destination "/var/lib/docker"}}{{.Source}}{{end}}{{end}}'


@dataclass(frozen=True)
class BackedUp:
    """The host and its workstation, as their administrator sees them."""

    scenario: Scenario
    name: str

    def on(self, *command: str, check: bool = True) -> str:
        """Run a command as root."""
        return self.scenario.on(self.name, *command, check=check)

    def play(self, playbook: str, *variables: str, check: bool = True) -> str:
        """Run a playbook against this host alone; return what it said, without line breaks."""
        given = [part for one in variables for part in ("--extra-vars", one)]
        done = self.scenario.play(f"playbooks/{playbook}.yml", "--limit", self.name, *given, check=check)
        return " ".join((done.stdout + done.stderr).split())

    def snapshots(self) -> list[dict[str, Any]]:
        """Return restic's own list of what is in the repository; nothing where there is none yet."""
        command = f"{PROGRAM} restic snapshots --json --no-lock || [ $? -eq 10 ]"  # 10: no repository
        return list(json.loads(self.on("sh", "-c", command) or "[]"))

    def settled(self) -> None:
        """Wait until no backup is being made."""
        deadline = time.monotonic() + PATIENCE
        while self.on("systemctl", "is-active", UNIT, check=False) == "activating":
            assert time.monotonic() < deadline, self.on("journalctl", "--no-pager", "--unit", UNIT)
            time.sleep(0.5)

    def now(self) -> str:
        """Return the time as the engine's log of events takes it."""
        return self.on("date", "+%s.%N")

    def events(self, since: str) -> list[str]:
        """Return what has happened to the workstation's container, of what stops and starts its processes."""
        chosen = [part for one in ("pause", "unpause", "die", "start") for part in ("--filter", f"event={one}")]
        form = ["--filter", f"container={NAME}", "--format", "{{.Action}}"]
        return self.on("docker", "events", "--since", since, "--until", self.now(), *chosen, *form).split()

    def services(self) -> dict[str, str]:
        """Return the state of each service of the workstation that is not ready, once they have settled."""
        status = self.on("docker", "exec", NAME, "/usr/lib/hatchpod/status", "--wait", "60", check=False)
        return {name: one["state"] for name, one in json.loads(status)["services"].items() if one["state"] != "ready"}

    @property
    def home(self) -> Path:
        """Where this machine sees the workstation's home."""
        data = docker("inspect", "--format", MOUNTED, self.scenario.container(self.name))
        return Path(data, "volumes", f"{NAME}_home", "_data")


def states(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Return what `make status` tells programs, by host; one workstation each."""
    done = run(
        *scenario.command("playbooks/status.yml", "--extra-vars", "status_format=json"),
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_STDOUT_CALLBACK": "plain", "ANSIBLE_NOCOLOR": "1"},
    )
    return {row["host"]: row for row in json.loads(done.stdout)["workstations"]}
