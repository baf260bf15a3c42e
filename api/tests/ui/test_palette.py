"""Ctrl-K: sessions, places and actions by a part of their name."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from tests.live.stack import PASSWORD, Stack


class Palette:
    """A person at the keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("dialog", name="Go to").get_by_role("combobox")

    @property
    def choices(self) -> Locator:
        return self.page.get_by_role("dialog", name="Go to").get_by_role("option")

    def open(self, key: str = "Control+k") -> None:
        self.page.keyboard.press(key)
        expect(self.field).to_be_focused()

    def first(self, text: str) -> None:
        """It is the one that Enter takes."""
        expect(self.choices.first).to_have_text(text)
        expect(self.choices.first).to_have_attribute("aria-selected", "true")


@pytest.fixture
def palette(context: BrowserContext, page: Page, ui_stack: Stack) -> Palette:
    answer = context.request.post("/api/login", data={"password": PASSWORD})
    assert answer.status == 204, answer.text()
    page.goto("/")
    expect(page.get_by_role("heading", name="Sessions", level=1)).to_be_visible()
    return Palette(page)


@pytest.fixture(scope="module", autouse=True)
def named(ui_stack: Stack) -> str:
    """A session whose title is also that of no place."""
    session = ui_stack.create()
    title = {"title": "Paint the git shed"}
    ui_stack.request("PATCH", f"/api/sessions/{session}", json=title).raise_for_status()
    return session


def test_a_place_is_gone_to_by_a_part_of_its_name(palette: Palette) -> None:
    palette.open()
    palette.field.press_sequentially("git")
    palette.first("Git")
    expect(palette.choices).to_have_text(["Git", re.compile("Paint the git shed")])
    palette.page.keyboard.press("Enter")
    expect(palette.page).to_have_url("/git")
    expect(palette.field).to_have_count(0)


def test_a_session_is_gone_to_by_arrow_keys(palette: Palette, named: str) -> None:
    palette.open("Meta+k")
    expect(palette.choices.first).to_contain_text("Paint the git shed")
    palette.field.press_sequentially("git")
    palette.first("Git")
    expect(palette.choices).to_have_count(2)
    palette.page.keyboard.press("ArrowDown")
    palette.page.keyboard.press("Enter")
    expect(palette.page).to_have_url(f"/sessions/{named}")


def test_what_was_found_for_other_words_is_not_offered(palette: Palette) -> None:
    palette.open()
    expect(palette.choices.first).to_contain_text("Paint the git shed")
    palette.page.route("**/api/sessions?*q=*", lambda _: None)  # an answer that never comes
    palette.field.press_sequentially("usage")
    palette.first("Usage")
    expect(palette.choices).to_have_count(1)
    palette.field.fill("shed")
    palette.first("Paint the git shedworkspace")


def test_what_nothing_is_called_is_told(palette: Palette) -> None:
    palette.open()
    palette.field.press_sequentially("nowhere at all")
    expect(palette.page.get_by_text("Nothing by that name.")).to_be_visible()
    expect(palette.choices).to_have_count(0)
    palette.page.keyboard.press("Escape")
    expect(palette.field).to_have_count(0)


def test_an_action_is_done_by_name(palette: Palette) -> None:
    palette.open()
    palette.field.press_sequentially("dark")
    palette.first("Theme: dark")
    palette.page.keyboard.press("Enter")
    expect(palette.page.locator("html")).to_have_attribute("data-theme", "dark")
    palette.open()
    palette.field.press_sequentially("new")
    palette.first("New session")
    palette.page.keyboard.press("Enter")
    expect(palette.page).to_have_url("/new")
    expect(palette.page.get_by_role("textbox", name="Prompt")).to_be_visible()
    palette.open()
    palette.field.press_sequentially("log out")
    palette.first("Log out")
    palette.page.keyboard.press("Enter")
    expect(palette.page.get_by_label("Password")).to_be_visible()
