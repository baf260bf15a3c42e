"""What a Docker engine's configuration file should hold.

Pure functions: nothing here reads a file, talks to an engine or knows of Ansible.
"""

from __future__ import annotations

import copy
import ipaddress
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Config = dict[str, Any]

# dockerd's flags whose name is not the key's name.
FLAG_KEYS = {
    "add-runtime": "runtimes",
    "b": "bridge",
    "D": "debug",
    "default-address-pool": "default-address-pools",
    "dns-opt": "dns-opts",
    "exec-opt": "exec-opts",
    "g": "data-root",
    "graph": "data-root",
    "H": "hosts",
    "host": "hosts",
    "insecure-registry": "insecure-registries",
    "label": "labels",
    "l": "log-level",
    "log-opt": "log-opts",
    "p": "pidfile",
    "registry-mirror": "registry-mirrors",
    "s": "storage-driver",
    "storage-opt": "storage-opts",
}


class ConfigError(ValueError):
    """The configuration cannot be used as things are; the text says why and what to do."""


# --- the file ---------------------------------------------------------------------------------------------------------


def parse(text: str, path: str) -> Config:
    """The configuration in a daemon.json's text; an empty file counts as an empty configuration."""
    if not text.strip():
        return {}
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        lines = text.splitlines()
        line = lines[error.lineno - 1].strip() if error.lineno <= len(lines) else ""
        raise ConfigError(
            f"{path} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}: {line!r}. "
            f"Correct that line, or move the file away to start from the defaults; nothing was changed."
        ) from error
    if not isinstance(config, dict):
        raise ConfigError(
            f"{path} must hold one JSON object ({{...}}), not {type(config).__name__}. "
            f"Correct it, or move the file away to start from the defaults; nothing was changed."
        )
    return config


def render(config: Mapping[str, Any]) -> str:
    """The text of a daemon.json: one key a line, because other programs (Sysbox's installer) search it by line."""
    return json.dumps(config, indent=2, ensure_ascii=False) + "\n"


def is_readable_by_line(text: str) -> bool:
    """Whether the text is laid out over several lines, as `render` does."""
    return len(text.strip().splitlines()) > 1


# --- what it should be ------------------------------------------------------------------------------------------------


