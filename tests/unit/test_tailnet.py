"""The nodes of a tailnet as an inventory has them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils import tailnet

PEER = {
    "ID": "n1",
    "HostName": "Pod",
    "DNSName": "pod.tail1234.ts.net.",
    "TailscaleIPs": ["100.64.0.1", "fd7a::1"],
    "OS": "linux",
    "UserID": 7,
    "Tags": ["tag:workstation", "tag:eu"],
    "Online": True,
    "LastSeen": "0001-01-01T00:00:00Z",
}


def node(**changes: Any) -> tailnet.Node:
    """Return a node as `tailscale status` tells of it, with changes."""
    (one,) = tailnet.from_status({"Self": {**PEER, **changes}, "User": {"7": {"LoginName": "alice"}}})
    return one


def test_a_node_is_host_variables() -> None:
    assert node() == {
        "tailnet_id": "n1",
        "tailnet_hostname": "Pod",
        "tailnet_dns_name": "pod.tail1234.ts.net",
        "tailnet_addresses": ["100.64.0.1", "fd7a::1"],
        "tailnet_os": "linux",
        "tailnet_user": "alice",
        "tailnet_tags": ["eu", "workstation"],
        "tailnet_online": True,
        "tailnet_last_seen": None,
        "tailnet_self": True,
    }


def test_only_the_first_node_of_a_status_is_this_one() -> None:
    nodes = tailnet.from_status({"Self": PEER, "Peer": {"key": {**PEER, "ID": "n2"}}})
    assert [(one["tailnet_id"], one["tailnet_self"]) for one in nodes] == [("n1", True), ("n2", False)]


def test_what_is_not_told_is_empty() -> None:
    (one,) = tailnet.from_status({"Self": {"ID": "n1", "TailscaleIPs": None}, "Peer": None, "User": None})
    assert one == {
        "tailnet_id": "n1",
        "tailnet_hostname": "",
        "tailnet_dns_name": "",
        "tailnet_addresses": [],
        "tailnet_os": "",
        "tailnet_user": "",
        "tailnet_tags": [],
        "tailnet_online": False,
        "tailnet_last_seen": None,
        "tailnet_self": True,
    }
    assert tailnet.address(one, "ipv4") == ""
    assert tailnet.groups(one) == ["offline"]


def test_headscale_s_nodes_get_the_domain_that_its_api_does_not_tell() -> None:
    answer = {"nodes": [{"id": "1", "name": "Pod", "givenName": "pod-x1"}]}
    assert tailnet.from_headscale(answer)[0]["tailnet_dns_name"] == "pod-x1"
    assert tailnet.from_headscale(answer, "office.test")[0]["tailnet_dns_name"] == "pod-x1.office.test"


@pytest.mark.parametrize(
    ("nodes", "names"),
    [
        ([{}], ["pod"]),
        ([{"DNSName": "", "HostName": "Alice's Phone!"}], ["alice-s-phone"]),
        ([{"DNSName": "", "HostName": "電話"}], ["n1"]),
        # one of this tailnet, one that another tailnet shares, and one of another name
        (
            [{}, {"DNSName": "pod.other.ts.net."}, {"DNSName": "box.tail1234.ts.net."}],
            ["pod.tail1234.ts.net", "pod.other.ts.net", "box"],
        ),
        ([{"DNSName": "", "ID": "a"}, {"DNSName": "", "ID": "b"}], ["pod-a", "pod-b"]),
    ],
)
def test_names_are_short_where_they_can_be(nodes: list[dict[str, Any]], names: list[str]) -> None:
    assert list(tailnet.named([node(**one) for one in nodes])) == names


@pytest.mark.parametrize(
    ("changes", "kind", "expected"),
    [
        ({}, "ipv4", "100.64.0.1"),
        ({}, "ipv6", "fd7a::1"),
        ({}, "dns_name", "pod.tail1234.ts.net"),
        ({"TailscaleIPs": ["fd7a::1"]}, "ipv4", "fd7a::1"),
        ({"TailscaleIPs": ["100.64.0.1"]}, "ipv6", "100.64.0.1"),
        ({"DNSName": ""}, "dns_name", "100.64.0.1"),
    ],
)
def test_the_address_is_of_the_wanted_kind_where_there_is_one(
    changes: dict[str, Any], kind: str, expected: str
) -> None:
    assert tailnet.address(node(**changes), kind) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["self", "pod", "phone"]),
        ({"tags": ["workstation"]}, ["self", "pod"]),
        ({"tags": ["tag:workstation", "eu"]}, ["self", "pod"]),
        ({"exclude_tags": ["tag:eu"]}, ["phone"]),
        ({"tags": ["eu"], "exclude_self": True}, ["pod"]),
        ({"only_online": True}, ["self", "phone"]),
    ],
)
def test_nodes_are_selected(options: dict[str, Any], expected: list[str]) -> None:
    peers = {"a": {**PEER, "ID": "pod", "Online": False}, "b": {**PEER, "ID": "phone", "Tags": None}}
    nodes = tailnet.from_status({"Self": {**PEER, "ID": "self"}, "Peer": peers})
    assert [one["tailnet_id"] for one in tailnet.selected(nodes, **options)] == expected


def test_groups_are_by_tag_by_system_and_by_whether_it_is_online() -> None:
    assert tailnet.groups(node()) == ["tag_eu", "tag_workstation", "os_linux", "online"]
    assert tailnet.groups(node(OS="iOS", Tags=None, Online=False)) == ["os_ios", "offline"]
