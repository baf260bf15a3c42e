"""Past sessions over HTTP: messages, pictures, search, usage, exports."""

import base64
import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from hatchpod_api.config import Places
from standins.entries import Entries, append, keep_subagent, use

SESSION = "44444444-4444-4444-8444-444444444444"
PNG = b"\x89PNG\r\n\x1a\nnot much of a picture"
SCRIPT = "<script>alert(1)</script>"
LIMIT = 30.0


def picture(media_type: str, content: bytes) -> dict[str, Any]:
    data = base64.b64encode(content).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


@pytest.fixture
def owner(connect: Callable[..., httpx.Client], places: Places) -> httpx.Client:
    make = Entries()
    append(
        places.claude_projects / "-shop" / f"{SESSION}.jsonl",
        make.user([{"type": "text", "text": f"Show **it** {SCRIPT}"}, picture("image/png", PNG)], uuid="with-pictures"),
        make.assistant(
            "A `code`\n\n```\nblock\n```\n![x](http://evil.example/x.png)", use("t", "Bash", command=SCRIPT), id="m1"
        ),
        make.result(
            "t",
            [picture("image/svg+xml", b"<svg onload=alert(1)>"), {"type": "text", "text": "```` out"}],
            is_error=True,
        ),
        make.other("custom-title", customTitle='A "title"\r\nSet-Cookie: x=1 <b>'),
    )
    client = connect(authenticated=True)
    deadline = time.monotonic() + LIMIT
    while not client.get("/api/search", params={"q": "show"}).json().get("items"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return client


def test_a_page_of_messages(owner: httpx.Client) -> None:
    page = owner.get(f"/api/sessions/{SESSION}/messages", params={"limit": 2}).json()
    assert [message["index"] for message in page["messages"]] == [1, 2]
    assert (page["totalMessages"], page["hasMore"], page["oldestIndex"], page["tasks"]) == (3, True, 1, [])
    older = owner.get(f"/api/sessions/{SESSION}/messages", params={"limit": 2, "before": 1}).json()
    assert [message["role"] for message in older["messages"]] == ["user"]
    assert owner.get(f"/api/sessions/{SESSION}/history").json() == older["messages"] + page["messages"]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"limit": "0"}, 422, "limit"),
        ({"limit": "501"}, 422, "limit"),
        ({"before": "-1"}, 422, "before"),
        ({"limit": "x"}, 400, "limit"),
    ],
)
def test_pages_that_cannot_be(owner: httpx.Client, query: dict[str, str], status: int, field: str) -> None:
    response = owner.get(f"/api/sessions/{SESSION}/messages", params=query)
    assert (response.status_code, response.json()["field"]) == (status, field)


def test_a_subagent_that_has_ended(owner: httpx.Client, places: Places) -> None:
    make = Entries()
    path = places.claude_projects / "-shop" / f"{SESSION}.jsonl"
    keep_subagent(path, make.user("Look"), make.assistant(use("t1", "Read", file_path="a"), id="m"), task="task")
    frames = owner.get(f"/api/sessions/{SESSION}/subagents/task").json()
    assert [frame["type"] for frame in frames] == ["subagent_started", "subagent_tool_call", "subagent_completed"]
    assert frames[1]["input"] == {"file_path": "a"}
    missing = owner.get(f"/api/sessions/{SESSION}/subagents/other")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("what", ["messages", "history", "images/x/0", "subagents/x"])
