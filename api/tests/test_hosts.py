import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatchpod_api.hosts import AllowedHosts, same_origin, split_host

HOSTS = AllowedHosts(["pod.example.org", "*.pods.example.net", "Trailing.Example."], machine="Workstation-1.lan")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "LocalHost",
        "localhost.",
        "127.0.0.1",
        "192.168.1.20:8080",
        "[::1]",
        "[2001:db8::1]:8080",
        "workstation-1",
        "workstation-1.lan:8080",
        "workstation-1.tail1234.ts.net",
        "pod.example.org",
        "POD.example.org.:443",
        "a.pods.example.net",
        "b.a.pods.example.net",
        "trailing.example",
    ],
)
def test_a_name_that_nobody_else_can_hand_out_is_allowed(host: str) -> None:
    assert HOSTS.allows(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "pod.example.org.evil.example",
        "evilpod.example.org",
        "pods.example.net",
        "evilpods.example.net",
        "localhost.evil.example",
        "other.tail1234.ts.net",
        "workstation-1.ts.net",
        "workstation-1.a.b.ts.net",
        "workstation-1.evil.example.com",
        "workstation-1.tail1234.ts.net.evil.example",
        "127.0.0.1.evil.example",
        "localhost:80:80",
        "localhost:-1",
        "localhost:99999",
        "localhost:8o",
        "localhost@evil.example",
        "[::1",
        "[::1]x",
        "[localhost]",
        "::1]",
        "fe80::1%eth0",
        "localhost, evil.example",
        "0x7f.1",
    ],
)
def test_any_other_name_is_refused(host: str) -> None:
    assert not HOSTS.allows(host)


@given(st.text())
def test_any_text_is_either_a_host_or_not(text: str) -> None:
    HOSTS.allows(text)
    assert not AllowedHosts([], machine="").allows("x" + text + "x.example")


@given(st.text(), st.text())
def test_any_text_as_origin_is_answered(origin: str, host: str) -> None:
    assert same_origin(origin, host) in {True, False}


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://pod:8080", "pod:8080", True),
        ("https://pod", "pod", True),
        ("https://pod", "pod:443", True),
        ("https://pod:443", "pod", True),
        ("http://POD", "pod:80", True),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("http://pod:8081", "pod:8080", False),
        ("http://pod", "pod:8080", False),
        ("http://user@pod", "pod", False),
        ("http://pod/path", "pod", False),
        ("null", "null", False),
        ("", "", False),
        ("file://", "", False),
        ("http://[", "[", False),
        ("chrome-extension://pod", "pod", False),
    ],
)
def test_an_origin_is_the_same_when_host_and_port_are(origin: str, host: str, same: bool) -> None:
    assert same_origin(origin, host) is same


def test_a_port_is_a_small_decimal_number() -> None:
    assert split_host("pod:65535") == ("pod", 65535)
    assert split_host("pod:") == ("pod", None)
    assert split_host("pod:65536") is None
    assert split_host("pod:٣") is None


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("pod.tail1234.ts.net", True),
        ("workstation-1.tail1234.ts.net", True),
        ("pod", True),
        ("other.tail1234.ts.net", False),
        ("pod.evil.example", False),
    ],
)
def test_name_in_the_tailnet_may_be_another_than_the_machine_s(host: str, allowed: bool) -> None:
    assert AllowedHosts(machine="workstation-1", tailnet="pod").allows(host) is allowed


def test_whole_name_in_a_tailnet_of_headscale() -> None:
    hosts = AllowedHosts(machine="workstation-1", tailnet="pod.tailnet.example.")
    assert hosts.allows("pod.tailnet.example")
    assert not hosts.allows("pod-2.tailnet.example")
