"""Sysbox on this host: its package, its services, the files around it, the containers that use it. No Ansible here."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.docker_engine_host import (
    DEFAULT_SOCKET,
    Api,
    EngineError,
    command,
    snap_docker,
    which,
    write_atomically,
)
from ansible.module_utils.sysbox_plan import LIMITS, RUNTIME, Host, SysboxError, is_version

PACKAGE = "sysbox-ce"
UNITS = ("sysbox.service", "sysbox-mgr.service", "sysbox-fs.service")
DAEMON_JSON = Path("/etc/docker/daemon.json")
# Read after the file that Sysbox's package brings (99-sysbox-sysctl.conf), which may be lower than what the host had.
LIMITS_FILE = Path("/etc/sysctl.d/99-z-hatchpod-sysbox.conf")
LIMITS_ROOT = Path("/proc/sys")
PROFILE = Path("/etc/apparmor.d/fusermount3")
OVERRIDE = Path("/etc/apparmor.d/local/fusermount3")
# What talking to an engine and to this host can raise.
FAILURES = (EngineError, OSError, http.client.HTTPException)
STOP_LIMIT = 600  # seconds; a container's own grace period is shorter


def read(path: Path) -> str:
    """Return a file's text, empty where it is not there."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def host(docker: str) -> Host:
    """Return what decides whether this host can have Sysbox. `docker` is the engine's version."""
    pairs = (line.partition("=") for line in read(Path("/etc/os-release")).splitlines())
    system = {name: value.strip().strip("\"'") for name, _, value in pairs}
    machine = os.uname()
    return Host(
        distribution=system.get("ID", ""),
        release=system.get("VERSION_ID", ""),
        machine=machine.machine,
        kernel=machine.release,
        systemd=Path("/run/systemd/system").is_dir(),
        snap=snap_docker(),
        sets_limits=sets_limits(),
        docker=docker,
    )


def sets_limits() -> bool:
    """Say whether root of this host is the kernel's root, and may write its limits."""
    ids = read(Path("/proc/self/uid_map")).split()
    return ids == ["0", "0", "4294967295"] and os.access(LIMITS_ROOT / "fs/inotify/max_user_watches", os.W_OK)


# --- the package ------------------------------------------------------------------------------------------------------


def package_state() -> tuple[str, bool]:
    """Return the version that is completely installed, else empty, and whether something less than that is there."""
    done = command("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", PACKAGE)
    status, _, version = done.stdout.strip().partition(" ")
    if done.returncode or status == "not-installed":
        return "", False
    return (version, False) if status == "installed" else ("", True)


def check_package(path: str, version: str, architecture: str) -> None:
    """Refuse a file that is not the package which was asked for, before anything is stopped for it."""
    done = command("dpkg-deb", "--show", "--showformat=${Package} ${Version} ${Architecture}", path)
    said = done.stdout.split()
    if done.returncode or len(said) != 3:
        raise SysboxError(f"{path} is no Debian package: {done.stderr.strip()}. Nothing was stopped or removed.")
    if said[0] != PACKAGE or not is_version(said[1], version) or said[2] != architecture:
        raise SysboxError(
            f"{path} is {' '.join(said)}, not {PACKAGE} {version} for {architecture}: correct sysbox_release or "
            f"sysbox_mirror. Nothing was stopped or removed."
        )