def test_sessions_that_are_not_there(owner: httpx.Client, what: str) -> None:
    response = owner.get(f"/api/sessions/44444444-4444-4444-8444-444444444445/{what}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("session", ["..%2f..%2fetc", SESSION.replace("4", "A"), "*"])
@pytest.mark.parametrize("what", ["messages", "history", "export", "images/x/0"])
def test_ids_of_another_form(owner: httpx.Client, session: str, what: str) -> None:
    response = owner.get(f"/api/sessions/{session}/{what}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_pictures_are_served_where_their_parts_say(owner: httpx.Client) -> None:
    messages = owner.get(f"/api/sessions/{SESSION}/history").json()
    first, second = (part for message in messages for part in message["parts"] if part["type"] == "image")
    response = owner.get(first["ref"])
    assert (response.content, response.headers["Content-Type"]) == (PNG, "image/png")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert owner.get(second["ref"]).status_code == 404, "a picture that can run scripts is not served"
    assert owner.get(first["ref"].replace("/0", "/7")).status_code == 404
    assert owner.get(first["ref"].replace("with-pictures", "other")).status_code == 404


def test_search_finds_messages(owner: httpx.Client) -> None:
    page = owner.get("/api/search", params={"q": "alert"}).json()
    assert [(hit["session"]["id"], hit["index"], hit["role"]) for hit in page["items"]] == [
        (SESSION, 1, "assistant"),
        (SESSION, 0, "user"),
    ]
    start, end = page["items"][0]["highlight"][0]
    assert page["items"][0]["snippet"][start:end] == "alert"
    assert page["next_cursor"] is None


def test_search_calls_sessions_by_the_titles_that_people_gave_them(owner: httpx.Client) -> None:
    assert owner.patch(f"/api/sessions/{SESSION}", json={"title": "The shop"}).is_success
    found = owner.get("/api/search", params={"q": "alert"}).json()["items"]
    assert {hit["session"]["title"] for hit in found} == {"The shop"}


@pytest.mark.parametrize("q", ['"', "AND (", "*", "\x00", "💥", "a" * 1000])
def test_search_takes_whatever_is_typed(owner: httpx.Client, q: str) -> None:
    assert owner.get("/api/search", params={"q": q}).status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"q": "x" * 1001}, 422, "q"),
        ({"q": "x", "limit": "0"}, 422, "limit"),
        ({"q": "x", "cursor": "y"}, 422, "cursor"),
        ({}, 400, None),
    ],
)
def test_searches_that_cannot_be(owner: httpx.Client, query: dict[str, str], status: int, field: str) -> None:
    response = owner.get("/api/search", params=query)
    assert (response.status_code, response.json().get("field")) == (status, field)


def test_usage_by_day_model_and_session(owner: httpx.Client) -> None:
    usage = owner.get("/api/usage", params={"from": "2026-11-01", "to": "2026-11-30"}).json()
    assert [(day["day"], day["tokens"]["output"]) for day in usage["days"]] == [("2026-11-23", 20)]
    assert [model["model"] for model in usage["models"]] == ["claude-sonnet-4-5"]
    assert [session["id"] for session in usage["sessions"]] == [SESSION]
    assert usage["totalCostUsd"] == usage["sessions"][0]["totalCostUsd"] > 0
    assert owner.get("/api/usage", params={"from": "2020-01-01", "to": "2020-01-02"}).json()["days"] == []


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"from": "2026-11-02", "to": "2026-11-01"}, 422, "from"),
        ({"from": "yesterday"}, 422, "from"),
        ({"to": "2026-13-01"}, 422, "to"),
    ],
)
def test_usage_that_cannot_be(owner: httpx.Client, query: dict[str, str], status: int, field: str) -> None:
    response = owner.get("/api/usage", params=query)
    assert (response.status_code, response.json()["field"]) == (status, field)


def test_usage_to_the_first_day_there_is(owner: httpx.Client) -> None:
    assert owner.get("/api/usage", params={"to": "0001-01-02"}).status_code == 200


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_an_export_as_html_stands_alone_and_runs_nothing(owner: httpx.Client) -> None:
    response = owner.get(f"/api/sessions/{SESSION}/export", params={"format": "html"})
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    page = Page(response.text)
    assert {"script", "img", "svg", "link", "iframe"}.isdisjoint(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src"]
    assert "<strong>it</strong>" in response.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.text
    assert "default-src 'none'" in response.text


def test_an_export_as_markdown_keeps_texts_and_fences_the_rest(owner: httpx.Client) -> None:
    response = owner.get(f"/api/sessions/{SESSION}/export")
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert f"Show **it** {SCRIPT}" in response.text
    assert "`````\n```` out\n`````" in response.text
    assert re.search(r"^# A \"title\" Set-Cookie: x=1 <b>$", response.text, re.MULTILINE)


def test_an_export_as_json_has_the_messages_of_the_api(owner: httpx.Client) -> None:
    response = owner.get(f"/api/sessions/{SESSION}/export", params={"format": "json"})
    document = json.loads(response.content)
    assert document["messages"] == owner.get(f"/api/sessions/{SESSION}/history").json()
    assert document["session"]["id"] == SESSION


def test_the_name_of_an_export_is_harmless(owner: httpx.Client) -> None:
    response = owner.get(f"/api/sessions/{SESSION}/export", params={"format": "json"})
    named = response.headers["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="[a-z0-9-]+\.json"', named)
    assert "set-cookie" not in response.headers
    assert owner.get(f"/api/sessions/{SESSION}/export", params={"format": "exe"}).status_code == 422


@pytest.mark.parametrize("path", ["/api/search?q=x", "/api/usage", f"/api/sessions/{SESSION}/messages"])
def test_strangers_see_nothing(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 401
