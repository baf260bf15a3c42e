"""What is counted and written down of requests, over the real application."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute

from hatchpod_api.app import create_app
from hatchpod_api.audit import MAX_ENTRIES, Audit
from hatchpod_api.auth.principal import PASSWORD as OWNER
from hatchpod_api.config import Places, Settings
from hatchpod_api.state.database import Database

SOME_ID = "11111111-2222-4333-8444-555555555555"

Connect = Callable[..., httpx.Client]

OPEN = {
    *("GET /", "GET /healthz", "GET /api/openapi.json", "GET /api/docs"),
    f"GET /{SOME_ID}",  # the web UI, by whatever name
    *("POST /api/login", "POST /api/logout"),
}


def log(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    response = client.get("/api/audit", params=query)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def test_every_route_but_the_open_ones_asks_who_is_there(connect: Connect, places: Places, password_hash: str) -> None:
    app = create_app(Settings(places=places, password_hash=password_hash))
    client = connect()
    asked = 0
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        path = re.sub(r"{(\w+)}", lambda name: "1" if name[1] == "number" else SOME_ID, route.path_format)
        for method in route.methods - {"OPTIONS", "HEAD"}:
            if any(f"{method} {path}" == known for known in OPEN):
                continue
            response = client.request(method, path)
            assert (response.status_code, response.json()["code"]) == (401, "unauthorized"), f"{method} {path}"
            asked += 1
    assert asked > 50


def test_what_is_changed_is_written_down_with_who_and_where(connect: Connect, places: Places) -> None:
    client = connect(authenticated=True, peer="192.0.2.7")
    client.put("/api/files", params={"path": "note.txt"}, json={"content": "the secret content"})
    client.get("/api/files", params={"path": "note.txt"})
    device = client.post("/api/tokens", json={"name": "phone"}).json()
    headers = {"Authorization": f"Bearer {device['token']}"}
    client.delete("/api/files", params={"path": "note.txt"}, headers=headers)
    client.delete("/api/files", params={"path": "../out"}, headers=headers)
    entries = log(client)
    assert [(e["actor"], e["action"], e["target"], e["status"]) for e in entries] == [
        ("device phone", "DELETE /api/files", "path=../out", 403),
        ("device phone", "DELETE /api/files", "path=note.txt", 204),
        ("password password", "POST /api/tokens", None, 201),
        ("password password", "PUT /api/files", "path=note.txt", 200),
    ]
    assert {entry["client"] for entry in entries} == {"192.0.2.7"}
    everything = client.get("/api/audit").text
    assert "secret" not in everything
    assert device["token"] not in everything


def test_attempts_of_strangers_are_written_down(connect: Connect) -> None:
    stranger, owner = connect(peer="198.51.100.9"), connect(authenticated=True)
    stranger.put("/api/files", params={"path": "x"}, json={"content": ""})
    stranger.post("/api/login", json={"password": "a wrong one"})
    found = [(e["actor"], e["action"], e["client"], e["status"]) for e in log(owner)]
    assert found == [
        ("unknown", "POST /api/login", "198.51.100.9", 401),
        ("unknown", "PUT /api/files", "198.51.100.9", 401),
    ]
    assert "a wrong one" not in owner.get("/api/audit").text


def test_the_log_is_paged(connect: Connect) -> None:
    client = connect(authenticated=True)
    for number in range(5):
        client.post("/api/files/folder", json={"path": f"f{number}"})
    first = client.get("/api/audit?limit=3").json()
    rest = client.get("/api/audit", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    ids = [entry["id"] for entry in first["items"] + rest["items"]]
    assert (ids, rest["next_cursor"]) == (sorted(ids, reverse=True), None)
    assert len(ids) == 5
    for query in ("limit=0", "limit=501", "cursor=x"):
        assert client.get(f"/api/audit?{query}").status_code == 422


@pytest.mark.anyio
async def test_the_log_has_an_end(tmp_path: Any) -> None:
    async with Database(tmp_path / "api.sqlite") as database:
        await database.run(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO audit (at, actor, action) SELECT '', 'x', 'x' FROM n",
            MAX_ENTRIES + 500,
        )
        audit = Audit(database)
        for _ in range(100):
            await audit.note(OWNER, "192.0.2.1", "POST /x")
        row = await database.first("SELECT count(*) FROM audit")
        assert row
        assert row[0] == MAX_ENTRIES


def test_metrics_ask_who_is_there_unless_they_are_open(connect: Connect) -> None:
    assert connect().get("/metrics").status_code == 401
    assert connect(open_metrics=True).get("/metrics").status_code == 200


def test_metrics_count_without_ids(connect: Connect, places: Places) -> None:
    client = connect(authenticated=True)
    (places.workspace / "private-name").write_text("x")
    client.get("/api/files", params={"path": "private-name"})
    client.get(f"/api/sessions/{SOME_ID}")
    client.get("/api/nothing/here")
    client.delete(f"/api/webhooks/{SOME_ID}")
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = response.text
    assert 'hatchpod_http_requests_total{method="GET",route="/api/files",status="200"} 1.0' in text
    assert 'hatchpod_http_requests_total{method="DELETE",route="/api/webhooks/{webhook_id}",status="404"} 1.0' in text
    assert "11111111" not in text
    assert "private-name" not in text
    assert "nothing" not in text
    assert 'hatchpod_http_request_seconds_count{method="GET",route="/api/files"} 1.0' in text
