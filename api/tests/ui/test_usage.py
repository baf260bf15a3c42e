"""What sessions cost, as the web UI tells it: in a chart, in tables, and for every range of days."""

from __future__ import annotations

import datetime
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.live.stack import PASSWORD, Stack
from tests.ui.conftest import Shot
from tests.ui.reading import SIZES, context_of, violations

from standins.entries import Entries, append

DAYS_AGO = (0, 1, 3, 60)


@pytest.fixture(scope="module")
def used(ui_stack: Stack) -> Stack:
    """Sessions of two models, one of them before the last 30 days."""
    today = datetime.datetime.now(datetime.UTC).date()
    for number, ago in enumerate(DAYS_AGO):
        make = Entries(start=f"{today - datetime.timedelta(days=ago)}T00")
        path = ui_stack.home / ".claude/projects/-shop" / f"{UUID(int=number + 1)}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        model = "claude-opus-4-1" if ago == 1 else "claude-sonnet-4-5"
        append(path, make.user(f"Work of {ago} days ago"), make.assistant("Yes.", id=f"m{number}", model=model))
    address = f"/api/usage?from={today - datetime.timedelta(days=90)}"
    ui_stack.wait(lambda: len(ui_stack.get(address).json()["sessions"]) == len(DAYS_AGO), "all is counted")
    return ui_stack


def shown(context: BrowserContext, page: Page) -> Page:
    answer = context.request.post("/api/login", data={"password": PASSWORD})
    assert answer.status == 204, answer.text()
    page.goto("/usage")
    return page


def test_days_models_and_sessions_are_told_for_the_range(context: BrowserContext, page: Page, used: Stack) -> None:
    shown(context, page)
    sessions = page.get_by_role("group", name="Usage by session").get_by_role("link")
    expect(sessions).to_have_count(3)
    expect(page.get_by_role("rowheader", name="claude-opus-4-1")).to_be_visible()
    page.get_by_role("button", name="As a table").click()
    days = page.get_by_role("group", name="Usage by day")
    expect(days.get_by_role("rowheader")).to_have_count(3)
    page.get_by_role("combobox", name="Range").select_option("Last 90 days")
    expect(days.get_by_role("rowheader")).to_have_count(4)
    expect(sessions).to_have_count(4)
    expect(page.locator(".recharts-bar-rectangle path")).to_have_count(4)
    page.get_by_role("button", name="tokens", exact=True).click()
    expect(page.get_by_role("button", name="tokens", exact=True)).to_have_attribute("aria-pressed", "true")
    sessions.filter(has_text="Work of 60 days ago").click()
    expect(page.get_by_role("main").get_by_text("Work of 60 days ago").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(size: str, theme: str, browser: Browser, used: Stack, shot: Shot) -> None:
    context = context_of(browser, used, size, theme)
    page = shown(context, context.new_page())
    expect(page.locator(".recharts-bar-rectangle path").first).to_be_visible()
    assert violations(page) == []
    shot(page, f"usage-{size}-{theme}")
    context.close()


def test_an_error_says_what_to_do(context: BrowserContext, page: Page, used: Stack) -> None:
    page.route("**/api/usage?*", lambda route: route.fulfill(status=422, json={"error": "Choose other days."}))
    shown(context, page)
    expect(page.get_by_role("alert")).to_contain_text("Choose other days.")
    page.unroute("**/api/usage?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("region", name="By model")).to_be_visible()


def test_nothing_is_wider_than_the_smallest_phone(browser: Browser, used: Stack) -> None:
    context = browser.new_context(base_url=used.url, viewport={"width": 320, "height": 568}, has_touch=True)
    page = shown(context, context.new_page())
    expect(page.get_by_role("region", name="By model")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    wide = page.evaluate("""() => [...document.querySelectorAll('main *')].filter((one) =>
        one.getBoundingClientRect().right > 321 && !one.closest('[role=group]')).map((one) => one.outerHTML)""")
    assert wide == []
    context.close()
