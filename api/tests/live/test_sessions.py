"""Sessions over REST, through both processes."""

from typing import Any

import pytest
from tests.live.stack import Stack

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def stack(module_stack: Stack) -> Stack:
    return module_stack


def answered(stack: Stack, prompt: str = "hello", **fields: Any) -> str:
    """A session whose first turn is over."""
    session = stack.create(prompt, **fields)
    stack.wait(lambda: detail(stack, session)["status"] == "completed", "the turn is over")
    return session


def detail(stack: Stack, session: str) -> dict[str, Any]:
    response = stack.get(f"/api/sessions/{session}")
    assert response.status_code == 200, response.text
    return dict(response.json())


def ids(stack: Stack, query: str = "") -> list[str]:
    listed = stack.get(f"/api/sessions{query}").json()
    return [item["id"] for item in (listed["items"] if isinstance(listed, dict) else listed)]


def test_a_session_without_a_prompt_is_idle_and_listed_first(stack: Stack) -> None:
    older, newer = stack.create(), stack.create()
    stack.wait(lambda: {older, newer} <= set(ids(stack)), "both are listed")
    assert ids(stack).index(newer) < ids(stack).index(older)
    assert detail(stack, newer)["status"] == "idle"
    assert detail(stack, newer)["cwd"] == str(stack.workspace)


def test_pages_hold_every_session_once(stack: Stack) -> None:
    made = {stack.create() for _ in range(7)}
    stack.wait(lambda: made <= set(ids(stack)), "all are listed")
    seen: list[str] = []
    cursor = ""
    while True:
        page = stack.get(f"/api/sessions?limit=3{cursor}").json()
        assert len(page["items"]) <= 3
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def test_a_change_names_what_it_changes_and_nothing_else_changes(stack: Stack) -> None:
    session = stack.create()
    stack.request("PATCH", f"/api/sessions/{session}", json={"title": "A name", "tags": ["b", "a", "b"]})
    stack.request("PATCH", f"/api/sessions/{session}", json={"archived": True})
    shown = stack.request("PATCH", f"/api/sessions/{session}", json={"permissionMode": "plan"}).json()
    assert (shown["title"], shown["tags"], shown["archived"]) == ("A name", ["b", "a"], True)
    assert shown["permissionMode"] == "plan"
    assert stack.request("PATCH", f"/api/sessions/{session}", json={"title": None}).json()["title"] is None
    assert session not in ids(stack)
    assert session in ids(stack, "?archived=true")
    assert session in ids(stack, "?archived=true&tag=a")
    assert session not in ids(stack, "?archived=true&tag=c")


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"title": 5}, 400, "title"),
        ({"title": "x" * 201}, 422, "title"),
        ({"tags": "a"}, 400, "tags"),
        ({"tags": [""]}, 422, "tags"),
        ({"tags": [str(n) for n in range(21)]}, 422, "tags"),
        ({"permissionMode": "bypassPermissions"}, 403, "permissionMode"),
        ({"title": "kept out", "permissionMode": "bypassPermissions"}, 403, "permissionMode"),
    ],
    ids=str,
)
def test_a_change_that_is_not_allowed_changes_nothing(stack: Stack, changes: Any, status: int, field: str) -> None:
    session = stack.create()
    before = detail(stack, session)
    response = stack.request("PATCH", f"/api/sessions/{session}", json=changes)
    assert (response.status_code, response.json()["field"]) == (status, field)
    assert detail(stack, session) == before


@pytest.mark.parametrize(
    ("wanted", "status", "field"),
    [
        ({"provider": "gpt"}, 422, "provider"),
        ({"cwd": "/etc"}, 403, "cwd"),
        ({"cwd": "../.."}, 403, "cwd"),
        ({"cwd": "nowhere"}, 404, "cwd"),
        ({"permissionMode": "bypassPermissions"}, 403, "permissionMode"),
        ({"resumeSessionId": NOBODY}, 404, None),
        ({"attachments": [{}]}, 422, "attachments"),
        ({"attachments": [{"path": "/etc/passwd"}]}, 403, "attachments"),
    ],
    ids=str,
)
def test_a_session_that_is_not_allowed_is_not_begun(stack: Stack, wanted: Any, status: int, field: str | None) -> None:
    before = len(ids(stack))
    response = stack.post("/api/sessions", {"provider": "scripted", **wanted})
    assert (response.status_code, response.json().get("field")) == (status, field), response.text
    assert len(ids(stack)) == before


def test_a_fork_is_another_session_with_the_same_past(stack: Stack) -> None:
    session = answered(stack)
    response = stack.post(f"/api/sessions/{session}/fork", {"title": "The other way"})
    assert response.status_code == 201, response.text
    fork = response.json()["id"]
    assert fork != session
    assert detail(stack, fork)["title"] == "The other way"
    pasts = []
    for one in (session, fork):
        with stack.stream(one) as viewer:
            viewer.until("replay_complete")
            pasts.append([frame["message"] for frame in viewer.frames if frame["type"] == "message"])
    assert pasts[0] == pasts[1] != []


def test_a_deleted_session_is_gone(stack: Stack) -> None:
    session = stack.create()
    assert stack.request("DELETE", f"/api/sessions/{session}").status_code == 204
    stack.wait(lambda: session not in ids(stack), "it is not listed")
    assert stack.get(f"/api/sessions/{session}").status_code == 404
    assert stack.request("DELETE", f"/api/sessions/{session}").status_code == 404


@pytest.mark.parametrize("session", [NOBODY, NOBODY.replace("4", "A"), "x", "%2e%2e", "{" + NOBODY + "}"])
def test_an_id_of_nothing_is_not_found(stack: Stack, session: str) -> None:
    response = stack.get(f"/api/sessions/{session}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_the_list_is_filtered(stack: Stack) -> None:
    (stack.workspace / "project").mkdir()
    session = answered(stack, "a quite uncommon prompt", cwd="project")
    other = stack.create()
    where = f"?cwd={stack.workspace / 'project'}"
    assert ids(stack, where) == [session]
    assert session in ids(stack, "?status=completed")
    assert other not in ids(stack, "?status=completed")
    assert ids(stack, "?q=uncommon") == [session]


def test_health_counts_sessions(stack: Stack) -> None:
    counts = stack.get("/healthz").json()
    assert counts["services"] == {"agents": "up"}
    assert counts["sessions"]["total"] >= 1


def test_what_was_noted_goes_along_when_a_session_gets_another_id(module_stack: Stack) -> None:
    stack = module_stack
    session = stack.create()
    noted = {"title": "The shop", "tags": ["work"]}
    assert stack.request("PATCH", f"/api/sessions/{session}", json=noted).status_code == 200
    with stack.stream(session) as viewer:
        viewer.send("prompt", text="[remap] On")
        present = viewer.until("session_redirected")["sessionId"]
        viewer.until("status", status="completed")

    def listed() -> list[dict[str, Any]]:
        found = [item for item in stack.get("/api/sessions").json() if item["id"] == present]
        return [{name: item[name] for name in noted} for item in found]

    stack.wait(lambda: listed() == [noted], "title and tags are those of the new id")
    stack.kill("serve")
    stack.start_web()
    assert listed() == [noted]
