"""Names, addresses and ports of a host's workstations: every problem is named with its fix, and the fix works."""

from __future__ import annotations

import re
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from ansible.module_utils.workstation_plan import (
    LARGEST_PORT,
    Claim,
    Listener,
    check_clashes,
    check_listeners,
    check_names,
    check_username,
    claims,
    free_ports,
    listeners_in,
    parse_mosh_ports,
    plain_address,
)
from hypothesis import given
from hypothesis import strategies as st

ANY = "0.0.0.0"  # noqa: S104 - compared with, and bound to for a moment
WORKSTATION: dict[str, object] = {
    "name": "pod",
    "ssh_address": "",
    "ssh_port": 2222,
    "mosh_ports": "60000-60003",
    "web_address": "127.0.0.1",
    "web_terminal_port": 7681,
    "api_port": 8080,
}

ports = st.integers(1, LARGEST_PORT) | st.integers(2220, 2230) | st.integers(LARGEST_PORT - 8, LARGEST_PORT)
addresses = st.sampled_from(["", ANY, "127.0.0.1", "192.0.2.1", "::1", "::"])
protocols = st.sampled_from(["tcp", "udp"])
listener_lists = st.lists(st.builds(Listener, protocols, addresses, ports), max_size=8)


@st.composite
def claim_lists(draw: st.DrawFn) -> list[Claim]:
    """Return the claims of a few workstations; each claim's workstation and setting are its own."""
    found = []
    for number in range(draw(st.integers(1, 6))):
        first = draw(ports)
        last = draw(st.integers(first, min(first + 5, LARGEST_PORT)))
        found.append(Claim(f"pod{number}", "ssh_port", draw(protocols), draw(addresses), first, last))
    return found


def follow(wanted: list[Claim], problems: list[str]) -> list[Claim]:
    """Do what the messages say."""
    followed = list(wanted)
    for text in problems:
        said = re.search(r"set ssh_port: (\d+)(?:-(\d+))? for (pod\d)$", text)
        assert said is not None, text
        position = next(place for place, claim in enumerate(wanted) if claim.workstation == said[3])
        first, last = int(said[1]), int(said[2] or said[1])
        assert last - first == wanted[position].last - wanted[position].first
        assert last <= LARGEST_PORT
        followed[position] = replace(wanted[position], first=first, last=last)
    return followed


# --- names ---


@pytest.mark.parametrize("name", ["a", "0", "hatchpod", "pod-2", "a" * 41])
def test_good_names(name: str) -> None:
    assert check_names([name]) == []


@pytest.mark.parametrize("name", ["", "-a", "Pod", "my_pod", "my pod", "a" * 42, "päd", "a/b", "a\n", "../a", "None"])
def test_bad_names(name: str) -> None:
    (said,) = check_names([name])
    assert repr(name) in said
    assert "lower-case letters, digits and hyphens" in said


def test_name_that_is_there_twice_is_reported_once() -> None:
    assert check_names(["pod", "other", "pod", "pod"]) == [
        "workstations: the name 'pod' is used twice; give each workstation its own"
    ]


@pytest.mark.parametrize("username", ["hatchpod", "a", "first.last@example.org", "~!", "x" * 64])
def test_good_usernames(username: str) -> None:
    assert check_username("pod", username) == []


@pytest.mark.parametrize("username", ["", "a:b", "a b", "ä", "x" * 65, "a\n", "\x7f"])
def test_bad_usernames(username: str) -> None:
    (said,) = check_username("pod", username)
    assert said.startswith("pod: web_terminal_username must be")


# --- ranges ---


@pytest.mark.parametrize(
    ("text", "range_"),
    [
        ("60000-60003", (60000, 60003)),
        ("60000:60003", (60000, 60003)),
        ("60001", (60001, 60001)),
        ("1-1000", (1, 1000)),
    ],
)
def test_mosh_ranges(text: str, range_: tuple[int, int]) -> None:
    assert parse_mosh_ports(text) == range_


@pytest.mark.parametrize(
    ("text", "says"),
    [
        *((text, "such as 60000-60003") for text in ("", "x", "1-2-3", "60000-", "-5", " 60000", "1 - 2", "६००००")),
        *((text, "go upwards and stay between") for text in ("60003-60000", "0", "0-5", "65535-65536", "99999")),
        ("1-1001", "may have 1000 ports at most"),
    ],
)
def test_what_is_no_mosh_range(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_mosh_ports(text)


# --- claims ---


def test_claims_of_a_workstation() -> None:
    assert claims(WORKSTATION) == (
        [
            Claim("pod", "ssh_port", "tcp", "", 2222, 2222),
            Claim("pod", "web_terminal_port", "tcp", "127.0.0.1", 7681, 7681),
            Claim("pod", "api_port", "tcp", "127.0.0.1", 8080, 8080),
            Claim("pod", "mosh_ports", "udp", "", 60000, 60003),
        ],
        [],
    )


def test_every_problem_of_a_workstation_is_reported() -> None:
    wrong = {"ssh_port": 0, "web_terminal_port": 65536, "api_port": -1, "mosh_ports": "x", "web_address": "localhost"}
    found, problems = claims(WORKSTATION | wrong)
    assert found == []
    assert problems == [
        "pod: web_address is 'localhost'; it must be an IP address of this host, or empty for all of them",
        "pod: ssh_port is 0; it must be between 1 and 65535",
        "pod: web_terminal_port is 65536; it must be between 1 and 65535",
        "pod: api_port is -1; it must be between 1 and 65535",
        "pod: mosh_ports is 'x'; it must be a range such as 60000-60003",
    ]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("", ""),
        ("192.0.2.1", "192.0.2.1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
    ],
)
def test_plain_address(text: str, plain: str) -> None:
    assert plain_address(text) == plain


