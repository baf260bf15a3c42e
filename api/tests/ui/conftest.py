"""The web UI as it is built, served by the real processes, in Debian's Chromium."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from tests.live.stack import Stack

from chromium import chromium

ROOT = Path(__file__).parents[3]
BUILD_LIMIT = 900  # seconds, with the packages from npm's registry
SCREENS = ROOT / ".cache/screens"
# A refused or lost request is for the page to show, and Chromium writes each one on the console as well.
OF_THE_NETWORK = ("Failed to load resource", "WebSocket connection to")

Shot = Callable[[Page, str], None]


@pytest.fixture(scope="session")
def built_ui() -> Path:
    """The folder of the UI, built once for each state of its sources."""
    done = subprocess.run([ROOT / "api/build-ui"], stdout=subprocess.PIPE, text=True, check=True, timeout=BUILD_LIMIT)
    return Path(done.stdout.strip())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one module, since other tests need the thread's event loop again."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def ui_stack(built_ui: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Agent host and web server with the scripted provider and the built UI, shared by the tests of a module."""
    with Stack(tmp_path_factory.mktemp("ui"), HATCHPOD_UI_DIR=str(built_ui)) as stack:
        stack.start()
        yield stack


@pytest.fixture
def context(browser: Browser, ui_stack: Stack) -> Iterator[BrowserContext]:
    """A browser profile of its own, whose relative addresses are the stack's. Only test_pwa.py has service workers."""
    context = browser.new_context(base_url=ui_stack.url, service_workers="block")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that writes no error on its console: nothing thrown, nothing that its content security policy forbids."""
    page = context.new_page()
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(OF_THE_NETWORK):
            complaints.append(message.text)

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", hear)
    yield page
    assert complaints == []


@pytest.fixture
def shot() -> Shot:
    """Write what a page shows to a picture of that name, for eyes and for the documentation."""

    def take(page: Page, name: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENS / f"{name}.png", animations="disabled")

    return take
