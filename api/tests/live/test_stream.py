"""The session stream through both processes: replay, live, resume, and what no client can break."""

import json
from typing import Any

import pytest
from tests.live.stack import PASSWORD, Stack, Viewer
from websockets.exceptions import ConnectionClosed

NOBODY = "00000000-0000-4000-8000-000000000000"


def text_of(frame: dict[str, Any]) -> str:
    return "".join(part.get("text", "") for part in frame["message"].get("parts", []))


def test_a_prompt_is_answered_and_every_client_sees_the_same_story(stack: Stack) -> None:
    session = stack.create()
    with stack.stream(session) as one, stack.stream(session) as two:
        for viewer in (one, two):
            assert viewer.until("replay_complete")["totalMessages"] == 0
            viewer.until("status", status="idle")
        one.send("prompt", text="hello", clientId="mine")
        for viewer in (one, two):
            assert viewer.until("message")["message"]["clientId"] == "mine"
            viewer.until("status", status="completed")
            assert "Echo: hello" in [text_of(f) for f in viewer.frames if f["type"] == "message"]
        assert one.numbers == two.numbers == list(range(one.numbers[0], one.numbers[0] + len(one.numbers)))


def test_a_killed_web_server_loses_nothing(stack: Stack) -> None:
    session = stack.create()
    with stack.stream(session) as viewer:
        viewer.until("status", status="idle")
        viewer.send("prompt", text="[slow] one two three")
        viewer.until("text_delta")
        cursor, seen = viewer.cursor, viewer.numbers
        stack.kill("serve")
    stack.start_web()
    with stack.stream(session, cursor=cursor) as viewer:
        assert viewer.next()["result"] == "ok"
        viewer.until("status", status="completed")
        assert viewer.numbers == list(range(seen[-1] + 1, viewer.numbers[-1] + 1))


def test_a_killed_agent_host_is_a_gap_and_the_session_goes_on(stack: Stack) -> None:
    session = stack.create()
    with stack.stream(session) as viewer:
        viewer.until("status", status="idle")
        viewer.send("prompt", text="[slow] a b c")
        viewer.until("text_delta")
        cursor = viewer.cursor
        stack.kill("agents")
        with pytest.raises(ConnectionClosed):
            viewer.until("status", status="completed")
    assert stack.get("/healthz").status_code == 503
    stack.start_agents()
    stack.wait(lambda: stack.get("/healthz").status_code == 200, "the web server found the new agent host")
    with stack.stream(session, cursor=cursor) as viewer:
        assert viewer.next()["result"] == "gap"
        viewer.until("replay_complete")
        assert viewer.until("status")["status"] == "interrupted"
        viewer.send("prompt", text="still there?")
        viewer.until("status", status="completed")


@pytest.mark.parametrize(
    "frame",
    [
        *(b"null", b"[]", b"1", b'"x"', b"NaN", b"", b"{}", b"\xff\xfe", b"[" * 100_000),
        *(b'{"type":null}', b'{"type":"unheard_of"}', b'{"type":"prompt"}', b'{"type":"prompt","text":5}'),
        *(
            b'{"type":"approve"}',
            b'{"type":"prompt","text":"\\ud800"}',
            b'{"type":"deny","toolUseId":' + b"1" * 2_000_000,
        ),
    ],
    ids=lambda frame: repr(frame[:24]),
)
def test_a_frame_that_is_none_gets_an_error_and_harms_nobody(stack: Stack, frame: bytes) -> None:
    session = stack.create()
    with stack.stream(session) as bad, stack.stream(session) as good:
        bad.until("status", status="idle")
        good.until("status", status="idle")
        bad.connection.send(frame)
        error = bad.until("error")
        assert error["error"]
        assert error["code"]
        for viewer in (bad, good):
            viewer.send("ping")
            viewer.until("pong")


@pytest.mark.parametrize(
    "rest",
    [b'"text":5', b'"text":"\\ud800"', b'"text":"x","attachments":[{"url":"x"}]', b'"mode":"later","text":"x"'],
    ids=repr,
)
@pytest.mark.parametrize("first", [True, False])
def test_a_prompt_that_cannot_be_read_is_refused_by_its_name(stack: Stack, rest: bytes, first: bool) -> None:
    """A client would take its `pong` for the news that the prompt has arrived."""
    with stack.socket(f"/api/sessions/{stack.create()}/stream") as connection:
        viewer = Viewer(connection)
        if not first:
            viewer.send("subscribe")
            viewer.until("queue")
        connection.send(b'{"type":"prompt","clientId":"mine",' + rest + b"}")
        assert viewer.until("error")["clientId"] == "mine"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"null", 4002),
        (b"[]", 4002),
        (b"NaN", 4002),
        (b"\xff", 4002),
        (b"{}", 4001),
        (b'{"type":"subscribe"}', 4001),
        (b'{"type":"auth"}', 4001),
        (b'{"type":"auth","token":null}', 4001),
        (b'{"type":"auth","token":"wrong"}', 4001),
        (json.dumps({"type": "auth", "token": "ü" * len(PASSWORD)}).encode(), 4001),
        (json.dumps({"type": "auth", "token": "\ud800" + PASSWORD}).encode(), 4002),
        (b'{"type":"auth","token":"' + b"x" * 2_000_000 + b'"}', 4001),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_stranger_is_shown_the_door(stack: Stack, frame: bytes, code: int) -> None:
    with stack.socket(f"/api/sessions/{NOBODY}/stream", token=None) as connection:
        connection.send(frame)
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code
    assert stack.get("/healthz").status_code == 200


def test_ways_to_be_let_in(stack: Stack) -> None:
    session = stack.create()
    path = f"/api/sessions/{session}/stream"
    with stack.socket(f"{path}?token={PASSWORD}", token=None) as connection:
        Viewer(connection).until("replay_complete")
    with stack.socket(path, token=None) as connection:
        viewer = Viewer(connection)
        viewer.send("auth", token=PASSWORD)
        viewer.until("replay_complete")
    device = stack.post("/api/tokens", {"name": "phone"}).json()
    with stack.socket(path, token=device["token"]) as connection:
        Viewer(connection).until("replay_complete")  # without a word from the client


def test_a_revoked_device_loses_its_open_sockets_at_once(stack: Stack) -> None:
    session = stack.create()
    device = stack.post("/api/tokens", {"name": "phone"}).json()
    with stack.stream(session, token=device["token"]) as viewer:
        viewer.until("status", status="idle")
        assert stack.request("DELETE", f"/api/tokens/{device['id']}").status_code == 204
        with pytest.raises(ConnectionClosed) as closed:
            viewer.until("never")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4001


def test_a_page_of_another_site_opens_no_socket(stack: Stack) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        response = stack.get(
            f"/api/sessions/{NOBODY}/stream",
            headers={"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
            | {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
            | headers,
        )
        assert response.status_code == 403


def test_an_unknown_session_is_an_empty_history(stack: Stack) -> None:
    with stack.stream(NOBODY) as viewer:
        assert viewer.until("replay_complete")["totalMessages"] == 0
        assert viewer.until("status")["status"] == "history"
