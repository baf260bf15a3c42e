"""The settings, each changed in the browser and asked of the server."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from tests.live.stack import PASSWORD, Stack
from tests.ui.conftest import Shot
from tests.ui.reading import context_of, violations

SECTIONS = {
    "": "Settings",
    "general": "General",
    "notifications": "Notifications",
    "claude": "Claude",
    "mcp": "MCP servers",
    "hooks": "Hooks",
    "devices": "Devices",
    "webhooks": "Webhooks",
    "activity": "Activity",
    "about": "About",
}


@pytest.fixture
def opened(page: Page, context: BrowserContext) -> Page:
    sign_in(context)
    return page


def sign_in(context: BrowserContext) -> None:
    answer = context.request.post("/api/login", data={"password": PASSWORD})
    assert answer.status == 204, answer.text()


def show(page: Page, section: str) -> None:
    page.goto(f"/settings/{section}")
    expect(page.get_by_role("heading", name=SECTIONS[section], level=1)).to_be_visible()
    expect(page.get_by_label("Loading")).to_have_count(0)


def row(page: Page, label: str, text: str) -> Locator:
    return page.get_by_role("list", name=label).get_by_role("listitem").filter(has_text=text)


def settings(stack: Stack) -> dict[str, Any]:
    return dict(stack.get("/api/settings").json())


def test_the_theme_is_followed_at_once_and_before_the_next_page_asks(opened: Page, ui_stack: Stack) -> None:
    show(opened, "general")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = opened.evaluate(background)
    opened.get_by_text("Dark", exact=True).click()
    expect(opened.locator("html")).to_have_attribute("data-theme", "dark")
    dark = opened.evaluate(background)
    assert light != dark
    ui_stack.wait(lambda: settings(ui_stack)["theme"] == "dark", "the theme is kept")
    opened.route("**/api/settings", lambda route: route.abort())
    opened.reload()
    expect(opened.locator("html")).to_have_attribute("data-theme", "dark")
    bars = "[...document.querySelectorAll('meta[name=theme-color]')].map((meta) => meta.media)"
    assert opened.evaluate(bars) == ["not all", "all"]
    opened.unroute("**/api/settings")
    ui_stack.request("PATCH", "/api/settings", json={"theme": "system"})
    show(opened, "general")
    expect(opened.get_by_role("radio", name="System")).to_be_checked()
    expect(opened.locator("html")).not_to_have_attribute("data-theme", "dark")


def test_how_sessions_and_terminals_begin(opened: Page, ui_stack: Stack) -> None:
    show(opened, "general")
    opened.get_by_label("Model").select_option("opus")
    opened.get_by_label("Effort").select_option("high")
    opened.get_by_label("Permissions").select_option("plan")
    opened.get_by_label("Shell").fill("/bin/sh")
    opened.get_by_label("Shell").press("Enter")
    expect(opened.get_by_text("Shell saved")).to_be_visible()
    size = opened.get_by_label("Font size")
    size.fill("80")
    size.blur()
    expect(opened.get_by_role("alert")).to_contain_text("32")
    size.fill("16")
    size.press("Enter")
    expect(opened.get_by_text("Font size saved")).to_be_visible()
    kept = settings(ui_stack)
    names = ("defaultModel", "defaultEffort", "defaultPermissionMode", "terminalShell", "terminalFontSize")
    assert [kept[name] for name in names] == ["opus", "high", "plan", "/bin/sh", 16]


def test_what_people_are_told_of(opened: Page, ui_stack: Stack) -> None:
    show(opened, "notifications")
    interrupted, done = (opened.get_by_role("switch", name=f"A turn {what}") for what in ("was interrupted", "is done"))
    interrupted.click()
    done.click()  # at once: a change builds on the one before it

    def both_are_kept() -> bool:
        events = settings(ui_stack)["notifications"]["events"]
        return "interrupted" in events and "completed" not in events

    ui_stack.wait(both_are_kept, "both are kept")
    expect(interrupted).to_be_checked()
    expect(done).not_to_be_checked()
    opened.get_by_role("button", name="Add").click()
    address = opened.get_by_label("Address")
    address.fill("no address")
    address.press("Enter")
    expect(opened.get_by_role("alert")).to_be_visible()
    address.fill("json://127.0.0.1:9/secret-part")
    address.press("Enter")
    expect(row(opened, "Services", "json")).to_be_visible()
    assert "secret-part" not in opened.content()
    assert both_are_kept()
    opened.get_by_role("button", name="Remove json").click()
    expect(opened.get_by_text("No service is told.")).to_be_visible()
    opened.get_by_role("switch", name="Notifications", exact=True).click()
    expect(done).to_be_disabled()
    ui_stack.wait(lambda: settings(ui_stack)["notifications"]["enabled"] is False, "notifications are off")


def test_a_token_is_shown_once_lets_in_and_is_revoked(opened: Page, ui_stack: Stack, shot: Shot) -> None:
    show(opened, "devices")
    opened.get_by_role("button", name="New token").click()
    opened.get_by_label("Name").fill("tablet")
    opened.get_by_role("button", name="Make token").click()
    token = opened.get_by_label("Token", exact=True).input_value()
    shot(opened, "settings-new-token")
    assert violations(opened) == []
    opened.get_by_role("button", name="Done").click()
    assert token not in opened.content()

    def status() -> int:
        return httpx.get(f"{ui_stack.url}/api/config", headers={"Authorization": f"Bearer {token}"}).status_code

    assert status() == 200
    opened.get_by_role("button", name="Revoke tablet").click()
    opened.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(opened.get_by_text("There are no tokens.")).to_be_visible()
    assert status() == 401


def test_logging_out_ends_the_login(opened: Page, context: BrowserContext) -> None:
    show(opened, "devices")
    opened.get_by_role("button", name="Log out").click()
    expect(opened.get_by_label("Password")).to_be_visible()
    assert context.request.get("/api/config").status == 401


def test_a_webhook_is_made_changed_tested_and_deleted(opened: Page, ui_stack: Stack) -> None:
    show(opened, "webhooks")
    opened.get_by_role("button", name="New webhook").click()
    opened.get_by_label("Name").fill("CI")
    opened.get_by_label("Address").fill("ftp://example.org")
    opened.get_by_role("button", name="Make webhook").click()
    expect(opened.get_by_role("alert")).to_be_visible()
    opened.get_by_label("Address").fill("https://127.0.0.1:9/hook")
    opened.get_by_role("switch", name="All events").uncheck()
    opened.get_by_role("switch", name="A turn is done").check()
    opened.get_by_role("button", name="Make webhook").click()
    made = opened.get_by_label("Signing secret").and_(opened.locator("[readonly]"))
    expect(made).to_have_value(re.compile("^whsec_"))
    opened.get_by_role("button", name="Done").click()

    def act(name: str) -> None:
        opened.get_by_role("button", name="Actions of CI").click()
        opened.get_by_role("menuitem", name=name).click()

    act("Send a test")  # private addresses are not permitted, and nobody is there
    expect(opened.get_by_role("alert")).to_contain_text("public internet")
    act("Turn off")
    expect(row(opened, "Webhooks", "CI")).to_contain_text("Off")
    (kept,) = ui_stack.get("/api/webhooks").json()
    assert (kept["enabled"], kept["events"]) == (False, ["session.completed"])
    act("Delete")
    opened.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(opened.get_by_text("There are no webhooks.")).to_be_visible()


def test_a_hook_is_added_changed_and_removed_and_all_else_stays(opened: Page, ui_stack: Stack) -> None:
    file = ui_stack.home / ".claude/settings.json"
    file.parent.mkdir(exist_ok=True)
    others = {"Stop": [{"hooks": [{"type": "http", "url": "http://127.0.0.1:9", "headers": {"X": "1"}}]}]}
    file.write_text(json.dumps({"model": "opus", "hooks": others}))
    show(opened, "hooks")
    expect(row(opened, "Hooks", "Stop")).to_contain_text("http://127.0.0.1:9")
    opened.get_by_role("button", name="Add hook").click()
    opened.get_by_label("Tools").fill("Bash")
    opened.get_by_role("textbox", name="Command").fill("check-it")
    opened.get_by_role("button", name="Add", exact=True).click()
    expect(row(opened, "Hooks", "PreToolUse")).to_contain_text("check-it")
    opened.get_by_role("button", name="Edit the hook of PreToolUse").click()
    opened.get_by_label("Time limit").fill("7")
    opened.get_by_role("button", name="Save").click()
    expect(opened.get_by_role("dialog")).to_have_count(0)
    changed = {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "check-it", "timeout": 7}]}]}
    both = {"model": "opus", "hooks": {**others, **changed}}
    ui_stack.wait(lambda: json.loads(file.read_text()) == both, "the hook is changed")
    opened.get_by_role("button", name="Remove the hook of PreToolUse").click()
    opened.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(row(opened, "Hooks", "PreToolUse")).to_have_count(0)
    ui_stack.wait(lambda: json.loads(file.read_text()) == {"model": "opus", "hooks": others}, "the hook is gone")


def test_an_mcp_server_is_added_changed_without_its_secret_and_removed(opened: Page, ui_stack: Stack) -> None:
    show(opened, "mcp")
    opened.get_by_role("button", name="Add server").click()
    opened.get_by_label("Name").fill("files")
    opened.get_by_role("textbox", name="Command").fill("cat")
    opened.get_by_label("Arguments").fill("-u")
    opened.get_by_label("Environment").fill("TOKEN=very-secret")
    opened.get_by_role("button", name="Add", exact=True).click()
    expect(row(opened, "MCP servers", "files")).to_contain_text("cat -u")
    opened.get_by_role("button", name="Edit files").click()
    expect(opened.get_by_label("Environment")).to_have_value("TOKEN=********")
    opened.get_by_label("Arguments").fill("-u\n-v")
    opened.get_by_role("button", name="Save").click()
    expect(row(opened, "MCP servers", "files")).to_contain_text("cat -u -v")
    kept = json.loads((ui_stack.home / ".claude.json").read_text())["mcpServers"]["files"]
    assert (kept["args"], kept["env"]) == (["-u", "-v"], {"TOKEN": "very-secret"})
    opened.get_by_role("button", name="Remove files").click()
    opened.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(opened.get_by_text("There are no MCP servers.")).to_be_visible()


def test_claude_code_gets_a_token_which_is_forgotten_again(opened: Page, ui_stack: Stack) -> None:
    show(opened, "claude")
    opened.get_by_label("Value").fill("short")
    opened.get_by_role("button", name="Store").click()
    expect(opened.get_by_role("alert")).to_be_visible()
    opened.get_by_label("Value").fill("sk-ant-oat01-for-this-test-alone")
    opened.get_by_role("button", name="Store").click()
    expect(opened.get_by_text("Stored on the workstation")).to_be_visible()
    assert ui_stack.get("/api/claude/login").json()["credential"] == "oauth_token"
    opened.get_by_role("button", name="Forget the Token of claude setup-token").click()
    opened.get_by_role("dialog").get_by_role("button", name="Forget").click()
    expect(opened.get_by_text("Stored on the workstation")).to_have_count(0)
    assert ui_stack.get("/api/claude/login").json()["credential"] is None


def test_who_did_what(opened: Page, ui_stack: Stack) -> None:
    ui_stack.request("PATCH", "/api/settings", json={"terminalFontSize": 15})
    show(opened, "activity")
    expect(opened.get_by_role("list", name="Activity")).to_contain_text("/api/settings")


@pytest.mark.parametrize(
    ("size", "theme", "sections"),
    [("phone", "dark", list(SECTIONS)), ("desk", "light", ["general", "notifications", "hooks"])],
)
def test_every_section_is_for_everybody(
    browser: Browser, ui_stack: Stack, size: str, theme: str, sections: list[str], shot: Shot
) -> None:
    with context_of(browser, ui_stack, size, theme) as context:
        sign_in(context)
        page = context.new_page()
        wide = page.viewport_size
        assert wide is not None
        for section in sections:
            page.set_viewport_size(wide)
            show(page, section)
            assert violations(page) == [], section
            shot(page, f"settings-{section or 'list'}-{size}-{theme}")
            page.set_viewport_size({"width": 320, "height": 640})
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, section
