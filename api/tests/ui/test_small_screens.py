"""Phones: the way back by a finger, what lies under the camera and the corners, and a terminal on the smallest one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from tests.live.stack import PASSWORD, Stack
from tests.ui.reading import context_of

_SWIPE = """([start, end]) => {
    const target = document.querySelector('main')
    for (const [kind, [clientX, clientY]] of [['touchstart', start], ['touchend', end]]) {
        const touch = new Touch({ identifier: 0, target, clientX, clientY })
        const touches = kind === 'touchstart' ? [touch] : []
        target.dispatchEvent(new TouchEvent(kind, { touches, changedTouches: [touch], bubbles: true }))
    }
}"""
# What is not for content on a phone with a notch, as it is held and on its side.
UPRIGHT = {"top": 47, "left": 0, "right": 0, "bottom": 34}
ASIDE = {"top": 0, "left": 47, "right": 47, "bottom": 21}


@pytest.fixture
def phone(browser: Browser, ui_stack: Stack) -> Iterator[BrowserContext]:
    context = context_of(browser, ui_stack, "phone")
    answer = context.request.post("/api/login", data={"password": PASSWORD})
    assert answer.status == 204, answer.text()
    yield context
    context.close()


def swipe(page: Page, start: tuple[int, int], end: tuple[int, int]) -> None:
    """As the page hears of it. A finger of the debugger would also go back by Chromium's own ways."""
    page.evaluate(_SWIPE, [start, end])


def test_a_finger_from_the_left_edge_goes_back_and_no_other_does(phone: BrowserContext, ui_stack: Stack) -> None:
    page = phone.new_page()
    address = f"/sessions/{ui_stack.create('Hello')}"
    page.goto(address)
    expect(page.get_by_role("region", name="Conversation").get_by_text("Echo: Hello")).to_be_visible()
    for start, end in (((150, 300), (320, 300)), ((8, 300), (60, 300)), ((8, 300), (120, 500))):
        swipe(page, start, end)
    expect(page).to_have_url(address)
    swipe(page, (8, 300), (200, 320))
    expect(page).to_have_url("/")


def test_nothing_lies_under_the_camera_or_in_the_corners(phone: BrowserContext, ui_stack: Stack) -> None:
    page = phone.new_page()
    debugger = phone.new_cdp_session(page)
    session = f"/sessions/{ui_stack.create('Hello')}"
    for address, outermost in (
        ("/", page.get_by_role("navigation", name="Places").or_(page.locator("header")).get_by_role("link")),
        (session, page.get_by_role("link", name="Back").or_(page.get_by_role("group", name="Prompt", exact=True))),
    ):
        page.goto(address)
        expect(page.get_by_role("main").get_by_text("Hello").first).to_be_visible()
        for insets, size in ((UPRIGHT, (375, 812)), (ASIDE, (812, 375))):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            debugger.send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})
            assert within(outermost, insets, size), (address, insets)


def within(outermost: Locator, insets: dict[str, int], size: tuple[int, int]) -> bool:
    """Whether all of them are where nothing else is."""
    boxes = [box for each in outermost.all() if (box := each.bounding_box())]
    assert boxes
    return all(
        box["x"] >= insets["left"]
        and box["y"] >= insets["top"]
        and box["x"] + box["width"] <= size[0] - insets["right"]
        and box["y"] + box["height"] <= size[1] - insets["bottom"]
        for box in boxes
    )


def test_a_terminal_has_room_on_the_smallest_phone(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.set_viewport_size({"width": 320, "height": 568})
    page.goto("/terminal")
    expect(page.locator(".xterm-rows")).to_contain_text(re.compile(r"\S"))
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    screen = page.locator(".xterm-screen").bounding_box()
    assert screen is not None
    assert screen["x"] >= 0
    assert screen["x"] + screen["width"] <= 320


def test_a_field_that_is_typed_into_is_not_zoomed_to(phone: BrowserContext, ui_stack: Stack) -> None:
    """Where `test_access.py` does not come: the file editor, a commit, and the choices while a turn runs."""
    (ui_stack.workspace / "note.txt").write_text("Hello")
    session = ui_stack.create("[deaf] Hello")
    page = phone.new_page()
    for address, field in (
        ("/files?path=note.txt", page.locator(".cm-content")),
        (f"/sessions/{session}", page.get_by_label("While it works")),
        ("/settings/general", page.get_by_label("Font size")),
        ("/usage", page.get_by_role("combobox", name="Range")),
    ):
        page.goto(address)
        expect(field).to_be_visible()
        assert field.evaluate("field => parseFloat(getComputedStyle(field).fontSize)") >= 16, address
