"""Who is calling: the client's address, seen through the proxies that are trusted and no others."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN = "unknown"


class TrustedProxies:
    """The networks whose `X-Forwarded-For` is believed."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._networks = tuple(networks)

    def client(self, peer: str | None, forwarded_for: str) -> str:
        """The right-most address that no trusted proxy accounts for, as a key for counting.

        Each proxy appends the address it was called from, so only the entries to the right of the
        first untrusted one are true; the rest is whatever the client wrote.
        """
        nearest = _parse(peer or "")
        if nearest is None:
            return UNKNOWN
        entries = forwarded_for.split(",") if forwarded_for else []
        while entries and self._contains(nearest):
            address = _parse(entries.pop())
            if address is None:
                break
            nearest = address
        return _counting_key(nearest)

    def _contains(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._networks)


def _parse(text: str) -> Address | None:
    """Read `1.2.3.4`, `1.2.3.4:567`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:567`."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _counting_key(address: Address) -> str:
    """One IPv6 customer has a whole /64, so counting single addresses would count nothing."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return str(address)
