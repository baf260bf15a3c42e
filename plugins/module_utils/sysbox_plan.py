"""What Sysbox needs of a host, and the steps to get there.

Pure functions: nothing here reads a file, talks to an engine or knows of Ansible.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

RUNTIME = "sysbox-runc"
RUNTIME_PATH = "/usr/bin/sysbox-runc"

# uname's names -> Debian's.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
OLDEST_RELEASE = {"debian": (12,), "ubuntu": (22, 4)}
OLDEST_KERNEL = (5, 12)
KERNEL_WITHOUT_SHIFTFS = (5, 19)
# An engine from the first version on needs a Sysbox from the second one on.
DOCKER_NEEDS = ((29, 5), (0, 7, 1))

# The kernel's limits that Sysbox's own package asks for. They are shared by all containers of the host.
LIMITS = {
    "fs.inotify.max_queued_events": 1048576,
    "fs.inotify.max_user_instances": 1048576,
    "fs.inotify.max_user_watches": 1048576,
    "kernel.keys.maxbytes": 1400000,
    "kernel.keys.maxkeys": 20000,
    "kernel.pid_max": 4194304,
    "vm.max_map_count": 262144,
}
LIMITS_HEAD = "# Written by Hatchpod: what Sysbox needs at least, or what this host had where that was more.\n"

APPARMOR_BEGIN = "# begin hatchpod sysbox"
APPARMOR_END = "# end hatchpod sysbox"
APPARMOR_RULES = """\
mount fstype=@{fuse_types} options=(nosuid,nodev) options in (ro,rw,noatime,dirsync,nodiratime,noexec,sync) -> \
/var/lib/sysboxfs/**/,
umount /var/lib/sysboxfs/**/,
"""


class SysboxError(RuntimeError):
    """Sysbox cannot be brought to the wanted state; the text says why and what to do."""


@dataclasses.dataclass(frozen=True)
class Host:
    """What decides whether a host can have Sysbox."""

    distribution: str  # ID of /etc/os-release
    release: str  # VERSION_ID of /etc/os-release
    machine: str  # as `uname -m` says it
    kernel: str  # as `uname -r` says it
    systemd: bool
    snap: str | None = None  # where Docker from a snap lives
    sets_limits: bool = True  # whether it may set the kernel's limits
    docker: str = ""  # the engine's version, empty where none runs


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers that a version begins with: `6.1.0-13-amd64` is (6, 1, 0)."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def is_version(installed: str, wanted: str) -> bool:
    """Say whether a package's version (`0.7.1.linux`, `0.7.1-0.linux`) is that of a release (`0.7.1`)."""
    return re.match(rf"{re.escape(wanted)}(?!\.?\d)", installed) is not None


def check_release(version: str, sha256: Mapping[str, Any]) -> None:
    """Raise SysboxError where the pinned release is not usable on any host."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise SysboxError(f"sysbox_release: version must be a release such as 0.7.1, got {version!r}.")
    for architecture, digest in sha256.items():
        if architecture not in ARCHITECTURES.values() or not re.fullmatch("[0-9a-f]{64}", str(digest)):
            raise SysboxError(
                f"sysbox_release: sha256 must hold the package's SHA-256, in hexadecimal digits, for amd64 or "
                f"arm64; got {architecture}: {digest}."
            )


def problems(host: Host, version: str, sha256: Mapping[str, Any]) -> list[str]:
    """Return why a host cannot have this release, each with what to do about it; none when it can."""
    found = []
    architecture = ARCHITECTURES.get(host.machine)
    if architecture is None:
        found.append(f"Sysbox exists for x86_64 and aarch64 only, and this host is {host.machine}")
    elif architecture not in sha256:
        found.append(f"sysbox_release has no sha256 for {architecture}; add the one of Sysbox {version}'s package")
    oldest = OLDEST_RELEASE.get(host.distribution)
    if oldest is None or numbers(host.release) < oldest:
        found.append(
            f"Sysbox supports Debian 12 or newer and Ubuntu 22.04 or newer, and this host runs "
            f"{host.distribution or 'an unknown system'} {host.release}".rstrip()
            + "; reinstall it with one of these"
        )
    if not host.systemd:
        found.append("Sysbox needs systemd as the init system, and it does not run here; use a host that boots with it")
    if host.snap:
        found.append(
            f"Docker from a snap is installed ({host.snap}), which takes no other runtime; save what its containers "
            f"hold and run `snap remove docker`"
        )
    if numbers(host.kernel) < OLDEST_KERNEL:
        found.append(
            f"Sysbox needs Linux 5.12 or newer (ID-mapped mounts), and this host runs {host.kernel}; install a newer "
            f"kernel and reboot"
        )
    if not host.sets_limits:
        found.append(
            "this host is itself a container that may not set the kernel's limits (/proc/sys); use a virtual or a real "
            "machine"
        )
    docker, needed = DOCKER_NEEDS
    if numbers(host.docker) >= docker and numbers(version) < needed:
        found.append(
            f"Docker {host.docker} needs Sysbox {'.'.join(map(str, needed))} or newer; set sysbox_release to it"
        )
    return found


def note(host: Host) -> str:
    """Return what works on this host, but not as well as it could; empty when all does."""
    if not OLDEST_KERNEL <= numbers(host.kernel) < KERNEL_WITHOUT_SHIFTFS:
        return ""
    return (
        f"Linux {host.kernel} maps the owners of image files for Sysbox by the module shiftfs only; without it each "
        f"container's files are changed when it starts. From Linux 5.19 on neither is needed."
    )


# --- the engine's configuration ---------------------------------------------------------------------------------------


def installer_finds_networks(text: str) -> bool:
    """Say whether Sysbox's installer, which looks at lines and not at JSON, finds both networks in a daemon.json."""
    keys = (r'^ +"bip": "[0-9]', r'^ +"default-address-pools"')
    return all(re.search(key, text, re.MULTILINE) for key in keys)


