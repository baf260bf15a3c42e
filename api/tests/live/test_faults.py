"""What goes wrong at the worst moment: processes that die, crowds, full disks, clients that do not read."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live.desk import Desk, bash, texts
from tests.live.stack import DEADLINE, PASSWORD, Stack, Viewer
from tests.live.test_soak import open_stream
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from standins.claude_runs import claude_environment
from standins.messages_endpoint import Endpoint

CROWD = 50


def healthy(stack: Stack) -> bool:
    return stack.get("/healthz").status_code == 200


def test_an_approval_outlives_the_web_server(stack: Stack) -> None:
    session = stack.create("[tool-approval] build")
    with stack.stream(session) as viewer:
        approval = viewer.until("tool_approval_request")
        viewer.until("queue")
        cursor = viewer.cursor
        stack.kill("serve")
    stack.start_web()
    with stack.stream(session, cursor=cursor) as viewer:
        assert viewer.next()["result"] == "ok"
        viewer.send("approve", toolUseId=approval["toolUseId"])
        viewer.until("tool_approval_resolved", outcome="allowed")
        viewer.until("status", status="completed")


def test_what_waited_is_there_after_the_host_was_killed_but_nothing_that_is_dead(stack: Stack) -> None:
    session = stack.create("[tool-approval] build")
    with stack.stream(session) as viewer:
        approval = viewer.until("tool_approval_request")
        viewer.send("prompt", text="later", mode="queue", clientId="later")
        while not viewer.until("queue")["items"]:
            pass
        stack.kill("agents")
        with pytest.raises(ConnectionClosed):
            viewer.until("status", status="completed")
    stack.start_agents()
    stack.wait(lambda: healthy(stack), "the web server found the new agent host")
    detail = stack.get(f"/api/sessions/{session}").json()
    assert detail["status"] == "interrupted"
    assert "agent host was restarted" in detail["error"]
    assert detail["pendingApprovals"] == []
    assert detail["queue"]["paused"] is True
    with stack.stream(session) as viewer:
        assert viewer.until("queue")["items"][0]["clientId"] == "later"
        viewer.send("approve", toolUseId=approval["toolUseId"])
        assert viewer.until("error")["code"]
        viewer.send("queue_resume")
        viewer.until("status", status="completed")
        assert "Echo: later" in texts(viewer)


def test_a_prompt_is_not_lost_with_a_host_that_is_killed_while_claude_starts(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    with Stack(tmp_path, **claude_environment(endpoint, tmp_path / "home")) as stack:
        stack.start()
        desk = Desk(stack, endpoint, stack.workspace)
        session = desk.create()
        with desk.open(session) as viewer:
            viewer.send("prompt", text="EARLY BIRD", clientId="bird")
            viewer.until("status", status="starting")
            stack.kill("agents")
        stack.start_agents()
        stack.wait(lambda: healthy(stack), "the web server found the new agent host")
        assert [item["clientId"] for item in desk.detail(session)["queue"]["items"]] == ["bird"]
        with desk.open(session) as viewer:
            viewer.send("prompt", text="EARLY BIRD", clientId="bird")  # as clients do that saw no message of it
            viewer.send("queue_resume")
            viewer.until("status", status="completed")
            assert texts(viewer) == ["EARLY BIRD", "The egg has hatched."]


def test_a_killed_claude_is_an_error_that_says_so_and_the_next_prompt_goes_on(desk: Desk) -> None:
    desk.endpoint.script("DOOMED", bash("touch begun; tail -f /dev/null"), "Never said.")
    with desk.begin("Has it?", allowedTools=["Bash"]) as (session, viewer), desk.begin("WITNESS") as (_, other):
        viewer.until("status", status="completed")
        viewer.send("prompt", text="DOOMED")
        desk.stack.wait((desk.cwd / "begun").exists, "the tool runs")
        os.kill(claude_of(desk.stack.processes["agents"].pid, session), signal.SIGKILL)
        error = viewer.until("status", status="error")["error"]
        assert "SIGKILL" in error
        assert "send a prompt" in error
        viewer.send("prompt", text="GO ON")
        viewer.until("status", status="completed")
        other.until("status", status="completed")
    assert "Has it?" in json.dumps(desk.endpoint.asked("GO ON")[-1])


def claude_of(host: int, session: str) -> int:
    """The child of the agent host that runs this session."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == host and session.encode() in (stat.parent / "cmdline").read_bytes():
                return int(stat.parent.name)
    pytest.fail(f"no process of session {session}")


