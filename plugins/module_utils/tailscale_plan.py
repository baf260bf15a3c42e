"""What a node of a tailnet should be, compared with what it is. No Ansible and no processes here."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_SERVER = "https://controlplane.tailscale.com"
EXIT_ROUTES = ("0.0.0.0/0", "::/0")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
TAG = re.compile(r"tag:[a-z][a-z0-9-]*", re.IGNORECASE)
SERVER = re.compile(r"https?://[^\s/@]+(/\S*)?")
TARGET = re.compile(r"https?(\+insecure)?://\S+")
KEY = re.compile(r"\b[a-z]{2}key-[\w-]+(\?\S*)?")
LARGEST_PORT = 65535

# Preferences that `tailscale set` changes one by one: option, name in `tailscale debug prefs`, flag.
SIMPLE = (
    ("hostname", "Hostname", "--hostname"),
    ("accept_dns", "CorpDNS", "--accept-dns"),
    ("accept_routes", "RouteAll", "--accept-routes"),
    ("ssh", "RunSSH", "--ssh"),
)


@dataclass(frozen=True)
class Change:
    """A setting that differs, with the flags that put it right."""

    setting: str
    before: Any
    after: Any
    flags: tuple[str, ...] = ()


def problems(params: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the options, each with the fix."""
    found = []
    if params["hostname"] and not LABEL.fullmatch(params["hostname"]):
        found.append(f"hostname is {params['hostname']!r}; it must be letters, digits and hyphens, 63 at most")
    if params["login_server"] and not SERVER.fullmatch(params["login_server"]):
        found.append(f"login_server is {params['login_server']!r}; it must be an address such as {DEFAULT_SERVER}")
    for route in params["advertise_routes"]:
        try:
            network = ipaddress.ip_network(route)
        except ValueError as error:
            found.append(f"advertise_routes: {error}; give networks such as 192.168.1.0/24")
        else:
            if network.prefixlen == 0:
                found.append(f"advertise_routes: {route} is what advertise_exit_node is for; set that instead")
    found += [f"tags: {tag!r} must be one such as tag:workstation" for tag in params["tags"] if not TAG.fullmatch(tag)]
    exit_node = params["exit_node"]
    if exit_node and (exit_node.startswith("-") or not re.fullmatch(r"[\w.:-]+", exit_node)):
        found.append(f"exit_node is {exit_node!r}; it must be the name or the address of a node, or auto:any")
    if exit_node and params["advertise_exit_node"]:
        found.append("exit_node and advertise_exit_node exclude each other: set one of them")
    for one in params["serve"]:
        if not 0 < one["port"] <= LARGEST_PORT:
            found.append(f"serve: port {one['port']} must be between 1 and {LARGEST_PORT}")
        if not TARGET.fullmatch(one["target"]):
            found.append(f"serve: target {one['target']!r} must be an address such as http://127.0.0.1:8080")
    return found


def server(text: str) -> str:
    """Return a control server's address in the one form in which two are compared."""
    return (text or DEFAULT_SERVER).rstrip("/")


def routes(params: Mapping[str, Any]) -> list[str]:
    """Return the routes that the preferences should hold, in order."""
    own = {str(ipaddress.ip_network(route)) for route in params["advertise_routes"]}
    return sorted(own | set(EXIT_ROUTES if params["advertise_exit_node"] else ()))


def route_flags(params: Mapping[str, Any]) -> tuple[str, str]:
    """Return the flags that set all routes."""
    own = ",".join(one for one in routes(params) if one not in EXIT_ROUTES)
    return f"--advertise-routes={own}", f"--advertise-exit-node={text(params['advertise_exit_node'])}"


