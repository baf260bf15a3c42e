"""Which names this workstation answers to, and which pages may send it requests.

A page on a name that its owner points at this machine (DNS rebinding) reaches the service with that
name in `Host`. Names that nobody else can hand out are safe: IP literals, the machine's own name and
its name in the tailnet.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


class AllowedHosts:
    """`extra` adds names to the ones that are always right; `*.example.org` is every name below it.

    `tailnet` is the machine's name in its tailnet, whole or only its first label, where that is another than its own.
    """

    def __init__(self, extra: Iterable[str] = (), *, machine: str | None = None, tailnet: str = "") -> None:
        own = [machine if machine is not None else socket.gethostname(), tailnet]
        own = [name.lower().rstrip(".") for name in own]
        self._shorts = frozenset(name.partition(".")[0] for name in own) - {""}
        names = {"localhost", *own, *self._shorts, *(name.lower().rstrip(".") for name in extra)}
        self._names = frozenset(name for name in names if name and not name.startswith("*."))
        self._suffixes = tuple(name[1:] for name in names if name.startswith("*."))

    def allows(self, host_header: str) -> bool:
        host = split_host(host_header)
        if host is None:
            return False
        name = host[0].rstrip(".")
        return name in self._names or name.endswith(self._suffixes) or _is_address(name) or self._is_tailnet(name)

    def _is_tailnet(self, name: str) -> bool:
        labels = name.split(".")
        return len(labels) == 4 and labels[0] in self._shorts and labels[2:] == ["ts", "net"]


def split_host(host_header: str) -> tuple[str, int | None] | None:
    """`name:port` in lower case, brackets of an IPv6 literal removed; None for anything else."""
    text = host_header.strip().lower()
    if text.startswith("["):
        name, bracket, rest = text[1:].partition("]")
        if not bracket or not _is_address(name) or (rest and not rest.startswith(":")):
            return None
        port = rest[1:]
    else:
        name, _, port = text.partition(":")
    if not name or (port and not (port.isascii() and port.isdecimal() and len(port) < 6 and int(port) < 65536)):
        return None
    return name, int(port) if port else None


def same_origin(origin: str, host_header: str) -> bool:
    """Whether a page of `origin` belongs to the server called `host_header`.

    Only host and port are compared: whether a proxy in front ended TLS cannot be seen from here.
    """
    try:
        parts = urlsplit(origin.strip().lower())
    except ValueError:
        return False
    default = _DEFAULT_PORTS.get(parts.scheme)
    page, here = split_host(parts.netloc), split_host(host_header)
    if default is None or page is None or here is None or parts.path or parts.query or parts.fragment:
        return False
    return (page[0], page[1] or default) == (here[0], here[1] or default)


def _is_address(name: str) -> bool:
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return not (isinstance(address, IPv6Address) and address.scope_id)
