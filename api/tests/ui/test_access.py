"""Every view is for everybody: in both themes, on a phone and at a desk, and on the smallest phone as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.live.stack import PASSWORD, Stack
from tests.ui.conftest import Shot
from tests.ui.reading import context_of, violations
from tests.ui.showcase import Showcase, furnish

from standins.claude_runs import claude_environment, endpoint
from standins.messages_endpoint import Endpoint

__all__ = ["endpoint"]

# Opens one view after the other, and gives the name of each once it is there.
Way = Callable[[Page, Showcase], Iterator[str]]

SMALLEST = 320  # pixels
# Phones zoom when a field gets the focus whose text is smaller than 16 px.
_SMALL_FIELDS = """() => [...document.querySelectorAll('input, textarea, select, [contenteditable=true]')].filter(
    (field) => !['checkbox', 'radio', 'range', 'file'].includes(field.type) && field.checkVisibility()
        && parseFloat(getComputedStyle(field).fontSize) < 16).map((field) => field.outerHTML)"""
_CUT_OFF = """() => [...document.querySelectorAll('a, button, input, textarea, select, summary, h1, h2')].filter(
    (one) => {
        const { left, right, width } = one.getBoundingClientRect()
        return width > 1 && one.checkVisibility() && !one.closest('[role=group], .xterm')
            && (left < 0 || right > innerWidth)
    }).map((one) => one.outerHTML)"""


@pytest.fixture(scope="module")
def ui_stack(built_ui: Path, endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    root = tmp_path_factory.mktemp("access")
    environment = claude_environment(endpoint, root / "home")
    with Stack(root, **{**environment, "HATCHPOD_UI_DIR": str(built_ui)}) as stack:
        stack.start()
        yield stack


@pytest.fixture(scope="module")
def showcase(ui_stack: Stack, endpoint: Endpoint) -> Showcase:
    return furnish(ui_stack, endpoint)


def login(page: Page, _: Showcase) -> Iterator[str]:
    page.context.clear_cookies()
    page.goto("/")
    expect(page.get_by_label("Password")).to_be_visible()
    yield "login"
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "login-refused"


def sessions(page: Page, _: Showcase) -> Iterator[str]:
    page.goto("/")
    title = "Upgrade the dependencies"
    expect(page.get_by_role("link", name=title)).to_be_visible()
    yield "sessions"
    page.get_by_role("button", name=f"Actions for {title}").click()
    expect(page.get_by_role("menu")).to_be_visible()
    yield "session-menu"
    for action in ("Rename", "Tags", "Export", "Delete"):
        page.get_by_role("menuitem", name=action).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        yield f"session-{action.lower()}"
        page.keyboard.press("Escape")
        page.get_by_role("button", name=f"Actions for {title}").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Filters").click()
    yield "filters"
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("searchbox", name="Search sessions").fill("floats")
    page.get_by_role("button", name="messages").click()
    expect(page.get_by_role("list", name="Messages found").locator("mark").first).to_be_visible()
    yield "search"


def new_session(page: Page, _: Showcase) -> Iterator[str]:
    page.goto("/new")
    expect(page.get_by_role("textbox", name="Prompt")).to_be_visible()
    page.get_by_role("textbox", name="Prompt").fill("Sell chicks as well: they cost 2.50, and only in spring.")
    yield "new-session"
    page.get_by_role("button", name="Folder:").click()
    page.get_by_role("dialog").get_by_role("button", name="New folder").click()
    expect(page.get_by_label("Name of the new folder")).to_be_visible()
    yield "folder-picker"


def palette(page: Page, _: Showcase) -> Iterator[str]:
    page.goto("/")
    expect(page.get_by_role("link", name="Upgrade the dependencies")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Upgrade the dependencies")).to_be_visible()
    yield "palette"
    page.get_by_role("combobox").fill("nowhere at all")
    expect(page.get_by_text("Nothing by that name.")).to_be_visible()
    yield "palette-empty"


def chat(page: Page, showcase: Showcase) -> Iterator[str]:
    page.goto(f"/sessions/{showcase.done}")
    for late in ("Nothing else reads", "200 passed in 3.21s"):
        expect(page.get_by_role("region", name="Conversation")).to_contain_text(late)
    yield "chat"


def answering(page: Page, showcase: Showcase) -> Iterator[str]:
    page.goto(f"/sessions/{showcase.waiting}")
    card = page.get_by_role("region", name="Allow Edit?")
    expect(card.get_by_role("group")).to_contain_text("removed")
    expect(page.get_by_role("region", name="Conversation")).to_contain_text("+3")
    yield "approval"
    for action in ("Deny", "Always", "Edit"):
        card.get_by_role("button", name=action).click()
        expect(card.get_by_role("textbox")).to_be_visible()
        yield f"approval-{action.lower()}"
        page.keyboard.press("Escape")
    page.goto(f"/sessions/{showcase.asking}")
    card = page.get_by_role("region", name="Claude asks")
    card.get_by_text("Something else").click()
    expect(card.get_by_label("Your answer")).to_be_visible()
    yield "question"


def places(page: Page, showcase: Showcase) -> Iterator[str]:
    page.goto(f"/git?cwd={showcase.changed}")
    page.get_by_role("link", name="feed.py").click()
    expect(page.get_by_role("group", name="Changes of feed.py")).to_contain_text("added")
    yield "places-git"
    page.goto("/files?path=shop/shop/basket.py")
    expect(page.locator(".cm-content span").first).to_be_visible()
    yield "places-files"
    page.goto("/usage")
    expect(page.locator(".recharts-bar-rectangle path").first).to_be_visible()
    yield "places-usage"


def settings(page: Page, _: Showcase) -> Iterator[str]:
    page.goto("/settings")
    sections = page.get_by_role("navigation", name="Settings").get_by_role("link")
    expect(sections.first).to_be_visible()
    for address in [link.get_attribute("href") or "" for link in sections.all()]:
        page.goto(address)
        expect(page.get_by_role("heading", level=1).last).to_be_visible()
        expect(page.get_by_label("Loading")).to_have_count(0)
        yield address.strip("/").replace("/", "-")


CASES = [(way, size) for way in (login, sessions, new_session, palette, chat, answering) for size in ("phone", "desk")]


@pytest.mark.parametrize(
    ("way", "size"), [*CASES, (places, "desk"), (settings, "desk")], ids=lambda case: getattr(case, "__name__", case)
)
def test_axe_finds_nothing(way: Way, size: str, browser: Browser, showcase: Showcase, shot: Shot) -> None:
    # Phones have fine screens, and pictures of them are to be as fine.
    context = context_of(browser, showcase.stack, size, device_scale_factor=2 if size == "phone" else 1)
    answer = context.request.post("/api/login", data={"password": PASSWORD})
    assert answer.status == 204, answer.text()
    page = context.new_page()
    for view in way(page, showcase):
        shot(page, f"{view}-{size}-light")
        assert violations(page) == [], view
        page.emulate_media(color_scheme="dark")
        shot(page, f"{view}-{size}-dark")
        assert violations(page, "color-contrast") == [], (view, "dark")
        page.emulate_media(color_scheme="light")
        if size == "phone":
            fits_the_smallest_phone(page, view)
    context.close()


def fits_the_smallest_phone(page: Page, view: str) -> None:
    """Nothing zooms when it is typed into, and nothing that one reads or presses is beyond the edge."""
    assert page.evaluate(_SMALL_FIELDS) == [], view
    usual = page.viewport_size
    assert usual is not None
    page.set_viewport_size({"width": SMALLEST, "height": usual["height"]})
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALLEST, view
    assert page.evaluate(_CUT_OFF) == [], view
    page.set_viewport_size(usual)