@pytest.mark.parametrize("text", ["localhost", "[::1]", "192.0.2", "192.0.2.1/24", "eth0", " "])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        plain_address(text)


# --- clashes ---


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (("tcp", "", 1, 1), ("tcp", "", 1, 1), True),
        (("tcp", "", 1, 1), ("udp", "", 1, 1), False),
        (("tcp", "", 1, 1), ("tcp", "", 2, 2), False),
        (("tcp", "127.0.0.1", 1, 1), ("tcp", "192.0.2.1", 1, 1), False),
        (("tcp", "127.0.0.1", 1, 1), ("tcp", "", 1, 1), True),
        (("tcp", "127.0.0.1", 1, 1), ("tcp", ANY, 1, 1), True),
        (("tcp", "::1", 1, 1), ("tcp", "::", 1, 1), True),
        (("udp", "", 10, 13), ("udp", "", 13, 16), True),
        (("udp", "", 10, 13), ("udp", "", 14, 16), False),
        (("udp", "", 10, 20), ("udp", "", 12, 14), True),
    ],
)
def test_overlaps(one: tuple[str, str, int, int], other: tuple[str, str, int, int], clash: bool) -> None:
    first, second = Claim("a", "x", *one), Claim("b", "y", *other)
    assert first.overlaps(second) is second.overlaps(first) is clash


def test_defaults_of_three_workstations_clash_and_each_gets_its_own_ports() -> None:
    wanted = [claim for name in ("one", "two", "three") for claim in claims(WORKSTATION | {"name": name})[0]]
    assert check_clashes(wanted, [Listener("tcp", "", 2223)]) == [
        "two: ssh_port 2222/tcp is also ssh_port of one; set ssh_port: 2224 for two",
        "two: web_terminal_port 7681/tcp is also web_terminal_port of one; set web_terminal_port: 7682 for two",
        "two: api_port 8080/tcp is also api_port of one; set api_port: 8081 for two",
        "two: mosh_ports 60000-60003/udp is also mosh_ports of one; set mosh_ports: 60004-60007 for two",
        "three: ssh_port 2222/tcp is also ssh_port of one; set ssh_port: 2225 for three",
        "three: web_terminal_port 7681/tcp is also web_terminal_port of one; set web_terminal_port: 7683 for three",
        "three: api_port 8080/tcp is also api_port of one; set api_port: 8082 for three",
        "three: mosh_ports 60000-60003/udp is also mosh_ports of one; set mosh_ports: 60008-60011 for three",
    ]


def test_one_workstation_can_clash_with_itself() -> None:
    found, _ = claims(WORKSTATION | {"api_port": 7681})
    (said,) = check_clashes(found, [])
    assert said.startswith("pod: api_port 7681/tcp is also web_terminal_port of pod; set api_port: 7682")


@given(claim_lists(), listener_lists)
def test_following_every_suggestion_leaves_no_clash(wanted: list[Claim], listeners: list[Listener]) -> None:
    problems = check_clashes(wanted, listeners)
    overlapping = [later for place, later in enumerate(wanted) if any(map(later.overlaps, wanted[:place]))]
    assert len(problems) == len(overlapping)
    for claim, text in zip(overlapping, problems, strict=True):
        named = re.match(r"(pod\d): ssh_port .* is also ssh_port of (pod\d);", text)
        assert named is not None
        assert named[1] == claim.workstation
        assert next(one for one in wanted if one.workstation == named[2]).overlaps(claim)
    followed = follow(wanted, problems)
    assert check_clashes(followed, listeners) == []
    moved = [claim for claim, before in zip(followed, wanted, strict=True) if claim != before]
    assert check_listeners(moved, listeners) == []


@given(claim_lists(), listener_lists)
def test_following_every_suggestion_leaves_no_taken_port(wanted: list[Claim], listeners: list[Listener]) -> None:
    problems = check_listeners(wanted, listeners)
    blocked = [claim for claim in wanted if any(claim.overlaps(listener.claim) for listener in listeners)]
    assert [text.partition(":")[0] for text in problems] == [claim.workstation for claim in blocked]
    assert check_listeners(follow(wanted, problems), listeners) == []


