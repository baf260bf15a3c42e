"""Checks over all workstations of a host, made before anything is changed.

Every function returns messages for people, each of which names the setting and the fix; none means fine.
"""

from __future__ import annotations

import ipaddress
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
MOSH_RANGE = re.compile(r"([0-9]{1,5})(?:[-:]([0-9]{1,5}))?")
ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to
FIRST_UNPRIVILEGED_PORT = 1024
LARGEST_PORT = 65535
MOSH_PORTS_AT_MOST = 1000


@dataclass(frozen=True)
class Claim:
    """Ports of one protocol on one address that a workstation wants."""

    workstation: str
    setting: str
    protocol: str  # "tcp" or "udp"
    address: str
    first: int
    last: int

    def overlaps(self, other: Claim) -> bool:
        """Say whether both cannot be bound at the same time."""
        same_address = self.address == other.address or bool({self.address, other.address} & ANY_ADDRESS)
        return (
            self.protocol == other.protocol and same_address and self.first <= other.last and other.first <= self.last
        )

    @property
    def ports(self) -> str:
        """Return the ports as people write them."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True)
class Listener:
    """A port that something on the host listens on."""

    protocol: str
    address: str
    port: int

    @property
    def claim(self) -> Claim:
        """Return it as a claim that belongs to no workstation."""
        return Claim("", "", self.protocol, self.address, self.port, self.port)


def parse_mosh_ports(text: str) -> tuple[int, int]:
    """Return first and last port of `60000-60003`. Raises ValueError with the reason when it is no range."""
    match = MOSH_RANGE.fullmatch(text)
    if match is None:
        raise ValueError("must be a range such as 60000-60003")
    first, last = int(match.group(1)), int(match.group(2) or match.group(1))
    if not 0 < first <= last <= LARGEST_PORT:
        raise ValueError("must go upwards and stay between 1 and 65535")
    if last - first >= MOSH_PORTS_AT_MOST:
        raise ValueError(f"may have {MOSH_PORTS_AT_MOST} ports at most, as each is published on its own")
    return first, last


def check_names(names: list[str]) -> list[str]:
    """Check that names are usable for containers, volumes and folders, and that each is there once."""
    problems = [
        f"workstations: the name {name!r} must be 1 to 41 lower-case letters, digits and hyphens, and not begin with "
        f"a hyphen"
        for name in names
        if not NAME.fullmatch(name)
    ]
    doubled = sorted({name for name in names if names.count(name) > 1})
    return problems + [
        f"workstations: the name {name!r} is used twice; give each workstation its own" for name in doubled
    ]


def check_clock(host: float, controller: float, tolerance: int) -> list[str]:
    """Check that two clocks, in seconds since 1970, are no more than `tolerance` seconds apart."""
    if abs(host - controller) <= tolerance:
        return []
    here, there = (time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(one)) for one in (host, controller))
    return [
        f"the clock of this host shows {here}, that of the machine which runs Ansible {there}, and with a wrong clock "
        f"apt and TLS refuse what they fetch; put the wrong one right, the host's by: timedatectl set-ntp true, or "
        f"from here by: ssh HOST sudo date --utc --set @$(date +%s); or set workstation_clock_tolerance to more than "
        f"{tolerance}"
    ]


def check_username(name: str, username: str) -> list[str]:
    """Check that HTTP basic authentication can carry the web terminal's user name."""
    if re.fullmatch(r"[!-9;-~]{1,64}", username):
        return []
    return [f"{name}: web_terminal_username must be 1 to 64 printable ASCII characters without blanks and colons"]


