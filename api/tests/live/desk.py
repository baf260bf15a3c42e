"""Sessions of the real `claude` in a folder, and what tests of them have in common."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.live.stack import Frame, Stack, Viewer

from standins.messages_endpoint import Answer, Endpoint, Text, Use


@dataclass
class Desk:
    stack: Stack
    endpoint: Endpoint
    cwd: Path

    def create(self, prompt: str = "", **fields: Any) -> str:
        return self.stack.create(prompt, provider="claude", cwd=str(self.cwd), **fields)

    @contextmanager
    def open(self, session: str, cursor: str | None = None) -> Iterator[Viewer]:
        """A client that has the whole snapshot."""
        with self.stack.stream(session, cursor=cursor) as viewer:
            viewer.until("queue")
            yield viewer

    @contextmanager
    def begin(self, prompt: str, **fields: Any) -> Iterator[tuple[str, Viewer]]:
        """A new session, a client of it, and a prompt that this client sends."""
        session = self.create(**fields)
        with self.open(session) as viewer:
            viewer.send("prompt", text=prompt)
            yield session, viewer

    def detail(self, session: str) -> dict[str, Any]:
        response = self.stack.get(f"/api/sessions/{session}")
        assert response.status_code == 200, response.text
        return dict(response.json())


def bash(command: str) -> Answer:
    return Answer([Use("Bash", {"command": command, "description": "Do it"})])


def held(text: str = "One two three four five six.") -> Answer:
    """An answer that stops in the middle of its text until its gate is opened."""
    return Answer([Text(text, pieces=6)], gate=threading.Event())


def let_go(answer: Answer) -> None:
    assert answer.gate is not None
    answer.gate.set()


def said(viewer: Viewer) -> dict[int, Frame]:
    """The newest form of each message that the client has, by index."""
    messages = {}
    for frame in viewer.frames:
        if frame["type"] == "message":
            messages[frame["message"]["index"]] = {**frame["message"], "clientId": None}
    return messages


def texts(viewer: Viewer) -> list[str]:
    return [part["text"] for message in said(viewer).values() for part in message.get("parts", []) if "text" in part]


def results(viewer: Viewer) -> list[Frame]:
    parts = [part for message in said(viewer).values() for part in message.get("parts", [])]
    return [part for part in parts if part["type"] == "tool_result"]
