from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatchpod_api.peers import UNKNOWN, TrustedProxies

PROXIES = TrustedProxies([ip_network("10.0.0.0/8"), ip_network("fd00::/8"), ip_network("127.0.0.1/32")])


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        pytest.param("192.0.2.1", "", "192.0.2.1", id="no proxy"),
        pytest.param("192.0.2.1", "198.51.100.1", "192.0.2.1", id="an untrusted peer is not believed"),
        pytest.param("10.0.0.5", "", "10.0.0.5", id="a proxy that says nothing is the client"),
        pytest.param("10.0.0.5", "198.51.100.1", "198.51.100.1", id="one proxy"),
        pytest.param("10.0.0.5", "1.1.1.1, 198.51.100.1", "198.51.100.1", id="the right-most untrusted counts"),
        pytest.param("10.0.0.5", "1.1.1.1,198.51.100.1, 10.9.9.9,127.0.0.1", "198.51.100.1", id="a chain of proxies"),
        pytest.param("10.0.0.5", "10.1.1.1, 10.2.2.2", "10.1.1.1", id="all trusted: the left-most"),
        pytest.param("10.0.0.5", "198.51.100.1, nonsense", "10.0.0.5", id="nonsense ends the chain"),
        pytest.param("10.0.0.5", "198.51.100.1, , 10.2.2.2", "10.2.2.2", id="a gap ends the chain"),
        pytest.param("10.0.0.5", "198.51.100.1:4711", "198.51.100.1", id="with a port"),
        pytest.param("10.0.0.5", "[2001:db8:1:2::3]:4711", "2001:db8:1:2::/64", id="IPv6 with a port"),
        pytest.param("fd00::1", "2001:db8:1:2:a:b:c:d", "2001:db8:1:2::/64", id="IPv6 counts by its network"),
        pytest.param("::ffff:10.0.0.5", "198.51.100.1", "198.51.100.1", id="IPv4 on a dual-stack socket"),
        pytest.param("fe80::1%eth0", "", "fe80::/64", id="a zone is cut off"),
        pytest.param(None, "198.51.100.1", UNKNOWN, id="no peer at all"),
        pytest.param("testclient", "198.51.100.1", UNKNOWN, id="a peer that is no address"),
    ],
)
def test_the_client_is_the_right_most_address_no_trusted_proxy_accounts_for(
    peer: str | None, forwarded_for: str, client: str
) -> None:
    assert PROXIES.client(peer, forwarded_for) == client


@given(written=st.text(max_size=80), real=st.ip_addresses(v=4).filter(lambda a: str(a)[:3] not in {"10.", "127"}))
def test_nothing_a_client_writes_hides_its_address(written: str, real: object) -> None:
    assert PROXIES.client("10.0.0.5", f"{written},{real}") == str(real)


@given(peer=st.text(max_size=30), forwarded_for=st.text(max_size=80))
def test_without_trusted_proxies_the_header_is_never_read(peer: str, forwarded_for: str) -> None:
    proxies = TrustedProxies([])
    assert proxies.client(peer, forwarded_for) == proxies.client(peer, "")