def claims(workstation: dict[str, object]) -> tuple[list[Claim], list[str]]:
    """Return the ports that a workstation wants, and what is wrong with its settings."""
    name = str(workstation["name"])
    found, problems = [], []
    addresses = {}
    for setting in ("ssh_address", "web_address"):
        try:
            addresses[setting] = plain_address(str(workstation[setting]))
        except ValueError:
            problems.append(
                f"{name}: {setting} is {workstation[setting]!r}; it must be an IP address of this host, or empty for "
                f"all of them"
            )
    for setting, address in (
        ("ssh_port", "ssh_address"),
        ("web_terminal_port", "web_address"),
        ("api_port", "web_address"),
    ):
        port = int(str(workstation[setting]))
        if not 0 < port <= LARGEST_PORT:
            problems.append(f"{name}: {setting} is {port}; it must be between 1 and 65535")
        elif address in addresses:
            found.append(Claim(name, setting, "tcp", addresses[address], port, port))
    try:
        first, last = parse_mosh_ports(str(workstation["mosh_ports"]))
    except ValueError as error:
        problems.append(f"{name}: mosh_ports is {workstation['mosh_ports']!r}; it {error}")
    else:
        if "ssh_address" in addresses:
            found.append(Claim(name, "mosh_ports", "udp", addresses["ssh_address"], first, last))
    return found, problems


def plain_address(text: str) -> str:
    """Return an IP address in its one usual form, empty for none. Raises ValueError when it is no address."""
    if not text:
        return ""
    address = ipaddress.ip_address(text)
    return str(getattr(address, "ipv4_mapped", None) or address)


def free_ports(claim: Claim, taken: Iterable[Claim]) -> Claim | None:
    """Return the next ports upwards from the claim's, then from 1024, that nothing holds on any address."""
    size = claim.last - claim.first
    same = sorted((other.first, other.last) for other in taken if other.protocol == claim.protocol)
    for lowest in (claim.first, FIRST_UNPRIVILEGED_PORT):
        first = lowest
        for start, end in same:
            if start <= first + size and first <= end:
                first = end + 1
        if first + size <= LARGEST_PORT:
            return replace(claim, first=first, last=first + size)
    return None


class Suggestions:
    """Free ports for claims that cannot stay; no ports are suggested twice."""

    def __init__(self, wanted: list[Claim], listeners: list[Listener]) -> None:
        self._taken = [*wanted, *(listener.claim for listener in listeners)]

    def instead_of(self, claim: Claim) -> str:
        """Return what to set instead, in the words of a message."""
        found = free_ports(claim, self._taken)
        if found is None:
            return f"set another {claim.setting} for {claim.workstation}"
        self._taken.append(found)
        return f"set {claim.setting}: {found.ports} for {claim.workstation}"


def check_clashes(wanted: list[Claim], listeners: list[Listener]) -> list[str]:
    """Check that no two claims overlap, and suggest free ports for the later one."""
    suggestions = Suggestions(wanted, listeners)
    problems = []
    for position, later in enumerate(wanted):
        earlier = next((earlier for earlier in wanted[:position] if later.overlaps(earlier)), None)
        if earlier is not None:
            problems.append(
                f"{later.workstation}: {later.setting} {later.ports}/{later.protocol} is also {earlier.setting} of "
                f"{earlier.workstation}; {suggestions.instead_of(later)}"
            )
    return problems


def check_listeners(wanted: list[Claim], listeners: list[Listener]) -> list[str]:
    """Check that nothing on the host, but for our own containers, listens on a wanted port."""
    suggestions = Suggestions(wanted, listeners)
    problems = []
    for claim in wanted:
        listener = next((listener for listener in listeners if claim.overlaps(listener.claim)), None)
        if listener is not None:
            problems.append(
                f"{claim.workstation}: {claim.setting} {claim.ports}/{claim.protocol} cannot be used: something on "
                f"this host already listens on {listener.protocol} port {listener.port}; stop it, or "
                f"{suggestions.instead_of(claim)}"
            )
    return problems


def listeners_in(table: str, protocol: str) -> list[Listener]:
    """Parse /proc/net/{tcp,tcp6,udp,udp6}: what listens (TCP) or is bound without a peer (UDP)."""
    listening = "0A" if protocol == "tcp" else "07"
    found = []
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 3 and fields[3] == listening:
            address, port = fields[1].split(":")
            found.append(Listener(protocol, _address(address), int(port, 16)))
    return found


def _address(text: str) -> str:
    """Return an address of /proc/net, words of four bytes in the machine's order, in its usual form; empty for any."""
    words = [bytes.fromhex(text[start : start + 8]) for start in range(0, len(text), 8)]
    if not any(map(any, words)):
        return ""
    network_order = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    return plain_address(str(ipaddress.ip_address(network_order)))