def text(value: Any) -> str:
    """Return a value as a flag has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def login_changes(params: Mapping[str, Any], prefs: Mapping[str, Any]) -> list[Change]:
    """Return what only a login changes: to whom the node belongs."""
    found = []
    before, after = server(prefs.get("ControlURL") or ""), server(params["login_server"])
    if before != after:
        found.append(Change("login_server", before, after))
    had, tags = sorted(prefs.get("AdvertiseTags") or []), sorted(set(params["tags"]))
    if had != tags:
        found.append(Change("tags", had, tags))
    return found


def setting_changes(params: Mapping[str, Any], prefs: Mapping[str, Any]) -> list[Change]:
    """Return what `tailscale set` changes without a login, but for the exit node in use."""
    found = [
        Change(option, prefs.get(name), params[option], (f"{flag}={text(params[option])}",))
        for option, name, flag in SIMPLE
        if (prefs.get(name) or type(params[option])()) != params[option]
    ]
    had, wanted = sorted(prefs.get("AdvertiseRoutes") or []), routes(params)
    if had != wanted:
        found.append(Change("routes", had, wanted, route_flags(params)))
    return found


def login_flags(params: Mapping[str, Any]) -> list[str]:
    """Return the flags of `tailscale up` that say everything but the key and the exit node in use."""
    flags = [f"{flag}={text(params[option])}" for option, _, flag in SIMPLE]
    flags += [*route_flags(params), f"--login-server={server(params['login_server'])}"]
    return [*flags, f"--advertise-tags={','.join(sorted(set(params['tags'])))}"] if params["tags"] else flags


def exit_node_change(params: Mapping[str, Any], prefs: Mapping[str, Any], status: Mapping[str, Any]) -> Change | None:
    """Return how the exit node in use differs, or None."""
    wanted, automatic = params["exit_node"], prefs.get("AutoExitNode") or ""
    lan = bool(wanted) and params["exit_node_allow_lan_access"]
    used = prefs.get("ExitNodeID") or prefs.get("ExitNodeIP") or ""
    if wanted.startswith("auto:"):
        same = automatic == wanted.removeprefix("auto:")
    elif wanted and not automatic:
        same = wanted.lower() in names_of(used, status)
    else:
        same = not (wanted or used or automatic)
    if same and lan == bool(prefs.get("ExitNodeAllowLANAccess")):
        return None
    flags = (f"--exit-node={wanted}", f"--exit-node-allow-lan-access={text(lan)}")
    return Change("exit_node", f"auto:{automatic}" if automatic else used, wanted, flags)


def names_of(node: str, status: Mapping[str, Any]) -> set[str]:
    """Return every name by which people mean a peer: id, addresses, name with and without the tailnet's."""
    names = {node.lower()}
    for peer in (status.get("Peer") or {}).values():
        addresses = peer.get("TailscaleIPs") or []
        if node and node in (peer.get("ID"), *addresses):
            domain = (peer.get("DNSName") or "").rstrip(".").lower()
            names |= {*addresses, domain, domain.partition(".")[0], (peer.get("HostName") or "").lower()}
    return names - {""}


def serve_changes(wanted: list[dict[str, Any]], served: Mapping[str, Any], domain: str) -> list[Change]:
    """Return how what the node serves differs at the ports that `wanted` names. Other ports are their owner's."""
    found = []
    for one in wanted:
        port, present = str(one["port"]), one["state"] == "present"
        before = proxied(served, domain, port)
        after = (one["protocol"], one["target"])
        if present and before != after:
            found.append(Change(f"serve {port}", show(before), show(after), serve_flags(one)))
        elif not present and before == after:
            found.append(Change(f"serve {port}", show(before), "", (f"--{one['protocol']}={port}", "off")))
    return found


def serve_flags(one: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the arguments of `tailscale serve` that make one port lead to its target."""
    return ("--bg", "--yes", f"--{one['protocol']}={one['port']}", one["target"])


def proxied(served: Mapping[str, Any], domain: str, port: str) -> tuple[str, str] | None:
    """Return protocol and target of what a port leads to, or None."""
    listener = (served.get("TCP") or {}).get(port) or {}
    handlers = ((served.get("Web") or {}).get(f"{domain}:{port}") or {}).get("Handlers") or {}
    target = (handlers.get("/") or {}).get("Proxy")
    return ("https" if listener.get("HTTPS") else "http", target) if target else None


def show(served: tuple[str, str] | None) -> str:
    """Return what a port leads to, for people."""
    return " -> ".join(served) if served else ""


def without_keys(said: str) -> str:
    """Return a message of Tailscale in one line and without keys that it may repeat."""
    return " ".join(KEY.sub("(key)", said).split())


def reason(status: Mapping[str, Any]) -> str:
    """Return why a node is not in its tailnet, empty when it is."""
    state = status.get("BackendState") or "NoState"
    if state == "Running":
        return ""
    said = without_keys("; ".join(status.get("Health") or []))
    words = {
        "NeedsLogin": "it is not logged in",
        "NeedsMachineAuth": "an administrator of the tailnet has to approve it",
        "Stopped": "it was switched off by `tailscale down`",
    }
    return f"{words.get(state, 'it is still connecting')}{f' ({said})' if said else ''}"
