"""Sends a request to an address that a client named, and to no machine that only we can reach.

The name is resolved once, every address it has is checked, and the connection is made to the one that was checked: a
name that resolves differently a moment later changes nothing. Redirects are not followed, proxies not used.

The HTTP client takes megabytes, so it is imported when there is an address to send to.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

import msgspec

from hatchpod_api.errors import UpstreamError, ValueNotAllowedError

if TYPE_CHECKING:
    import httpx

SECONDS = 10.0

_NAT64 = IPv6Network("64:ff9b::/96")


class Answer(msgspec.Struct, frozen=True):
    """`retry_after` in seconds, where the other side said so."""

    status: int
    retry_after: int | None


def check_url(url: str, *, field: str = "url") -> "httpx.URL":
    """Raises `ValueNotAllowedError` for what is not a plain http or https address."""
    import httpx

    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        parsed = httpx.URL("")
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo or parsed.fragment:
        message = f"`{field}` must be an http or https address without a user and without `#`."
        raise ValueNotAllowedError(message, field=field)
    return parsed


async def post(url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool) -> Answer:
    """The other side's status, whatever it is. `UpstreamError` when there is none, or when the address is refused."""
    import httpx

    target = check_url(url)
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(verify=_trust(), trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
        ):
            address = await _checked_address(target, allow_private=allow_private)
            request = client.build_request(
                "POST",
                target.copy_with(host=address),
                content=body,
                headers={**headers, "Host": target.netloc.decode("ascii"), "User-Agent": "hatchpod"},
                extensions={"sni_hostname": target.host},  # the certificate is checked against the name
            )
            response = await client.send(request, stream=True)
            await response.aclose()  # nobody reads what it says
    except TimeoutError:
        raise UpstreamError(f"There was no answer within {SECONDS:.0f} seconds.", code="timeout") from None
    except (httpx.HTTPError, OSError, UnicodeError) as error:  # the last for a host that can be no name, as `a..b`
        raise UpstreamError(f"The address cannot be reached: {type(error).__name__}: {error}.") from None
    wait = response.headers.get("retry-after", "")
    return Answer(response.status_code, int(wait) if wait.isascii() and wait.isdecimal() and len(wait) < 6 else None)


async def _checked_address(target: "httpx.URL", *, allow_private: bool) -> str:
    port = target.port or {"http": 80, "https": 443}[target.scheme]
    found = await asyncio.get_running_loop().getaddrinfo(target.host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and not all(is_public(ip_address(address)) for address in addresses):
        message = "The address is not on the public internet. Set WEBHOOK_ALLOW_PRIVATE=1 to permit private ones."
        raise UpstreamError(message, field="url", code="private_address")
    return addresses[0]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anybody on the internet could reach it; an IPv6 address counts as the IPv4 one that is in it."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


@cache
def _trust() -> ssl.SSLContext:
    """What this system trusts; read once, since that takes a while."""
    return ssl.create_default_context()
