from collections.abc import Callable
from typing import Any

import httpx
import pytest

MONTH = 30 * 24 * 3600


def log_in(client: httpx.Client, password: str, origin: str = "http://localhost") -> str:
    response = client.post("/api/login", json={"password": password}, headers={"Origin": origin})
    assert response.status_code == 204
    assert response.content == b""
    return response.headers["set-cookie"]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: httpx.Client, password: str) -> None:
    attributes = log_in(client, password).lower().split("; ")
    assert attributes[0].startswith("hatchpod_login=")
    assert {"httponly", "samesite=strict", "path=/", f"max-age={MONTH}"} <= set(attributes)
    assert "secure" not in attributes


def test_the_cookie_stays_on_https_when_the_browser_came_by_https(client: httpx.Client, password: str) -> None:
    assert "secure" in log_in(client, password, origin="https://localhost").lower().split("; ")


def test_the_cookie_opens_and_says_nothing_about_the_password(client: httpx.Client, password: str) -> None:
    cookie = log_in(client, password)
    assert password not in cookie
    assert client.get("/api/sessions").status_code == 200


def test_a_wrong_password_sets_no_cookie(client: httpx.Client) -> None:
    response = client.post("/api/login", json={"password": "wrong"})
    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
    assert "set-cookie" not in response.headers


def test_a_password_outside_ascii_is_just_wrong(client: httpx.Client) -> None:
    assert client.post("/api/login", json={"password": "пароль🔑"}).status_code == 401


def test_logout_ends_the_login_on_the_server_too(client: httpx.Client, password: str) -> None:
    kept = log_in(client, password).partition(";")[0]
    response = client.post("/api/logout")
    assert response.status_code == 204
    assert "max-age=0" in response.headers["set-cookie"].lower()
    assert client.get("/api/sessions").status_code == 401
    assert client.get("/api/sessions", headers={"Cookie": kept}).status_code == 401


def test_logout_without_a_login_is_harmless(client: httpx.Client) -> None:
    assert client.post("/api/logout").status_code == 204


def test_a_new_login_replaces_the_one_it_was_sent_with(client: httpx.Client, password: str) -> None:
    first = log_in(client, password).partition(";")[0]
    log_in(client, password)
    assert client.get("/api/sessions").status_code == 200
    client.cookies.clear()
    assert client.get("/api/sessions", headers={"Cookie": first}).status_code == 401


def test_one_browser_does_not_log_out_another(connect: Callable[..., httpx.Client], password: str) -> None:
    client = connect()
    first = log_in(client, password).partition(";")[0]
    client.cookies.clear()
    log_in(client, password)
    client.post("/api/logout")
    client.cookies.clear()
    assert client.get("/api/sessions", headers={"Cookie": f"other=1; {first}"}).status_code == 200


def test_a_login_ends_after_a_month(client: httpx.Client, password: str, clock: Any) -> None:
    log_in(client, password)
    clock.now += MONTH - 1
    assert client.get("/api/sessions").status_code == 200
    clock.now += 1
    assert client.get("/api/sessions").status_code == 401


@pytest.mark.parametrize("token", ["", "x", "ü" * 50, "a" * 5000])
def test_a_made_up_cookie_opens_nothing_and_is_no_guess(client: httpx.Client, password: str, token: str) -> None:
    for _ in range(12):
        response = client.get("/api/sessions", headers={b"cookie": f"hatchpod_login={token}".encode()})
        assert response.status_code == 401


def test_a_wrong_header_is_not_rescued_by_a_cookie(client: httpx.Client, password: str) -> None:
    log_in(client, password)
    assert client.get("/api/sessions", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_unknown_fields_are_refused_by_name(client: httpx.Client, password: str) -> None:
    response = client.post("/api/login", json={"password": password, "remember": True})
    assert response.status_code == 400
    assert "remember" in response.json()["error"]
