"""Nodes of a tailnet, from the inventory's variables to the options of `tailscale_node` and the image's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ansible.module_utils

# Ansible leads modules to a project's module_utils, and leaves its other plugins to find them.
if (folder := str(Path(__file__).resolve().parents[1] / "module_utils")) not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(folder)

from ansible.module_utils.tailscale_plan import login_flags, problems

PREFIX = "tailscale_"
OAUTH_SECRET = "tskey-client-"  # noqa: S105 - how Tailscale's begin
WEB_UI = "http://127.0.0.1:8080"
SERVED_PORTS = {"http": 80, "https": 443}
# Options of the module, each with what it is where nothing is set.
NODE_DEFAULTS: dict[str, Any] = {
    "hostname": "",
    "login_server": "",
    "tags": [],
    "advertise_routes": [],
    "advertise_exit_node": False,
    "accept_routes": False,
    "accept_dns": False,
    "exit_node": "",
    "exit_node_allow_lan_access": False,
    "ssh": False,
    "serve": [],
}
HOST_SETTINGS = frozenset({*NODE_DEFAULTS, "auth_key", "state"} - {"login_server", "serve"})
# The file that the image's service has its key in.
KEY_FILE = "/run/hatchpod/tailscaled/TS_AUTHKEY"


def _settings(workstation: dict[str, Any], common: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a workstation without their prefix; its own come before those of all."""
    own = {**common, **{name: workstation[name] for name in workstation if name.startswith(PREFIX)}}
    found = {name.removeprefix(PREFIX): value for name, value in own.items() if value is not None}
    return {**found, "hostname": found.get("hostname") or workstation["name"]}


def _options(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the module that say what the node is like."""
    served = settings.get("serve", "none")
    serve = [
        {"port": port, "protocol": name, "target": WEB_UI, "state": "present" if name == served else "absent"}
        for name, port in SERVED_PORTS.items()
    ]
    return {name: settings.get(name, default) for name, default in NODE_DEFAULTS.items()} | {"serve": serve}


def tailscale_node(workstation: dict[str, Any], common: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the module for a workstation."""
    settings = _settings(workstation, common)
    options = {**_options(settings), "timeout": settings["login_timeout"], "container": workstation["name"]}
    return {**options, "auth_key_file": KEY_FILE} if settings["auth_key"] else options


def tailscale_files(workstation: dict[str, Any], common: dict[str, Any]) -> dict[str, str | None]:
    """Return what the files of the service hold, by which it logs in by itself when the workstation starts."""
    settings = _settings(workstation, common)
    flags = [
        flag for flag in login_flags(_options(settings)) if not flag.startswith(("--hostname=", "--login-server="))
    ]
    served, exit_node = settings["serve"], settings["exit_node"]
    values = {
        "TS_HOSTNAME": settings["hostname"],
        "TS_LOGIN_SERVER": settings["login_server"],
        "TS_EXTRA_ARGS": " ".join(flags),
        "TS_EXIT_NODE": exit_node,
        "TS_EXIT_NODE_ALLOW_LAN_ACCESS": exit_node and settings["exit_node_allow_lan_access"],
        "TS_SERVE": served if served in SERVED_PORTS else "",
        "TS_EPHEMERAL": settings["ephemeral"],
        "TS_USERSPACE": settings["userspace"],
    }
    return {
        f"tailscaled/{name}": "1" if value is True else str(value) if value else None for name, value in values.items()
    }


def tailscale_problems(workstations: list[dict[str, Any]], common: dict[str, Any]) -> list[str]:
    """Return what is wrong with the settings of the workstations, each with its variable and the fix."""
    found = []
    for workstation in workstations:
        settings = _settings(workstation, common)
        wrong = _wrong(settings)
        if "host" in settings:
            wrong.append("tailscale_host is about the host: set it outside of workstations")
        found += [f"{workstation['name']}: {one}" for one in wrong]
    return found


def tailscale_host_problems(host: dict[str, Any], login_server: str) -> list[str]:
    """Return what is wrong with `tailscale_host`."""
    known = ", ".join(sorted(HOST_SETTINGS))
    found = [f"tailscale_host has no {name}: there are {known}" for name in sorted({*host} - HOST_SETTINGS)]
    return found + _wrong({**host, "login_server": login_server}, "tailscale_host.") if host else []


def _wrong(settings: dict[str, Any], prefix: str = PREFIX) -> list[str]:
    """Return what is wrong with settings; `prefix` makes the name of its variable from a setting's."""
    options = _options(settings)
    found = [f"{prefix}{one}" for one in problems({**options, "serve": []})]
    if settings.get("serve", "none") not in {"none", *SERVED_PORTS}:
        found.append(f"{prefix}serve is {settings['serve']!r}: set it to none, http or https")
    if settings.get("state", "present") not in {"absent", "present"}:
        found.append(f"{prefix}state is {settings['state']!r}: set it to present or absent")
    if str(settings.get("auth_key") or "").startswith(OAUTH_SECRET) and not options["tags"]:
        found.append(f"{prefix}auth_key is the secret of an OAuth client, whose nodes have tags: set {prefix}tags")
    return found


def tailscale_host_node(host: dict[str, Any], login_server: str, folder: str) -> dict[str, Any]:
    """Return the options of the module for the host itself."""
    if host.get("state", "present") == "absent":
        return {"state": "absent"}
    options = {**_options({**host, "login_server": login_server}), "serve": []}
    return {**options, "auth_key_file": f"{folder}/TS_AUTHKEY"} if host.get("auth_key") else options


class FilterModule:
    """The filters, by the names that templates use."""

    def filters(self) -> dict[str, Any]:
        """Return them."""
        return {
            "tailscale_files": tailscale_files,
            "tailscale_host_node": tailscale_host_node,
            "tailscale_host_problems": tailscale_host_problems,
            "tailscale_node": tailscale_node,
            "tailscale_problems": tailscale_problems,
        }