def apt(*words: str) -> None:
    """Run apt-get, waiting for another one to end; what dpkg left half-done is completed first."""
    environment = ("env", "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_SUSPEND=1")
    argv = (*environment, "apt-get", "--yes", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0", *words)
    done = command(*argv, timeout=1200)
    if done.returncode and "dpkg --configure -a" in done.stderr:
        command(*environment, "dpkg", "--configure", "-a", timeout=1200)
        done = command(*argv, timeout=1200)
    if done.returncode:
        said = "\n".join([*done.stdout.splitlines()[-15:], *done.stderr.splitlines()[-15:]])
        raise SysboxError(f"`apt-get {' '.join(words)}` failed:\n{said}")


# --- services ---------------------------------------------------------------------------------------------------------


def services_run() -> bool:
    """Say whether Sysbox's services run, and start when the host boots."""
    states = command("systemctl", "is-active", *UNITS).stdout.split()
    enabled = command("systemctl", "is-enabled", UNITS[0]).stdout.strip()
    return states == ["active"] * len(UNITS) and enabled == "enabled"


def start_services() -> None:
    """Start Sysbox's services, now and at each boot."""
    command("systemctl", "reset-failed", *UNITS)
    for words in (("enable", UNITS[0]), ("restart", UNITS[0])):
        done = command("systemctl", *words)
        if done.returncode:
            raise SysboxError(
                f"`systemctl {' '.join(words)}` failed: {done.stderr.strip()}; see `journalctl -u sysbox*`"
            )
    if not services_run():
        raise SysboxError("Sysbox's services do not run; `journalctl -u 'sysbox*'` says why")


# --- limits and AppArmor ----------------------------------------------------------------------------------------------


def running_limits() -> dict[str, int]:
    """Return the limits that the running kernel has."""
    found = {}
    for name in LIMITS:
        with contextlib.suppress(OSError, ValueError):
            found[name] = int((LIMITS_ROOT / name.replace(".", "/")).read_text())
    return found


def set_limits(wanted: Mapping[str, int], running: Mapping[str, int]) -> None:
    """Raise the running kernel's limits."""
    for name, value in wanted.items():
        if running.get(name, value) < value:
            try:
                (LIMITS_ROOT / name.replace(".", "/")).write_text(str(value))
            except OSError as error:
                raise SysboxError(f"the kernel does not take {name} = {value}: {error}") from error


def load_profile(path: Path) -> None:
    """Make the kernel take over a changed profile of AppArmor, where it uses AppArmor at all."""
    if read(Path("/sys/module/apparmor/parameters/enabled")).strip() != "Y" or not which("apparmor_parser"):
        return
    done = command("apparmor_parser", "--replace", str(path))
    if done.returncode:
        raise SysboxError(f"AppArmor does not take {OVERRIDE}: {done.stderr.strip()}")


def put(path: Path, text: str) -> None:
    """Write a file, or remove one that has nothing to say."""
    if text.strip():
        write_atomically(path, text, 0o644)
    else:
        path.unlink(missing_ok=True)


# --- the engine -------------------------------------------------------------------------------------------------------


class Containers:
    """The containers of an engine, which need not run."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        hosts = [host for host in config.get("hosts", []) if host.startswith("unix://")]
        self.api = Api(hosts[0].removeprefix("unix://") if hosts else DEFAULT_SOCKET)
        self.info = self.api.info()

    @property
    def version(self) -> str:
        return str(self.info["ServerVersion"]) if self.info else ""

    @property
    def count(self) -> int:
        return int(self.info["Containers"]) if self.info else 0

    def runtimes(self) -> list[str]:
        """Return the names of the runtimes that the engine knows now."""
        self.info = self.api.info()
        return sorted((self.info or {}).get("Runtimes") or {})

    def users(self, *, running: bool) -> dict[str, str]:
        """Return name and id of the containers with Sysbox's runtime, the oldest first."""
        found = {}
        rows = self.api.get(f"/containers/json?all={int(not running)}") if self.info else []
        for row in sorted(rows, key=lambda row: int(row["Created"])):
            one = self.inspect(row["Id"])
            if one and one["HostConfig"].get("Runtime") == RUNTIME:
                found[str(one["Name"]).lstrip("/")] = str(one["Id"])
        return found

    def inspect(self, identity: str) -> dict[str, Any] | None:
        """Return what the engine knows of a container, None when it is gone."""
        try:
            found: dict[str, Any] = self.api.get(f"/containers/{identity}/json")
        except EngineError:
            return None
        return found

    def stop(self, name: str, identity: str) -> None:
        self.api.post(f"/containers/{identity}/stop", name, STOP_LIMIT)

    def start(self, stopped: Mapping[str, str]) -> dict[str, str]:
        """Start what was stopped, as far as it is still there; return what does not start, with the reason."""
        waiting = {name: one for name, one in stopped.items() if self.inspect(one)}
        failed: dict[str, str] = {}
        for _ in list(waiting):  # one may need another one first
            failed = {}
            for name, identity in list(waiting.items()):
                try:
                    self.api.post(f"/containers/{identity}/start", name)
                    del waiting[name]
                except EngineError as error:
                    failed[name] = str(error).removeprefix(f"{name}: ")
            if not waiting:
                break
        return failed


# --- the record of what was stopped -----------------------------------------------------------------------------------


class Record:
    """Containers that a replacement stopped, kept on disk until they run again, so that a cut run loses none."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, str]:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            stopped = json.loads(self.path.read_text(encoding="utf-8"))["stopped"]
            return {str(name): str(identity) for name, identity in stopped.items()}
        return {}

    def write(self, stopped: Mapping[str, str]) -> None:
        if stopped:
            write_atomically(self.path, json.dumps({"stopped": dict(stopped)}, indent=2) + "\n", 0o600)
        else:
            self.path.unlink(missing_ok=True)
