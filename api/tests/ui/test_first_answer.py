"""From the first login to the first answer, on a phone, with the real `claude`; the Messages API is a stand-in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.live.stack import PASSWORD, Stack
from tests.ui.conftest import Shot
from tests.ui.conversation import Conversation
from tests.ui.reading import context_of

from standins.claude_runs import claude_environment, endpoint
from standins.messages_endpoint import Endpoint

__all__ = ["endpoint"]


@pytest.fixture(scope="module")
def ui_stack(built_ui: Path, endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    root = tmp_path_factory.mktemp("first")
    environment = claude_environment(endpoint, root / "home")
    with Stack(root, **{**environment, "HATCHPOD_UI_DIR": str(built_ui)}) as stack:
        stack.start()
        yield stack


@pytest.fixture
def phone(browser: Browser, ui_stack: Stack) -> Iterator[Page]:
    context = context_of(browser, ui_stack, "phone")
    yield context.new_page()
    context.close()


def picture(page: Page, folder: Path) -> Path:
    """A red square of 40 by 40, as PNG."""
    red = """() => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 40 })
        const pen = canvas.getContext('2d')
        pen.fillStyle = 'red'
        pen.fillRect(0, 0, 40, 40)
        return canvas.toDataURL('image/png').split(',')[1]
    }"""
    path = folder / "square.png"
    path.write_bytes(base64.b64decode(page.evaluate(red)))
    return path


def test_from_the_first_login_to_an_answer_about_a_picture(
    phone: Page, ui_stack: Stack, endpoint: Endpoint, shot: Shot, tmp_path: Path
) -> None:
    endpoint.script("HARBOUR", "Ships come and go.")
    endpoint.script("COLOUR", "It is **red**.")
    phone.goto("/")
    phone.get_by_label("Password").fill("wrong")
    phone.get_by_role("button", name="Log in").tap()
    expect(phone.get_by_role("alert")).to_be_visible()
    phone.get_by_label("Password").fill(PASSWORD)
    phone.get_by_role("button", name="Log in").tap()
    phone.get_by_role("link", name="New").first.tap()
    phone.get_by_role("textbox", name="Prompt").fill("Tell me of the HARBOUR")
    phone.get_by_role("button", name="Start session").tap()
    expect(phone.get_by_role("region", name="Conversation")).to_contain_text("Ships come and go.")
    shot(phone, "first-answer-phone-light")

    session = phone.url.rpartition("/")[2]
    conversation = Conversation(phone, ui_stack, session)
    conversation.status("completed")
    square = picture(phone, tmp_path)
    with phone.expect_file_chooser() as chosen:
        phone.get_by_role("button", name="Attach").tap()
    chosen.value.set_files(square)
    expect(phone.get_by_role("list", name="Attachments").locator("img")).to_be_visible()
    conversation.say("Which COLOUR is it?")
    expect(conversation.messages.locator("strong")).to_have_text("red")
    expect(conversation.messages.get_by_role("list", name="Images").get_by_role("img")).to_be_visible()
    shot(phone, "first-picture-phone-light")
    sent = json.dumps(endpoint.asked("COLOUR")[-1])
    assert '"media_type": "image/png"' in sent


def test_a_session_begins_with_a_picture(phone: Page, ui_stack: Stack, endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.script("SHAPE", "It is a square.")
    answer = phone.context.request.post("/api/login", data={"password": PASSWORD})
    assert answer.status == 204, answer.text()
    phone.goto("/new")
    phone.get_by_role("textbox", name="Prompt").fill("Which SHAPE is it?")
    phone.locator("input[type=file]").set_input_files(picture(phone, tmp_path))
    expect(phone.get_by_role("list", name="Attachments").locator("img")).to_be_visible()
    phone.get_by_role("button", name="Start session").tap()
    conversation = phone.get_by_role("region", name="Conversation")
    expect(conversation).to_contain_text("It is a square.")
    expect(conversation.get_by_role("list", name="Images").get_by_role("img")).to_be_visible()
