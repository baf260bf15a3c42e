"""Streams as the server really tells them, kept for the tests of the web UI, which reduces them.

`GOLDEN=write pytest api/tests/live/test_golden.py` writes them anew after the server has learned to tell more.
"""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.live.stack import Frame, Stack, Viewer

GOLDEN = Path(__file__).parents[2] / "ui/src/stream/golden"
EPOCH = "0123456789abcdef"
NOW = "2026-01-01T00:00:00.000Z"

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Script = Callable[[Viewer], None]


def plain(prompt: str, status: str = "completed") -> Script:
    def play(viewer: Viewer) -> None:
        viewer.send("prompt", text=prompt, clientId="mine")
        viewer.until("status", status=status)

    return play


def approved(prompt: str, **answer: object) -> Script:
    def play(viewer: Viewer) -> None:
        viewer.send("prompt", text=prompt)
        asked = viewer.until("tool_approval_request")
        viewer.send("approve", toolUseId=asked["toolUseId"], **answer)
        viewer.until("status", status="completed")

    return play


def denied(viewer: Viewer) -> None:
    viewer.send("prompt", text="[tool-approval-multi]")
    asked = viewer.until("tool_approval_request")
    viewer.send("deny", toolUseId=asked["toolUseId"], message="Not now.")
    viewer.until("status", status="completed")


def interrupted(viewer: Viewer) -> None:
    viewer.send("prompt", text="[deaf]")
    viewer.until("message")
    viewer.send("prompt", text="Then this", mode="queue", clientId="later")
    viewer.until("queue")
    viewer.send("interrupt")
    viewer.until("status", status="interrupted")
    viewer.send("queue_resume")
    viewer.until("status", status="completed")


def waiting(viewer: Viewer) -> None:
    viewer.send("prompt", text="[question]")
    viewer.until("status", status="waiting_for_approval")


SCRIPTS: dict[str, Script] = {
    "answer": plain("Good morning"),
    "clear": plain("[clear] Anew"),
    "compacting": plain("[compacting] On"),
    "crash": plain("[crash]", "error"),
    "denied": denied,
    "interrupted": interrupted,
    "many-messages": plain("[long 40]"),
    "plan": approved("[plan]", targetMode="acceptEdits"),
    "question": approved("[question]", answers={"Which colour?": "Blue"}),
    "rate-limit": plain("[rate-limit]", "error"),
    "redirected": plain("[remap] On"),
    "subagent": plain("[subagent]"),
    "tasks": plain("[tasks] Done"),
    "thinking": plain("[thinking]"),
    "tool": plain("[tool] Read"),
    "waiting": waiting,
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_streams_that_the_ui_is_tested_with_are_those_of_the_server(module_stack: Stack, name: str) -> None:
    session = module_stack.create()
    with module_stack.stream(session) as viewer:
        viewer.until("queue")
        SCRIPTS[name](viewer)
        with module_stack.stream(session) as late:
            late.until("queue")
            text = recorded(viewer.frames, late.frames)
    file = GOLDEN / f"{name}.json"
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert file.read_text() == text, f"{file.name} is out of date; write it anew with GOLDEN=write"


def test_no_stream_is_kept_that_nobody_tells() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(SCRIPTS)


def recorded(frames: list[Frame], snapshot: list[Frame]) -> str:
    """The stream of one who was there, and of one who came at its end; one frame a line."""
    text = f'{{\n"frames": [\n{_lines(frames)}\n],\n"snapshot": [\n{_lines(snapshot)}\n]\n}}\n'
    for number, uuid in enumerate(dict.fromkeys(_UUID.findall(text))):
        text = text.replace(uuid, f"00000000-0000-4000-8000-{number:012}")
    return text


def _lines(frames: list[Frame]) -> str:
    """Without what comes when it likes (the state of git), and with the same numbers and times in every run."""
    kept = [_settled(frame) for frame in frames if frame["type"] != "git_diff_stat"]
    number = 0
    for frame in kept:
        if "cursor" in frame:
            frame["cursor"] = f"{EPOCH}:0"
        if frame["type"] == "resume":
            number = 0  # a new epoch
        if "seq" in frame:
            number += 1
            frame["seq"] = number
    return ",\n".join(json.dumps(frame) for frame in kept)


def _settled(frame: Frame) -> Frame:
    if frame["type"] == "queue":
        return {**frame, "items": [{**item, "createdAt": NOW} for item in frame["items"]]}
    return dict(frame)
