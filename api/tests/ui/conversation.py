"""A person at an open session: what they see of it, and what they do there."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect
from tests.live.stack import DEADLINE, PASSWORD, Stack

expect.set_options(timeout=DEADLINE * 1000)

PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}


class Conversation:
    def __init__(self, page: Page, stack: Stack, session: str) -> None:
        self.page = page
        self.stack = stack
        self.session = session

    @classmethod
    def open(cls, context: BrowserContext, page: Page, stack: Stack, session: str) -> Conversation:
        """Signed in, with the session's messages on the screen."""
        answer = context.request.post("/api/login", data={"password": PASSWORD})
        assert answer.status == 204, answer.text()
        page.goto(f"/sessions/{session}")
        conversation = cls(page, stack, session)
        expect(conversation.box).to_be_visible()
        return conversation

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Prompt", exact=True)

    @property
    def queue(self) -> Locator:
        return self.page.get_by_role("region", name="Queue")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def messages(self) -> Locator:
        """What was said, without what the page says of it elsewhere: the list of sessions, the screen reader's news."""
        return self.page.get_by_role("region", name="Conversation")

    def say(self, text: str) -> None:
        self.box.fill(text)
        if self.page.evaluate("matchMedia('(pointer: coarse)').matches"):  # where Enter begins a line
            self.page.get_by_role("button", name=re.compile("^(Send prompt|Queue prompt|Steer the turn)$")).tap()
        else:
            self.box.press("Enter")

    def sees(self, text: str) -> None:
        expect(self.page.get_by_role("main").get_by_text(text).first).to_be_visible()

    def status(self, status: str) -> None:
        """Wait until the server says so."""
        self.stack.wait(lambda: self.detail()["status"] == status, f"the session is {status}")

    def detail(self) -> dict[str, Any]:
        return dict(self.stack.get(f"/api/sessions/{self.session}").json())

    def said(self, role: str = "user") -> list[str]:
        """What the server has, in order."""
        page = self.stack.get(f"/api/sessions/{self.session}/messages?limit=100").json()
        messages = [message for message in page["messages"] if message["role"] == role]
        return [part["text"] for message in messages for part in message["parts"] if part["type"] == "text"]


def counted(steps: int) -> str:
    """What the scripted agent says to `[slow <steps>]`."""
    return " ".join(f"step {step}" for step in range(steps))
