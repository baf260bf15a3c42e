import re

import httpx


def test_the_reference_shows_every_route_and_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    response = client.get("/api/docs")
    assert response.status_code == 200
    page = response.text
    for path in client.get("/api/openapi.json").json()["paths"]:
        assert f" {path}</code>" in page
    assert not re.search(r"<script|src=|https?://", page)
    assert "script-src" not in response.headers["content-security-policy"]
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_every_link_of_the_reference_leads_somewhere(client: httpx.Client) -> None:
    page = client.get("/api/docs").text
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_frames_of_the_sockets_are_described(client: httpx.Client) -> None:
    schemas = client.get("/api/openapi.json").json()["components"]["schemas"]
    assert {"ServerFrame", "ClientFrame", "TerminalServerFrame", "TerminalClientFrame", "TextDelta"} <= set(schemas)
