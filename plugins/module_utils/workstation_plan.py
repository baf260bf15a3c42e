"""Checks over all workstations of a host, made before anything is changed.

Every function returns messages for people, each of which names the setting and the fix; none means fine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
MOSH_RANGE = re.compile(r"(\d{1,5})(?:[-:](\d{1,5}))?")
ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to
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


def parse_mosh_ports(text: str) -> tuple[int, int]:
    """Return first and last port of `60000-60003`. Raises ValueError with the reason when it is no range."""
    match = MOSH_RANGE.fullmatch(text.strip())
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
        f"workstations: the name {name!r} must be 1 to 41 lower-case letters, digits and hyphens, and not begin with a hyphen"
        for name in names
        if not NAME.fullmatch(name)
    ]
    doubled = sorted({name for name in names if names.count(name) > 1})
    return problems + [
        f"workstations: the name {name!r} is used twice; give each workstation its own" for name in doubled
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
    for setting, address in (
        ("ssh_port", workstation["ssh_address"]),
        ("web_terminal_port", workstation["web_address"]),
        ("api_port", workstation["web_address"]),
    ):
        port = int(str(workstation[setting]))
        if not 0 < port <= LARGEST_PORT:
            problems.append(f"{name}: {setting} is {port}; it must be between 1 and 65535")
        else:
            found.append(Claim(name, setting, "tcp", str(address), port, port))
    try:
        first, last = parse_mosh_ports(str(workstation["mosh_ports"]))
    except ValueError as error:
        problems.append(f"{name}: mosh_ports is {workstation['mosh_ports']!r}; it {error}")
    else:
        found.append(Claim(name, "mosh_ports", "udp", str(workstation["ssh_address"]), first, last))
    return found, problems


def _free_range(claim: Claim, taken: Iterable[Claim]) -> str:
    """Return the next range of the claim's length, upwards, that no claim of its protocol holds."""
    length = claim.last - claim.first
    same = [other for other in taken if other.protocol == claim.protocol]
    first = claim.first
    while any(first <= other.last and other.first <= first + length for other in same):
        first = 1 + max(other.last for other in same if first <= other.last and other.first <= first + length)
    return str(first) if length == 0 else f"{first}-{first + length}"


def check_clashes(wanted: list[Claim]) -> list[str]:
    """Check that no two claims overlap, and suggest free ports for the later one."""
    problems = []
    for position, later in enumerate(wanted):
        for earlier in wanted[:position]:
            if later.overlaps(earlier):
                problems.append(
                    f"{later.workstation}: {later.setting} {later.ports}/{later.protocol} is also {earlier.setting} of "
                    f"{earlier.workstation}; set {later.setting}: {_free_range(later, wanted)} for {later.workstation}"
                )
                break
    return problems


def check_listeners(wanted: list[Claim], listeners: list[Listener]) -> list[str]:
    """Check that nothing on the host, but for our own containers, listens on a wanted port."""
    problems = []
    for claim in wanted:
        for listener in listeners:
            other = Claim("", "", listener.protocol, listener.address, listener.port, listener.port)
            if claim.overlaps(other):
                problems.append(
                    f"{claim.workstation}: {claim.setting} {claim.ports}/{claim.protocol} cannot be used: something on this "
                    f"host already listens on {listener.protocol} port {listener.port}; stop it, or set another "
                    f"{claim.setting} for {claim.workstation}"
                )
                break
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
    """Return an address of /proc/net in its usual form; IPv6 other than "any" stays as hexadecimal."""
    if set(text) == {"0"}:
        return ""
    if len(text) == 8:  # noqa: PLR2004 - four bytes in hexadecimal
        return ".".join(str(byte) for byte in reversed(bytes.fromhex(text)))
    return text.lower()
