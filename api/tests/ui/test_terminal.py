"""A shell in the browser: typed into, sized, left and come back to."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from tests.live.stack import PASSWORD, Stack
from tests.ui.conftest import Shot
from tests.ui.reading import SIZES, context_of, violations


class Shell:
    """A person at the terminal."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def open(cls, page: Page, address: str = "/terminal") -> Shell:
        answer = page.context.request.post("/api/login", data={"password": PASSWORD})
        assert answer.status == 204, answer.text()
        page.goto(address)
        return cls(page)

    @property
    def rows(self) -> Locator:
        return self.page.locator(".xterm-rows")

    def colour(self, selector: str, of: str = "color") -> str:
        return str(self.page.locator(selector).first.evaluate("(element, of) => getComputedStyle(element)[of]", of))

    def type(self, text: str) -> None:
        self.page.get_by_role("textbox", name="Terminal input").press_sequentially(text)

    def run(self, command: str) -> None:
        self.type(f"{command}\n")

    def shows(self, text: str | re.Pattern[str]) -> None:
        expect(self.rows).to_contain_text(text)

    def ready(self) -> None:
        """Wait until it takes commands: until it has done one."""
        self.shows(re.compile(r"\S"))
        self.run("echo re''ady")
        self.shows("ready")


@pytest.fixture
def shell(page: Page, ui_stack: Stack) -> Shell:
    shell = Shell.open(page)
    shell.ready()
    return shell


@pytest.fixture
def phone(browser: Browser, ui_stack: Stack) -> Iterator[BrowserContext]:
    context = context_of(browser, ui_stack, "phone")
    yield context
    context.close()


def test_commands_are_typed_and_their_output_is_shown(shell: Shell, ui_stack: Stack, shot: Shot) -> None:
    shell.run("printf 'a%s\\n' bc; pwd")
    shell.shows("abc")
    shell.shows(ui_stack.workspace.name)
    shell.run("printf '\\033[31mred\\033[32mgreen\\033[0m\\n'")
    shell.shows("redgreen")
    shot(shell.page, "terminal-desk-light")


def test_the_shell_has_the_size_of_the_window(shell: Shell) -> None:
    def columns() -> int:
        shell.run('clear; echo "<$(stty size)>"')
        expect(shell.rows).to_contain_text(re.compile(r"<\d+ \d+>"))
        found = re.search(r"<\d+ (\d+)>", shell.rows.inner_text())
        assert found
        return int(found[1])

    wide = columns()
    shell.page.set_viewport_size({"width": 500, "height": 600})
    shell.run("clear")
    expect(shell.rows).not_to_contain_text(f" {wide}>")
    assert columns() < wide


def test_a_reload_comes_back_to_the_same_shell(shell: Shell) -> None:
    shell.run("kept=yes; echo do''ne")
    shell.shows("done")
    shell.page.reload()
    shell.shows("ready")
    shell.run('echo "it is $kept"')
    shell.shows("it is yes")


def test_what_a_program_asked_of_its_terminal_is_answered_once(shell: Shell) -> None:
    shell.run("printf '\\033[c'; read -rs -d c -t 10 answer; echo \"$answer\" | cat -v")
    shell.shows(re.compile(r"\^\[\[\?\d"))
    shell.page.reload()
    shell.shows("ready")
    shell.run("echo on''ce")
    shell.shows("once")
    expect(shell.rows).not_to_contain_text("not found")


def test_a_restart_of_the_web_server_loses_nothing(shell: Shell, ui_stack: Stack) -> None:
    shell.run("kept=yes; echo go''ing; sleep 3; echo mean''while")
    shell.shows("going")  # all that was typed has arrived
    ui_stack.kill("serve")
    expect(shell.page.get_by_text("The connection is lost.")).to_be_visible()
    ui_stack.start_web()
    expect(shell.page.get_by_text("The connection is lost.")).to_have_count(0)
    shell.shows("meanwhile")
    shell.run('echo "it is $kept"')
    shell.shows("it is yes")


def test_the_end_of_a_shell_is_told_and_another_begins(shell: Shell) -> None:
    shell.run("exit 3")
    expect(shell.page.get_by_text("The shell ended with 3.")).to_be_visible()
    shell.page.get_by_role("main").get_by_role("button", name="New terminal").last.click()
    shell.ready()
    expect(shell.page.get_by_text("The shell ended")).to_have_count(0)


def test_a_link_begins_in_its_folder_and_a_folder_that_is_not_there_is_told(page: Page, ui_stack: Stack) -> None:
    (ui_stack.workspace / "project").mkdir(exist_ok=True)
    shell = Shell.open(page, "/terminal?cwd=project")
    shell.ready()
    shell.run("pwd")
    shell.shows("/project")
    page.goto("/terminal?cwd=nowhere")
    expect(page.get_by_role("alert")).to_contain_text("nowhere")


def test_ctrl_k_belongs_to_the_shell(shell: Shell) -> None:
    shell.type("echo kept")
    shell.page.keyboard.press("Control+a")
    shell.page.keyboard.press("Control+k")
    shell.run("echo cl''eared")
    shell.shows("cleared")
    expect(shell.page.get_by_role("dialog")).to_have_count(0)


def test_a_phone_has_the_keys_that_its_keyboard_lacks(phone: BrowserContext, shot: Shot) -> None:
    page = phone.new_page()
    shell = Shell.open(page)
    shell.ready()
    keys = page.get_by_role("toolbar", name="Keys")
    for key in keys.get_by_role("button").all():
        box = key.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, key
    shell.run("sleep 600")
    keys.get_by_role("button", name="Ctrl").tap()
    expect(keys.get_by_role("button", name="Ctrl")).to_have_attribute("aria-pressed", "true")
    shell.type("c")
    expect(keys.get_by_role("button", name="Ctrl")).to_have_attribute("aria-pressed", "false")
    shell.run("echo fr''ee")
    shell.shows("free")
    shell.run("echo a''gain")
    shell.shows("again")
    keys.get_by_role("button", name="Up").tap()
    shell.type("st\n")
    shell.shows("against")
    shot(page, "terminal-phone-light")


def test_the_settings_count(page: Page, ui_stack: Stack) -> None:
    ui_stack.request("PATCH", "/api/settings", json={"terminalFontSize": 20}).raise_for_status()
    Shell.open(page).ready()
    height = page.locator(".xterm-rows > div").first.evaluate("row => row.getBoundingClientRect().height")
    ui_stack.request("PATCH", "/api/settings", json={"terminalFontSize": 13}).raise_for_status()
    assert height >= 20


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(browser: Browser, ui_stack: Stack, shot: Shot, size: str, theme: str) -> None:
    context = context_of(browser, ui_stack, size, theme)
    page = context.new_page()
    shell = Shell.open(page)
    shell.ready()
    shell.run("ls --color=always -la /")
    shell.shows("etc")
    shot(page, f"terminal-{size}-{theme}-list")
    assert violations(page) == []
    texts = [shell.colour(selector) for selector in (".xterm-rows", ".xterm-rows .xterm-fg-12")]
    background = shell.colour(".xterm-scrollable-element", "backgroundColor")
    assert len({*texts, background}) == 3, "the theme is shown"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