def networks_problem(config: Mapping[str, Any], containers: int, *, follow: bool) -> str:
    """Return why the installer would abort on this host: it refuses to change networks under existing containers.

    With `follow` the networks are still to be set, which is done unless the owner has another bridge than Docker's.
    """
    lacking = [key for key in ("bip", "default-address-pools") if not config.get(key)]
    if follow:
        lacking = [key for key in lacking if key == "bip" and "bridge" in config]
    if not containers or not lacking:
        return ""
    return (
        f"/etc/docker/daemon.json lacks {' and '.join(lacking)} and there are {containers} containers, with which "
        f"Sysbox's installer aborts; set them in docker_host_daemon_config, or remove the containers for the "
        f"installation"
    )


def without_runtime(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration without Sysbox's runtime. `runtimes` stays, as an engine forgets none that it lacks."""
    others = {name: value for name, value in config.get("runtimes", {}).items() if name != RUNTIME}
    return {**config, "runtimes": others}


# --- the kernel's limits ----------------------------------------------------------------------------------------------


def limits_in(text: str) -> dict[str, int]:
    """Return the limits that a sysctl file of ours sets."""
    pairs = re.findall(r"^([a-z][a-z0-9_.]*) *= *(\d+)$", text, re.MULTILINE)
    return {name: int(value) for name, value in pairs}


def limits_suffice(text: str, running: Mapping[str, int]) -> bool:
    """Say whether every limit that the running kernel has is high enough, now and after the next boot."""
    written = limits_in(text)
    return all(min(running[name], written.get(name, 0)) >= least for name, least in LIMITS.items() if name in running)


def limits_text(text: str, running: Mapping[str, int]) -> str:
    """Return what the sysctl file should hold. Nothing is lowered: neither what runs nor what the file had."""
    if limits_suffice(text, running):
        return text
    written = limits_in(text)
    return LIMITS_HEAD + "".join(
        f"{name} = {max(least, running[name], written.get(name, 0))}\n"
        for name, least in LIMITS.items()
        if name in running
    )


# --- AppArmor ---------------------------------------------------------------------------------------------------------


def without_rules(text: str) -> str:
    """Return an AppArmor override without the block that is ours."""
    pattern = rf"^{re.escape(APPARMOR_BEGIN)}\n.*?^{re.escape(APPARMOR_END)}\n"
    return re.sub(pattern, "", text, flags=re.MULTILINE | re.DOTALL)


def with_rules(text: str) -> str:
    """Return an AppArmor override that lets fusermount3 mount for Sysbox; unchanged where it says so already."""
    if re.search(r"^ *mount [^#\n]*/var/lib/sysboxfs/", text, re.MULTILINE):
        return text
    before = without_rules(text)
    separator = "" if not before or before.endswith("\n") else "\n"
    return f"{before}{separator}{APPARMOR_BEGIN}\n{APPARMOR_RULES}{APPARMOR_END}\n"


# --- the steps --------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class State:
    """Sysbox on a host, as far as the steps depend on it."""

    installed: str = ""  # the package's version, empty where it is not completely installed
    leftover: bool = False  # the package is half-installed, or removed with its configuration left
    missing: Sequence[str] = ()  # packages that it needs
    limits: bool = False  # the limits suffice (for removal: our file is there)
    rules: bool = False  # AppArmor needs no rule (for removal: has one of ours)
    laid_out: bool = False  # the installer finds both networks, or there is nothing to find
    registered: bool = False  # the runtime stands in daemon.json
    known: bool = False  # the engine runs and knows it
    engine: bool = False  # an engine runs
    services: bool = False  # its services run, and do after a boot
    waiting: Sequence[str] = ()  # containers that an earlier replacement stopped and that do not run again
    users: Sequence[str] = ()  # running containers of that runtime


def steps_to_have(state: State, version: str) -> list[str]:
    """Return the steps, in their order, to a host with this release; none where it has it."""
    steps = ["packages"] if state.missing else []
    steps += [] if state.limits else ["limits"]
    steps += [] if state.rules else ["apparmor"]
    if not is_version(state.installed, version):
        steps += [] if state.laid_out else ["layout"]
        steps += ["stop"] if state.users else []
        steps += ["uninstall"] if state.installed else []
        return [*steps, "install", *(["start"] if state.users or state.waiting else [])]
    if not state.services:
        steps.append("services")
    if not state.registered or (state.engine and not state.known):
        steps.append("register")
    return [*steps, *(["start"] if state.waiting else [])]


def steps_to_lack(state: State) -> list[str]:
    """Return the steps, in their order, to a host without Sysbox."""
    steps = ["uninstall"] if state.installed or state.leftover else []
    # A runtime of that name at another place is the owner's, and stays.
    steps += ["unregister"] if state.registered else []
    steps += ["limits"] if state.limits else []
    return [*steps, *(["apparmor"] if state.rules else [])]


def removal_problem(users: Sequence[str], config: Mapping[str, Any]) -> str:
    """Return why Sysbox cannot be removed, empty when it can."""
    if users:
        return (
            f"Containers use Sysbox: {', '.join(users)}. Remove them, or give workstations another runtime "
            f"(workstation_runtime: runc) by a run with sysbox_state: present, and repeat this."
        )
    if config.get("default-runtime") == RUNTIME:
        return (
            "default-runtime in /etc/docker/daemon.json is sysbox-runc. Set another one in docker_host_daemon_config "
            "and repeat this."
        )
    return ""
