"""The terminal through both processes."""

from typing import Any

import pytest
from tests.live.stack import HASH, Stack, Viewer


def read_until(viewer: Viewer, text: str) -> str:
    """Everything that the terminal showed, up to and with this text."""
    shown = ""
    while text not in shown:
        frame = viewer.next()
        assert frame["type"] == "output", frame
        shown += frame["data"]
    return shown


def attach(viewer: Viewer, **fields: Any) -> dict[str, Any]:
    viewer.send("attach", **{"cols": 80, "rows": 24, **fields})
    return viewer.until("attached")


def test_a_shell_runs_in_the_workspace_and_outlives_the_web_server(stack: Stack) -> None:
    with stack.socket("/api/terminal/stream") as connection:
        viewer = Viewer(connection)
        attached = attach(viewer, cols=123, rows=45)
        assert attached["fresh"] is True
        viewer.send("input", data="kept=yes; stty size; pwd; echo do''ne\n")
        shown = read_until(viewer, "\ndone")
        assert "45 123" in shown
        assert str(stack.workspace) in shown
        stack.kill("serve")
    stack.start_web()
    with stack.socket("/api/terminal/stream") as connection:
        viewer = Viewer(connection)
        assert attach(viewer, sessionId=attached["sessionId"])["fresh"] is False
        assert "45 123" in read_until(viewer, "\ndone")
        viewer.send("input", data="echo kept=$kept; exit 7\n")
        read_until(viewer, "kept=yes")
        assert viewer.until("exit")["exitCode"] == 7


def test_the_terminal_hands_out_no_secrets_of_the_service(stack: Stack) -> None:
    with stack.socket("/api/terminal/stream") as connection:
        viewer = Viewer(connection)
        attach(viewer)
        viewer.send("input", data="env; tr '\\0' '\\n' < /proc/$PPID/environ; echo do''ne\n")
        shown = read_until(viewer, "\ndone")
        assert "HOME=" in shown
        assert "API_PASSWORD" not in shown
        assert HASH not in shown


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "resize"},
        {"type": "resize", "cols": "80", "rows": 24},
        {"type": "resize", "cols": 80.5, "rows": 24},
        {"type": "resize", "cols": 0, "rows": 24},
        {"type": "resize", "cols": 80, "rows": 10**9},
        {"type": "input"},
        {"type": "input", "data": None},
        None,
        [],
    ],
    ids=str,
)
def test_a_frame_without_sound_values_changes_nothing(stack: Stack, frame: Any) -> None:
    with stack.socket("/api/terminal/stream") as connection:
        viewer = Viewer(connection)
        attach(viewer)
        connection.send(str(frame).replace("'", '"').replace("None", "null"))
        assert viewer.until("error")["code"]
        viewer.send("input", data="stty size; echo do''ne\n")
        assert "24 80" in read_until(viewer, "\ndone")


def test_terminals_that_nobody_looks_at_are_listed_and_ended(stack: Stack) -> None:
    assert stack.get("/api/terminals").json() == []
    with stack.socket("/api/terminal/stream") as one, stack.socket("/api/terminal/stream") as two:
        seen = Viewer(one)
        ids = [attach(viewer)["sessionId"] for viewer in (seen, Viewer(two))]
        assert [terminal["clients"] for terminal in stack.get("/api/terminals").json()] == [1, 1]
        two.close()
        stack.wait(lambda: [t["clients"] for t in stack.get("/api/terminals").json()] == [1, 0], "it is left alone")
        listed = stack.get("/api/terminals").json()
        assert [(terminal["sessionId"], terminal["cwd"]) for terminal in listed] == [
            (terminal_id, str(stack.workspace)) for terminal_id in ids
        ]
        assert stack.request("DELETE", f"/api/terminals/{ids[0]}").status_code == 204
        assert seen.until("exit")["exitCode"] >= 128
        assert stack.request("DELETE", f"/api/terminals/{ids[1]}").status_code == 204
        assert stack.get("/api/terminals").json() == []
        assert stack.request("DELETE", f"/api/terminals/{ids[1]}").status_code == 404


def test_who_opens_a_terminal_is_written_down(stack: Stack) -> None:
    ids: list[str] = []
    for _ in range(2):
        with stack.socket("/api/terminal/stream") as connection:
            viewer = Viewer(connection)
            ids.append(attach(viewer, sessionId=ids[0] if ids else None)["sessionId"])
            viewer.send("input", data="echo the secret\n")
            read_until(viewer, "the secret")
    entries = stack.get("/api/audit").json()["items"]
    assert [(entry["actor"], entry["action"], entry["target"]) for entry in entries] == [
        ("password password", "terminal attach", ids[0]),
        ("password password", "terminal open", ids[0]),
    ]
    assert "the secret" not in stack.get("/api/audit").text