@given(st.builds(Claim, st.just("a"), st.just("x"), st.just("tcp"), addresses, ports, st.just(0)), claim_lists())
def test_suggested_port_is_the_next_free_one(claim: Claim, taken: list[Claim]) -> None:
    claim = replace(claim, last=claim.first)
    held = {port for other in taken if other.protocol == "tcp" for port in range(other.first, other.last + 1)}
    order = [*range(claim.first, LARGEST_PORT + 1), *range(1024, LARGEST_PORT + 1)]
    found = free_ports(claim, taken)
    assert found is not None
    assert found.first == next(port for port in order if port not in held)


def test_no_free_port() -> None:
    wanted = [Claim("one", "ssh_port", "tcp", "", 1, LARGEST_PORT), Claim("two", "ssh_port", "tcp", "", 22, 22)]
    (said,) = check_clashes(wanted, [])
    assert said.endswith("is also ssh_port of one; set another ssh_port for two")


# --- what listens ---

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
REST = " 00000000:00000000 00:00000000 00000000     0        0 26 1 0000000000000000 100 0 0 10 0\n"
# As the kernel prints them on a little-endian machine.
TCP = (
    HEAD
    + f"   0: 00000000:0016 00000000:0000 0A{REST}"
    + f"   1: 0100007F:1F90 00000000:0000 0A{REST}"
    + f"   2: 0100007F:0277 0100007F:D2F0 01{REST}"
    + f"   3: 0A0200C0:B31E 0100007F:97ED 06{REST}"
)
TCP6 = (
    HEAD
    + f"   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A{REST}"
    + f"   1: 00000000000000000000000001000000:1E01 00000000000000000000000000000000:0000 0A{REST}"
    + f"   2: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A{REST}"
    + f"   3: B80D0120000000000000000001000000:01BB 00000000000000000000000000000000:0000 0A{REST}"
    + f"   4: 00000000000000000000000001000000:1E02 00000000000000000000000001000000:9999 01{REST}"
)
UDP = HEAD + f"  51: 00000000:0044 00000000:0000 07{REST}" + f"  52: 0A0200C0:EA60 010200C0:0035 01{REST}"
UDP6 = HEAD + f"  51: 000080FE00000000FF00FE8001000000:0222 00000000000000000000000000000000:0000 07{REST}"


@pytest.mark.skipif(sys.byteorder != "little", reason="the samples come from a little-endian machine")
@pytest.mark.parametrize(
    ("table", "protocol", "found"),
    [
        ("", "tcp", []),
        (HEAD, "tcp", []),
        (TCP, "tcp", [("", 22), ("127.0.0.1", 8080)]),
        (TCP6, "tcp", [("", 22), ("::1", 7681), ("127.0.0.1", 8081), ("2001:db8::1", 443)]),
        (UDP, "udp", [("", 68)]),
        (UDP6, "udp", [("fe80::80fe:ff:0:1", 546)]),
    ],
)
def test_tables_of_the_kernel(table: str, protocol: str, found: list[tuple[str, int]]) -> None:
    assert listeners_in(table, protocol) == [Listener(protocol, *one) for one in found]


@pytest.mark.parametrize("listener", [Listener("tcp", "::1", 7681), Listener("tcp", "", 7681)])
def test_listener_on_an_ipv6_address_is_in_the_way(listener: Listener) -> None:
    found, _ = claims(WORKSTATION | {"web_address": "0:0:0:0:0:0:0:1"})
    (said,) = check_listeners(found, [listener])
    assert "already listens on tcp port 7681" in said
    assert said.endswith("stop it, or set web_terminal_port: 7682 for pod")


def test_listener_on_another_address_or_protocol_is_not() -> None:
    found, _ = claims(WORKSTATION)
    others = [Listener("tcp", "192.0.2.1", 8080), Listener("udp", "", 2222), Listener("tcp", "", 60000)]
    assert check_listeners(found, others) == []


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET, ANY)]
)
@pytest.mark.parametrize(("kind", "protocol"), [(socket.SOCK_STREAM, "tcp"), (socket.SOCK_DGRAM, "udp")])
def test_real_sockets_of_this_machine_are_found(
    family: socket.AddressFamily, address: str, kind: socket.SocketKind, protocol: str
) -> None:
    with socket.socket(family, kind) as listening:
        try:
            listening.bind((address, 0))
        except OSError:
            pytest.skip(f"this machine has no {address}")
        if kind is socket.SOCK_STREAM:
            listening.listen()
        port = listening.getsockname()[1]
        table = Path("/proc/net", protocol + ("6" if family is socket.AF_INET6 else "")).read_text()
        assert Listener(protocol, "" if address == ANY else address, port) in listeners_in(table, protocol)
