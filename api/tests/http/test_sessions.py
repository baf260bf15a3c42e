from collections.abc import Callable

import httpx
import pytest


@pytest.fixture
def owner(connect: Callable[..., httpx.Client]) -> httpx.Client:
    return connect(authenticated=True)


def test_the_list_is_a_plain_array_without_a_limit(owner: httpx.Client) -> None:
    response = owner.get("/api/sessions")
    assert (response.status_code, response.json()) == (200, [])


def test_the_list_is_a_page_with_a_limit(owner: httpx.Client) -> None:
    response = owner.get("/api/sessions", params={"limit": 50})
    assert (response.status_code, response.json()) == (200, {"items": [], "next_cursor": None})


@pytest.mark.parametrize("limit", ["0", "-1", "501", "99999999999999999999"])
def test_a_limit_out_of_range_is_refused_by_name(owner: httpx.Client, limit: str) -> None:
    response = owner.get("/api/sessions", params={"limit": limit})
    assert response.status_code == 422
    assert response.json()["code"] == "value_not_allowed"
    assert response.json()["field"] == "limit"
    assert limit in response.json()["error"]


@pytest.mark.parametrize("limit", ["many", "1.5", ""])
def test_a_limit_that_is_no_number_is_a_bad_request(owner: httpx.Client, limit: str) -> None:
    response = owner.get("/api/sessions", params={"limit": limit})
    assert response.status_code == 400
    assert response.json()["field"] == "limit"


def test_strangers_see_no_sessions(client: httpx.Client) -> None:
    assert client.get("/api/sessions").status_code == 401
