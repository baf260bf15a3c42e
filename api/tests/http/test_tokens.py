from collections.abc import Callable
from typing import Any

import httpx
import pytest


@pytest.fixture
def owner(connect: Callable[..., httpx.Client]) -> httpx.Client:
    return connect(authenticated=True)


def make(owner: httpx.Client, name: str = "phone") -> dict[str, Any]:
    response = owner.post("/api/tokens", json={"name": name})
    assert response.status_code == 201
    return dict(response.json())


def use(client: httpx.Client, token: str) -> int:
    return client.get("/api/sessions", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_device_token_opens_until_it_is_revoked(owner: httpx.Client) -> None:
    new = make(owner)
    assert set(new) == {"id", "name", "token", "createdAt"}
    assert use(owner, new["token"]) == 200
    assert owner.delete(f"/api/tokens/{new['id']}").status_code == 204
    assert use(owner, new["token"]) == 401
    assert owner.delete(f"/api/tokens/{new['id']}").status_code == 404


def test_the_list_says_when_a_token_was_used_and_never_the_token(owner: httpx.Client, clock: Any) -> None:
    phone, script = make(owner), make(owner, "script")
    use(owner, script["token"])
    listed = owner.get("/api/tokens").json()
    assert {token["name"]: token["lastUsedAt"] is not None for token in listed} == {"phone": False, "script": True}
    assert phone["token"] not in owner.get("/api/tokens").text
    clock.now += 3600
    use(owner, script["token"])
    assert [t for t in owner.get("/api/tokens").json() if t["name"] == "script"] != listed[1:]


def test_a_device_token_cannot_make_another(owner: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {make(owner)['token']}"}
    response = owner.post("/api/tokens", json={"name": "more"}, headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": ""}, 422),
        ({"name": "x" * 101}, 422),
        ({"name": 1}, 400),
        ({"name": "a", "admin": True}, 400),
        ([], 400),
    ],
)
def test_a_token_without_a_sound_name_is_not_made(owner: httpx.Client, body: Any, status: int) -> None:
    assert owner.post("/api/tokens", json=body).status_code == status
    assert owner.get("/api/tokens").json() == []


def test_a_made_up_token_is_a_wrong_guess_and_locks_out_nobody_with_a_right_one(owner: httpx.Client) -> None:
    token = make(owner)["token"]
    answers = [use(owner, token[:-1] + ("x" if token[-1] != "x" else "y")) for _ in range(11)]
    assert answers == [401] * 10 + [429]
    assert use(owner, token) == 200


@pytest.mark.parametrize("token_id", ["x", "00000000-0000-0000-0000-000000000000", "%2e%2e"])
def test_an_unknown_id_is_not_found(owner: httpx.Client, token_id: str) -> None:
    assert owner.delete(f"/api/tokens/{token_id}").status_code == 404