def enforce(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Config:
    """`current` with everything `wanted` says: objects are merged, other values replaced, null removes a key."""
    result = copy.deepcopy(dict(current))
    for key, value in wanted.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            before = result.get(key)
            result[key] = enforce(before if isinstance(before, Mapping) else {}, value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def desired(
    current: Mapping[str, Any],
    defaults: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    wrote: Mapping[str, Any] | None = None,
    flags: Iterable[str] = (),
    swarm: bool = False,
) -> Config:
    """What the file should hold.

    A default is only set where neither the owner nor a flag of the engine's command line says anything, and not where
    it would stop the engine from starting beside what the owner has chosen. `wrote` are the defaults of an earlier run:
    a key which still has that value is not the owner's, and follows a changed default.
    """
    owners = {key: value for key, value in current.items() if not (wrote and key in wrote and wrote[key] == value)}
    given = set(flags)
    unfit = _unfit(enforce(owners, wanted), defaults, given, swarm=swarm)
    result = copy.deepcopy(owners)
    for key, value in defaults.items():
        if key not in owners and key not in given and key not in unfit:
            result[key] = copy.deepcopy(value)
    result = enforce(result, wanted)
    twice = sorted(given & (set(result) - set(current)))
    if twice:
        raise ConfigError(
            f"The running dockerd has {', '.join('--' + key for key in twice)} on its command line, and an engine does "
            f"not start when a setting is given there and in its file too. Take it off the command line "
            f"(/etc/default/docker or the systemd unit), or out of the wanted configuration; nothing was changed."
        )
    if swarm and result.get("live-restore") is True and current.get("live-restore") is not True:
        raise ConfigError(
            "This engine is part of a swarm, and a swarm engine does not start with live-restore. "
            "Remove live-restore from the wanted configuration, or run `docker swarm leave`; nothing was changed."
        )
    return {
        key: result[key] for key in (*(k for k in current if k in result), *(k for k in result if k not in current))
    }


def defaults_in(
    current: Mapping[str, Any], after: Mapping[str, Any], defaults: Mapping[str, Any], wrote: Mapping[str, Any]
) -> Config:
    """The values in `after` which are there because of a default: what `desired` takes as `wrote` next time."""
    return {
        key: after[key]
        for key in defaults
        if key in after and (key not in current or (key in wrote and wrote[key] == current[key]))
    }


def _unfit(chosen: Mapping[str, Any], defaults: Mapping[str, Any], flags: set[str], *, swarm: bool) -> set[str]:
    """Defaults which do not go together with the owner's own choices."""
    unfit = set()
    if "bridge" in chosen or "bridge" in flags:
        unfit.add("bip")
    driver = defaults.get("log-driver")
    if "log-driver" in flags or chosen.get("log-driver", driver) != driver:
        unfit.add("log-opts")
    if swarm:
        unfit.add("live-restore")
    return unfit


def flag_keys(argv: Sequence[str]) -> set[str]:
    """The configuration keys which a dockerd command line sets."""
    keys = set()
    for word in argv[1:]:
        if word.startswith("--"):
            name = word[2:].split("=", 1)[0]
        elif word.startswith("-") and len(word) > 1:
            name = word[1]
        else:
            continue
        keys.add(FLAG_KEYS.get(name, name))
    return keys


def flag_values(argv: Sequence[str], *names: str) -> list[str]:
    """The values which a command line gives to a flag, in either spelling (`--flag value`, `--flag=value`)."""
    values = []
    for position, word in enumerate(argv):
        name, separator, value = word.partition("=")
        if name not in names:
            continue
        if separator:
            values.append(value)
        elif position + 1 < len(argv):
            values.append(argv[position + 1])
    return values


# --- addresses --------------------------------------------------------------------------------------------------------

IPv4 = ipaddress.IPv4Network


def routes_from_proc(text: str) -> list[tuple[str, IPv4]]:
    """(interface, network) of every route but the default one, from the text of /proc/net/route."""
    routes = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8:
            continue
        address = ipaddress.IPv4Address(bytes.fromhex(fields[1])[::-1])
        mask = ipaddress.IPv4Address(bytes.fromhex(fields[7])[::-1])
        network = ipaddress.IPv4Network(f"{address}/{mask}", strict=False)
        if network.prefixlen:
            routes.append((fields[0], network))
    return routes


def check_addresses(before: Mapping[str, Any], after: Mapping[str, Any], routes: Iterable[tuple[str, IPv4]]) -> None:
    """Refuse a newly set network which the host already reaches in another way: its packets would go to Docker."""
    for key, variable in (("bip", "docker_host_bip"), ("default-address-pools", "docker_host_address_pools")):
        if key not in after or before.get(key) == after[key]:
            continue
        for network in _networks(key, after[key]):
            for interface, route in routes:
                own = interface == "docker0" or (key != "bip" and interface.startswith(("br-", "veth")))
                if not own and isinstance(network, IPv4) and network.overlaps(route):
                    raise ConfigError(
                        f"{key} {network} overlaps with {route}, which this host reaches by {interface}: Docker would "
                        f"take over its traffic. Set {variable} to a free range; nothing was changed."
                    )


def _networks(key: str, value: Any) -> list[IPv4 | ipaddress.IPv6Network]:
    try:
        if key == "bip":
            return [ipaddress.ip_interface(value).network]
        return [ipaddress.ip_network(pool["base"], strict=False) for pool in value]
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            f"{key} is not usable: {value!r} ({error}). bip is an address with its prefix (172.30.0.1/24), "
            f'default-address-pools a list of {{"base": "172.29.0.0/16", "size": 24}}; nothing was changed.'
        ) from error
