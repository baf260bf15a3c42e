"""What it takes to bring a running Docker engine to another configuration.

Pure functions: nothing here reads a file, talks to an engine or knows of Ansible.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from ansible.module_utils.docker_engine_config import Config, ConfigError

Policy = Literal["safe", "force", "defer"]

# dockerd takes these over on SIGHUP (the attributes of its `daemon reload` event, and Docker's documentation).
RELOADABLE = frozenset(
    {
        "allow-nondistributable-artifacts",
        "authorization-plugins",
        "debug",
        "default-runtime",
        "features",
        "insecure-registries",
        "labels",
        "live-restore",
        "max-concurrent-downloads",
        "max-concurrent-uploads",
        "max-download-attempts",
        "registry-mirrors",
        "runtimes",
        "shutdown-timeout",
    }
)

# Live restore keeps containers running over a restart, but then the engine leaves its networks and its storage as
# they are: these keys only take effect when the engine starts without a running container.
OFFLINE = frozenset(
    {
        "bip",
        "bip6",
        "bridge",
        "containerd",
        "containerd-namespace",
        "containerd-plugins-namespace",
        "data-root",
        "default-address-pools",
        "default-gateway",
        "default-gateway-v6",
        "exec-opts",
        "exec-root",
        "fixed-cidr",
        "fixed-cidr-v6",
        "icc",
        "ip",
        "ip-forward",
        "ip-masq",
        "ip6tables",
        "iptables",
        "ipv6",
        "mtu",
        "storage-driver",
        "storage-opts",
        "userland-proxy",
        "userns-remap",
    }
)

# Runtimes which every engine knows without being told.
BUILTIN_RUNTIMES = frozenset({"runc", "io.containerd.runc.v2", "io.containerd.runtime.v1.linux"})


@dataclasses.dataclass(frozen=True)
class Change:
    """The top-level keys in which two configurations differ, by what makes the engine take them over."""

    reload: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()
    offline: tuple[str, ...] = ()

    @property
    def needs_restart(self) -> tuple[str, ...]:
        return tuple(sorted(self.restart + self.offline))


def classify(before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    """Sort the changed keys. A removed key needs a restart: on reload the engine keeps what it no longer reads."""
    changed = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    reload = tuple(key for key in changed if key in RELOADABLE and key in after)
    offline = tuple(key for key in changed if key in OFFLINE)
    return Change(reload, tuple(key for key in changed if key not in reload and key not in offline), offline)


def already_applied(key: str, value: Any, info: Mapping[str, Any]) -> bool:
    """Whether the engine itself reports that it uses this value of a reloadable key (False: it does not say)."""
    if key == "live-restore":
        return info.get("LiveRestoreEnabled") is value
    if key == "debug":
        return info.get("Debug") is value
    if key == "labels":
        return isinstance(value, list) and (info.get("Labels") or []) == value
    if key == "default-runtime":
        return value is not None and info.get("DefaultRuntime") == value
    if key == "registry-mirrors":
        mirrors = (info.get("RegistryConfig") or {}).get("Mirrors") or []
        return isinstance(value, list) and [str(url).rstrip("/") for url in value] == [m.rstrip("/") for m in mirrors]
    if key == "runtimes":
        known = info.get("Runtimes") or {}
        configured = value or {}
        if set(known) - BUILTIN_RUNTIMES != set(configured) - BUILTIN_RUNTIMES:
            return False
        return all(
            known.get(name, {}).get("path", runtime.get("path")) == runtime.get("path")
            for name, runtime in configured.items()
            if runtime.get("path")
        )
    return False


def running_config(
    file: Mapping[str, Any],
    recorded: Mapping[str, Any] | None,
    *,
    started_after_file: bool,
    same_process: bool,
    info: Mapping[str, Any],
) -> Config:
    """What the running engine was started with, as well as can be known.

    A record of this very process is the truth; else an engine that is younger than the file has read it; else the last
    record is the best guess; else the file counts as read, because a restart must not rest on a guess. Whatever was
    reloaded since by someone else (a package that registers a runtime) is read from the engine.
    """
    if recorded is not None and same_process:
        base = recorded
    elif started_after_file or recorded is None:
        base = file
    else:
        base = recorded
    result = copy.deepcopy(dict(base))
    for key in {*RELOADABLE} & {*result, *file}:
        if result.get(key) != file.get(key) and already_applied(key, file.get(key), info):
            if key in file:
                result[key] = copy.deepcopy(file[key])
            else:
                result.pop(key, None)
    return result


@dataclasses.dataclass(frozen=True)
class Situation:
    """Everything about the engine that a plan depends on."""

    running: bool
    live_restore: bool = False
    swarm: bool = False
    containers: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Plan:
    """The steps, in this order; `pending` are the keys which wait for the engine's next start.

    `stop`: the restart stops the containers which run, and starts them again.
    """

    write: bool = False
    reload: bool = False
    stop: bool = False
    restart: bool = False
    start: bool = False
    pending: tuple[str, ...] = ()

    @property
    def steps(self) -> list[str]:
        return [step for step in ("write", "reload", "stop", "restart", "start") if getattr(self, step)]


def plan(now: Situation, used: Mapping[str, Any], after: Mapping[str, Any], policy: Policy, *, write: bool) -> Plan:
    """How to get from the configuration in use to the wanted one, or `ConfigError` if that
    would stop running containers and the policy does not allow it."""
    if not now.running:
        return Plan(write=write, start=True)
    change = classify(used, after)
    waiting = change.needs_restart
    if not waiting:
        return Plan(write=write, reload=bool(change.reload))
    if not now.containers:
        if policy == "defer":
            return Plan(write=write, reload=bool(change.reload), pending=waiting)
        return Plan(write=write, restart=True)
    survives = not change.offline and not now.swarm and after.get("live-restore", now.live_restore) is True
    if survives and policy != "defer":
        return Plan(write=write, reload=not now.live_restore, restart=True)
    if policy == "force":
        return Plan(write=write, stop=True, restart=True)
    if policy == "defer":
        return Plan(write=write, reload=bool(change.reload), pending=waiting)
    raise ConfigError(_refusal(now, change))


def _refusal(now: Situation, change: Change) -> str:
    if change.offline:
        reason = f"live restore cannot carry containers over a change of {', '.join(change.offline)}"
    elif now.swarm:
        reason = "a swarm engine has no live restore"
    else:
        reason = "live restore is switched off"
    names = " ".join(now.containers)
    return (
        f"To take over {', '.join(change.needs_restart)} the Docker engine must start again, which would stop what "
        f"runs on it ({reason}): {', '.join(now.containers)}. Nothing was changed. Either run `docker stop {names}`, "
        f"repeat this, and start them again; or set docker_host_restart to `force` (they are stopped now and started "
        f"again); or set it to `defer` (the file is written now, the engine takes it over whenever it starts next)."
    )
