"""The promise: no header, whatever its bytes, opens a door or brings the server down."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

Connect = Callable[..., httpx.Client]

# The client is the same for all examples on purpose: a server meets them one after another.
any_bytes = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def wrong(client: httpx.Client, times: int = 1, forwarded_for: str | None = None) -> httpx.Response:
    headers = {"Authorization": "Bearer not the password"}
    if forwarded_for is not None:
        headers["X-Forwarded-For"] = forwarded_for
    for _ in range(times):
        response = client.get("/api/sessions", headers=headers)
    return response


# Credentials


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_password_opens_whatever_the_case_of_the_scheme(client: httpx.Client, password: str, scheme: str) -> None:
    assert client.get("/api/sessions", headers={"Authorization": f"{scheme} {password}"}).status_code == 200


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic {0}", "{0}", "Bearer{0}", "Token {0}"])
def test_nothing_but_a_bearer_credential_is_one(client: httpx.Client, password: str, value: str) -> None:
    response = client.get("/api/sessions", headers={"Authorization": value.format(password)})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


def test_two_credentials_are_none(client: httpx.Client, password: str) -> None:
    twice = [("Authorization", f"Bearer {password}")] * 2
    assert client.get("/api/sessions", headers=twice).status_code == 401


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda p: p[:-1], lambda p: p + "x", lambda p: p + "\0"])
def test_a_password_that_differs_a_little_is_wrong(
    client: httpx.Client, password: str, change: Callable[[str], str]
) -> None:
    for _ in range(2):  # before the right one was seen, and after
        assert client.get("/api/sessions", headers={"Authorization": f"Bearer {change(password)}"}).status_code == 401
        assert client.get("/api/sessions", headers={"Authorization": f"Bearer {password}"}).status_code == 200


@any_bytes
@given(credential=st.binary(max_size=200))
@example(credential="pässwörd-ünd-mehr".encode())
@example(credential=b"\x00")
@example(credential=b"x" * 50_000)
def test_any_bytes_as_credential_are_just_wrong(client: httpx.Client, credential: bytes) -> None:
    response = client.get("/api/sessions", headers={b"authorization": b"Bearer " + credential})
    assert response.status_code in {401, 429}


@any_bytes
@given(value=st.binary(max_size=200))
def test_any_bytes_as_authorization_or_cookie_are_refused(client: httpx.Client, value: bytes) -> None:
    for name in (b"authorization", b"cookie"):
        assert client.get("/api/sessions", headers={name: value}).status_code in {401, 429}


# Wrong guesses


def test_ten_wrong_passwords_are_unauthorized_and_the_eleventh_must_wait(client: httpx.Client) -> None:
    assert wrong(client, times=10).status_code == 401
    response = wrong(client)
    assert response.status_code == 429
    assert response.headers["retry-after"] == "900"
    assert response.json()["code"] == "too_many_attempts"


def test_the_password_opens_from_an_address_that_must_wait(client: httpx.Client, password: str) -> None:
    assert wrong(client, times=11).status_code == 429
    assert client.get("/api/sessions", headers={"Authorization": f"Bearer {password}"}).status_code == 200
    assert client.post("/api/login", json={"password": password}).status_code == 204
    assert wrong(client).status_code == 429


def test_wrong_passwords_are_forgiven_after_fifteen_minutes(client: httpx.Client, clock: Any) -> None:
    assert wrong(client, times=11).status_code == 429
    clock.now += 15 * 60 - 1
    response = wrong(client)
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    clock.now += 1
    assert wrong(client).status_code == 401


def test_a_right_password_does_not_wipe_out_the_wrong_ones(client: httpx.Client, password: str) -> None:
    wrong(client, times=9)
    client.get("/api/sessions", headers={"Authorization": f"Bearer {password}"})
    assert wrong(client).status_code == 401
    assert wrong(client).status_code == 429


def test_a_missing_credential_is_no_guess(client: httpx.Client) -> None:
    for _ in range(20):
        assert client.get("/api/sessions").status_code == 401
    assert wrong(client).status_code == 401


def test_wrong_logins_and_wrong_headers_count_together(client: httpx.Client) -> None:
    wrong(client, times=5)
    for _ in range(5):
        assert client.post("/api/login", json={"password": "guess"}).status_code == 401
    assert wrong(client).status_code == 429
    assert client.post("/api/login", json={"password": "guess"}).status_code == 429


# Addresses


def test_a_header_does_not_make_a_new_address(client: httpx.Client) -> None:
    for n in range(10):
        assert wrong(client, forwarded_for=f"198.51.100.{n}").status_code == 401
    assert wrong(client, forwarded_for="198.51.100.99").status_code == 429


def test_behind_a_trusted_proxy_each_client_counts_alone(connect: Connect) -> None:
    client = connect(peer="10.0.0.5", trusted_proxies=(ip_network("10.0.0.0/8"),))
    assert wrong(client, times=11, forwarded_for="198.51.100.1").status_code == 429
    assert wrong(client, forwarded_for="198.51.100.2").status_code == 401


def test_what_a_client_writes_in_front_of_its_address_changes_nothing(connect: Connect) -> None:
    client = connect(peer="10.0.0.5", trusted_proxies=(ip_network("10.0.0.0/8"),))
    for n in range(10):
        assert wrong(client, forwarded_for=f"203.0.113.{n}, 198.51.100.1, 10.0.0.9").status_code == 401
    assert wrong(client, forwarded_for="198.51.100.1").status_code == 429


@any_bytes
@given(value=st.one_of(st.binary(max_size=200), st.from_regex(r"[0-9a-f:., \[\]%]*", fullmatch=True).map(str.encode)))
def test_any_bytes_as_forwarded_for_are_survived(connect: Connect, value: bytes) -> None:
    client = connect(peer="10.0.0.5", trusted_proxies=(ip_network("10.0.0.0/8"),))
    headers = {b"x-forwarded-for": value, b"authorization": b"Bearer not the password"}
    assert client.get("/api/sessions", headers=headers).status_code == 401


# Host and Origin


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/sessions", "/api/openapi.json"])
def test_a_foreign_host_name_is_refused_everywhere(client: httpx.Client, password: str, path: str) -> None:
    headers = {"Host": "rebound.example.com", "Authorization": f"Bearer {password}"}
    response = client.get(path, headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, "host_not_allowed")


def test_a_configured_host_name_is_answered(connect: Connect) -> None:
    client = connect(allowed_hosts=("pod.example.org",))
    assert client.get("/api/docs", headers={"Host": "pod.example.org:8080"}).is_success


@any_bytes
@given(value=st.one_of(st.binary(max_size=100), st.text(max_size=60).map(str.encode)))
@example(value=b"localhost@evil.example")
@example(value=b"localhost,evil.example")
@example(value=b"[::1")
def test_any_bytes_as_host_are_answered_only_when_allowed(client: httpx.Client, value: bytes) -> None:
    response = client.get("/healthz", headers={b"host": value})
    assert response.status_code in {200, 400, 403}
    if response.is_success:
        assert all(c in b"0123456789abcdefABCDEF.:[]" for c in value) or value.lower().startswith(b"localhost")


@pytest.mark.parametrize("origin", ["http://localhost", "https://localhost", "http://LOCALHOST:80"])
def test_our_own_pages_may_log_in(client: httpx.Client, password: str, origin: str) -> None:
    assert client.post("/api/login", json={"password": password}, headers={"Origin": origin}).status_code == 204


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://localhost:3000", "http://localhost.evil.example", "ftp://localhost"],
)
@pytest.mark.parametrize("path", ["/api/login", "/api/logout"])
def test_pages_of_others_change_nothing_whatever_they_know(
    client: httpx.Client, password: str, path: str, origin: str
) -> None:
    headers = {"Origin": origin, "Authorization": f"Bearer {password}"}
    response = client.post(path, json={"password": password}, headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, "origin_not_allowed")
    assert "set-cookie" not in response.headers


@any_bytes
@given(value=st.one_of(st.binary(max_size=100), st.text(max_size=60).map(lambda text: f"http://{text}".encode())))
def test_any_bytes_as_origin_are_refused_on_a_change(client: httpx.Client, value: bytes) -> None:
    response = client.post("/api/logout", headers={b"origin": value})
    assert response.status_code == (
        204 if value.lower().strip() in {b"http://localhost", b"http://localhost:80"} else 403
    )


# Response headers


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/sessions", "/api/openapi.json", "/nothing"])
def test_every_response_has_the_security_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "microphone=(self)" in headers["permissions-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert len(headers.get_list("content-security-policy")) == 1
    assert headers["cache-control"] == "no-store"