@pytest.mark.anyio
async def test_a_crowd_comes_back_at_once_and_misses_nothing(stack: Stack) -> None:
    session = await asyncio.to_thread(stack.create)
    cursors: list[int] = []
    async with open_stream(stack, session) as first:
        await first.send(json.dumps({"type": "subscribe"}))
        await first.send(json.dumps({"type": "prompt", "text": "[slow 100] walk"}))
        while len(cursors) < CROWD:
            frame = json.loads(await first.recv())
            if frame["type"] == "replay_complete":
                epoch = frame["cursor"].partition(":")[0]
            if "seq" in frame:
                cursors.append(frame["seq"])
    await asyncio.to_thread(stack.kill, "serve")
    await asyncio.to_thread(stack.start_web)

    async def come_back(seq: int) -> list[int]:
        async with open_stream(stack, session) as connection, asyncio.timeout(DEADLINE):
            await connection.send(json.dumps({"type": "subscribe", "cursor": f"{epoch}:{seq}"}))
            assert json.loads(await connection.recv())["result"] == "ok"
            seqs: list[int] = []
            while True:
                frame = json.loads(await connection.recv())
                if "seq" in frame:
                    seqs.append(frame["seq"])
                if frame.get("status") == "completed":
                    return seqs

    heard = await asyncio.gather(*(come_back(seq) for seq in cursors))
    for seq, seqs in zip(cursors, heard, strict=True):
        assert seqs == list(range(seq + 1, heard[0][-1] + 1))


def test_a_client_that_does_not_read_is_cut_and_others_are_not(stack: Stack) -> None:
    session = stack.create()
    page = "x" * 900_000
    headers = {"Authorization": f"Bearer {PASSWORD}"}
    url = f"ws://127.0.0.1:{stack.port}/api/sessions/{session}/stream"
    with (
        connect(url, additional_headers=headers, max_size=None, max_queue=1, open_timeout=DEADLINE) as lazy,
        stack.stream(session) as good,
    ):
        viewer = Viewer(lazy)
        viewer.send("subscribe")
        viewer.until("queue")
        good.until("queue")
        for number in range(12):
            good.send("prompt", text=f"{number} {page}")
            good.until("status", status="completed")
        assert good.numbers == list(range(good.numbers[0], good.numbers[-1] + 1))
        with pytest.raises(ConnectionClosed):
            viewer.until("never")
    assert viewer.numbers[-1] < good.numbers[-1]
    with stack.stream(session, cursor=viewer.cursor) as again:
        again.next()
        again.send("prompt", text="still there?")
        again.until("status", status="completed")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_on_a_full_disk_sessions_go_on_and_errors_are_clear(small_disk: Path, tmp_path: Path) -> None:
    with Stack(tmp_path / "stack", HATCHPOD_STATE_DIR=str(small_disk / "state")) as stack:
        stack.start()
        session = stack.create("before")
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        with stack.stream(session) as viewer:
            viewer.until("queue")
            viewer.send("prompt", text="while it is full")
            viewer.until("status", status="completed")
            assert "Echo: while it is full" in texts(viewer)
        credential = {"kind": "api_key", "value": "sk-ant-api03-" + "x" * 80}
        for refused in (
            stack.post("/api/tokens", {"name": "x" * 60}),
            stack.request("PUT", "/api/claude/credential", json=credential),
            stack.get("/api/push/key"),
        ):
            assert refused.status_code == 503, refused.text
            assert "free some space" in refused.json()["error"]
        health = stack.get("/healthz").json()
        assert any("free some space" in problem for problem in health["problems"]), health
        filler.unlink()
        stack.wait(lambda: stack.get("/healthz").json()["problems"] == [], "nothing is wrong any more")
        assert stack.post("/api/tokens", {"name": "phone"}).status_code == 201
        assert stack.request("PUT", "/api/claude/credential", json=credential).status_code == 204
        assert stack.get("/api/push/key").status_code == 200
        for name in ("serve", "agents"):
            stack.kill(name)
        stack.start()
        assert stack.get(f"/api/sessions/{session}").json()["numTurns"] == 2
