"""The nodes of a tailnet as an inventory has them, from whichever of three sources. No network and no processes here.

A node is a dictionary of host variables: `tailnet_id`, `tailnet_hostname`, `tailnet_dns_name` (without the last dot;
only its first label where the source does not tell the rest), `tailnet_addresses`, `tailnet_os` and `tailnet_user`
(empty where not told), `tailnet_tags` (without `tag:`), `tailnet_online`, `tailnet_last_seen` (RFC 3339 in UTC; None
where not told, as of a node that is online) and `tailnet_self`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Node = dict[str, Any]
ZERO_TIME = "0001-01-01T00:00:00Z"  # what Go's zero time looks like


def bare_tag(tag: str) -> str:
    """Return a tag without the prefix that control servers write."""
    return tag.removeprefix("tag:")


def _node(
    *,
    identifier: Any,
    hostname: str | None,
    dns_name: str | None,
    addresses: Iterable[str] | None,
    os: str | None,
    user: str | None,
    tags: Iterable[str] | None,
    online: Any,
    last_seen: str | None,
    itself: bool = False,
) -> Node:
    return {
        "tailnet_id": str(identifier),
        "tailnet_hostname": hostname or "",
        "tailnet_dns_name": (dns_name or "").rstrip("."),
        "tailnet_addresses": list(addresses or ()),
        "tailnet_os": os or "",
        "tailnet_user": user or "",
        "tailnet_tags": sorted(bare_tag(tag) for tag in tags or ()),
        "tailnet_online": bool(online),
        "tailnet_last_seen": last_seen if last_seen and last_seen != ZERO_TIME else None,
        "tailnet_self": itself,
    }


def from_status(status: Mapping[str, Any]) -> list[Node]:
    """Return the nodes that `tailscale status --json` tells of, this one first."""
    users = status.get("User") or {}
    peers = [status["Self"], *(status.get("Peer") or {}).values()]
    return [
        _node(
            identifier=peer["ID"],
            hostname=peer.get("HostName"),
            dns_name=peer.get("DNSName"),
            addresses=peer.get("TailscaleIPs"),
            os=peer.get("OS"),
            user=(users.get(str(peer.get("UserID"))) or {}).get("LoginName"),
            tags=peer.get("Tags"),
            online=peer.get("Online"),
            last_seen=peer.get("LastSeen"),
            itself=number == 0,
        )
        for number, peer in enumerate(peers)
    ]


def from_tailscale(answer: Mapping[str, Any]) -> list[Node]:
    """Return the nodes of an answer of Tailscale's API."""
    return [
        _node(
            identifier=device.get("nodeId") or device["id"],
            hostname=device.get("hostname"),
            dns_name=device.get("name"),
            addresses=device.get("addresses"),
            os=device.get("os"),
            user=device.get("user"),
            tags=device.get("tags"),
            online=device.get("connectedToControl"),
            last_seen=device.get("lastSeen"),
        )
        for device in answer["devices"]
    ]


def from_headscale(answer: Mapping[str, Any], domain: str = "") -> list[Node]:
    """Return the nodes of an answer of Headscale's API, which tells neither systems nor the tailnet's domain."""
    return [
        _node(
            identifier=node["id"],
            hostname=node.get("name"),
            dns_name=f"{node['givenName']}.{domain}" if domain else node["givenName"],
            addresses=node.get("ipAddresses"),
            os="",
            user=(node.get("user") or {}).get("name"),
            tags=node.get("tags"),
            online=node.get("online"),
            last_seen=node.get("lastSeen"),
        )
        for node in answer["nodes"]
    ]


def selected(
    nodes: Iterable[Node],
    *,
    tags: Sequence[str] = (),
    exclude_tags: Sequence[str] = (),
    only_online: bool = False,
    exclude_self: bool = False,
) -> list[Node]:
    """Return the nodes that have one of the tags (where any are given), none of the excluded ones, and so on."""
    wanted, unwanted = {bare_tag(tag) for tag in tags}, {bare_tag(tag) for tag in exclude_tags}
    return [
        node
        for node in nodes
        if (not wanted or wanted & set(node["tailnet_tags"]))
        and not unwanted & set(node["tailnet_tags"])
        and (node["tailnet_online"] or not only_online)
        and not (exclude_self and node["tailnet_self"])
    ]


def named(nodes: Sequence[Node]) -> dict[str, Node]:
    """Return the nodes by their names in an inventory.

    That is the first label of the DNS name, or the host name of a node without one. Where several nodes would have the
    same, as those that another tailnet shares can, it is the whole DNS name, and where that does not tell them apart
    either, the id is added.
    """
    candidates = [_labels(node) for node in nodes]
    names = [short for short, _ in candidates]
    for number, (_, whole) in enumerate(candidates):
        if Counter(short for short, _ in candidates)[names[number]] > 1:
            names[number] = whole
    repeated = {name for name, count in Counter(names).items() if count > 1}
    return {
        f"{name}-{node['tailnet_id']}" if name in repeated else name: node
        for name, node in zip(names, nodes, strict=True)
    }


def _labels(node: Node) -> tuple[str, str]:
    """Return the short name of a node and the whole one."""
    hostname = re.sub(r"[^a-z0-9.-]+", "-", node["tailnet_hostname"].lower()).strip("-.") or node["tailnet_id"]
    whole = node["tailnet_dns_name"] or hostname
    return whole.split(".")[0], whole


def address(node: Node, kind: str) -> str:
    """Return where to connect to: `ipv4`, `ipv6` or `dns_name`; the first address where the node has none of that."""
    addresses: list[str] = node["tailnet_addresses"]
    if kind == "dns_name" and node["tailnet_dns_name"]:
        return str(node["tailnet_dns_name"])
    of_kind = [one for one in addresses if (":" in one) == (kind == "ipv6")]
    return next(iter([*of_kind, *addresses]), "")


def groups(node: Node) -> list[str]:
    """Return the groups of a node, not yet made valid names: by tag, by system, by whether it is online."""
    by_tag = [f"tag_{tag}" for tag in node["tailnet_tags"]]
    by_system = [f"os_{node['tailnet_os'].lower()}"] if node["tailnet_os"] else []
    return [*by_tag, *by_system, "online" if node["tailnet_online"] else "offline"]
