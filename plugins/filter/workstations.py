"""Filters over `workstations`, the list of what a host shall carry, and over the names of all variables."""

from __future__ import annotations

import difflib
import functools
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleFilterError

ROLES = Path(__file__).resolve().parents[2] / "roles"

# Facts by which a role tells the roles after it what it found or made.
OUTPUTS = frozenset({"docker_host_engine", "image_result", "sysbox_result", "workstation_list"})

PORT_SETTINGS = (
    "name",
    "ssh_address",
    "ssh_port",
    "mosh_ports",
    "web_address",
    "web_terminal_port",
    "web_terminal_username",
    "api_port",
)
PASSWORD_SETTINGS = ("ssh_password", "web_terminal_password", "api_password")

# Roles whose every variable can also be set, under its own name, in a single workstation's entry.
ROLES_OF_ONE_WORKSTATION = ("claude_code", "dotfiles", "identity", "tailscale")


@functools.cache
def known_variables() -> dict[str, frozenset[str]]:
    """Return the names of all public variables by role, from the roles' argument_specs."""
    known = {}
    for path in ROLES.glob("*/meta/argument_specs.yml"):
        specs = yaml.safe_load(path.read_text())["argument_specs"]
        names = {name for entry in specs.values() for name in entry.get("options", {})}
        known[path.parent.parent.name] = frozenset(names)
    return known


def unknown_variables(names: list[str], ignored: list[str]) -> list[str]:
    """Return a sentence for each variable that begins like one of Hatchpod's and is none.

    A mistyped name would otherwise be ignored in silence, and its default used.
    """
    by_role = known_variables()
    known = {name for role in by_role.values() for name in role} | OUTPUTS
    prefix = re.compile("|".join(f"{re.escape(role)}_" for role in by_role))
    sentences = []
    for name in sorted(set(names) - known - set(ignored)):
        if (match := prefix.match(name)) is None:
            continue
        # Compared without the role's prefix, by which any two of its names would look alike.
        start = match[0]
        spellings = {one: one for one in known} | {
            one.removeprefix(start): one for one in known if one.startswith(start)
        }
        close = difflib.get_close_matches(name.removeprefix(start), spellings, n=1)
        hint = f"did you mean {spellings[close[0]]}?" if close else "docs/variables.md lists the ones there are"
        sentences.append(f"Unknown variable {name}: {hint} (one of your own goes into workstation_ignored_variables)")
    return sentences


def workstation_settings(workstations: Any, defaults: dict[str, Any]) -> list[dict[str, Any]]:
    """Lay each workstation's own settings over the defaults."""
    if not isinstance(workstations, list) or not workstations:
        raise AnsibleFilterError("workstations must be a list with at least one entry such as {name: hatchpod}")
    by_role = known_variables()
    of_roles = {
        name for role in ROLES_OF_ONE_WORKSTATION for name in by_role.get(role, ()) if name.startswith(f"{role}_")
    }
    settings = []
    for workstation in workstations:
        if not isinstance(workstation, dict):
            raise AnsibleFilterError(
                f"workstations: every entry must be one such as {{name: pod}}, got {workstation!r}"
            )
        if "name" not in workstation:
            raise AnsibleFilterError(f"workstations: every entry needs a name, got one with {sorted(workstation)!r}")
        own = {"name", *defaults, *PASSWORD_SETTINGS}
        for name in sorted(set(workstation) - own - of_roles):
            close = difflib.get_close_matches(name, sorted(own | of_roles), n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(own))}"
            raise AnsibleFilterError(f"workstations: {workstation['name']} has an unknown setting {name}: {hint}")
        settings.append({**defaults, **workstation})
    return settings


def workstation_ports(workstations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the preflight checks of each workstation, without its secrets."""
    return [{name: workstation[name] for name in PORT_SETTINGS} for workstation in workstations]


def workstation_passwords(workstations: list[dict[str, Any]], common: dict[str, str]) -> dict[str, str]:
    """Return every password that is given, by the name of where it is set."""
    own = {
        f"{setting} of {workstation['name']}": str(workstation[setting])
        for workstation in workstations
        for setting in PASSWORD_SETTINGS
        if workstation.get(setting)
    }
    return {name: value for name, value in common.items() if value} | own


def published_ports(workstation: dict[str, Any], inner: dict[str, int]) -> list[str]:
    """Return a workstation's ports in Docker's notation."""

    def at(address: str) -> str:
        return f"{f'[{address}]' if ':' in address else address}:" if address else ""

    ssh, web = at(workstation["ssh_address"]), at(workstation["web_address"])
    mosh = str(workstation["mosh_ports"]).replace(":", "-")
    return [
        f"{ssh}{workstation['ssh_port']}:{inner['ssh']}/tcp",
        f"{web}{workstation['web_terminal_port']}:{inner['web_terminal']}/tcp",
        f"{web}{workstation['api_port']}:{inner['api']}/tcp",
        f"{ssh}{mosh}:{mosh}/udp",
    ]


def certificate_files(certificates: list[str]) -> dict[str, str]:
    """Return a file for each PEM certificate, under a name that stays as long as the certificate does."""
    return {f"ca/{hashlib.sha256(pem.encode()).hexdigest()[:16]}.crt": pem for pem in certificates}


def credential_lines(lines: list[str]) -> list[str]:
    """Turn `FOLDER/NAME:value` lines of a workstation's files into NAME=value lines."""
    found = []
    for line in lines:
        path, _, value = line.partition(":")
        name = path.rpartition("/")[2]
        found.append(f"TTYD_USERNAME={value.partition(':')[0]}" if name == "htpasswd" else f"{name}={value}")
    return found


def secret_variables(values: dict[str, Any], variable: str) -> list[dict[str, Any]]:
    """Return an entry for the `secret` module for each value; `variable` is the one that holds them all."""
    return [
        {"name": name, "kind": "token", "variable": f"{variable}.{name}", "value": value}
        for name, value in sorted(values.items())
    ]


def workstation_troubles(status: str) -> str:
    """Say which services are not ready, from what the workstation's `status` printed."""
    try:
        services = json.loads(status)["services"]
    except (ValueError, KeyError, TypeError):
        return "Its container does not run."
    troubles = [f"{name} is {one['state']}" for name, one in services.items() if one["state"] in {"starting", "failed"}]
    return f"{', '.join(troubles)}." if troubles else ""


class FilterModule:
    """The filters, by the names that templates use."""

    def filters(self) -> dict[str, Any]:
        """Return them."""
        return {
            "certificate_files": certificate_files,
            "credential_lines": credential_lines,
            "published_ports": published_ports,
            "secret_variables": secret_variables,
            "unknown_variables": unknown_variables,
            "workstation_passwords": workstation_passwords,
            "workstation_ports": workstation_ports,
            "workstation_settings": workstation_settings,
            "workstation_troubles": workstation_troubles,
        }
