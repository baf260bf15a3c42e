"""The web UI as it is built, on a phone: what appears when, what a stream costs, and what an hour of it leaves."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page
from tests.live.stack import PASSWORD
from websockets.sync.client import ClientConnection

from bench import transcripts
from bench.api.service import StampingService
from bench.figures import Figure
from bench.ui import phone
from chromium import chromium

ROOT = Path(__file__).parents[3]
PATIENCE = 300_000  # ms
STREAMED = 1000  # words of the answer whose frames are counted, at 100 a second
WARMUP = 100
HOUR = 180  # answers of 1,000 words: an hour at 50 words a second
WORDS = 1000


def measure(folder: Path, repeat: int, say: Callable[[str], None]) -> list[Figure]:
    """Measure the UI of this checkout. Everything is kept in `folder`, but the built UI."""
    say("building the web UI, unless it is there")
    built = subprocess.run([ROOT / "api/build-ui"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    projects = folder / "projects"
    say(f"writing {transcripts.SESSIONS} transcripts")
    longest = transcripts.generate(projects)
    with StampingService(folder, projects) as service, chromium() as browser:
        service.environment["HATCHPOD_UI_DIR"] = built
        service.start()
        service.wait_for_index()
        say(f"opening it on a slow phone, {repeat} times each way")
        logins = [_login(browser, service.url) for _ in range(repeat)]
        lists = [_list(browser, service.url) for _ in range(repeat)]
        opened = [_open(browser, service.url, longest) for _ in range(repeat)]
        say(f"streaming, {repeat} times, and then an hour's words at once")
        lost = [_stream(browser, service) for _ in range(repeat)]
        before, after = _hour(browser, service)
    return [
        Figure("ui_login_paint", "login, largest contentful paint", tuple(logins), "s", 1.8),
        Figure("ui_list_paint", f"list of {transcripts.SESSIONS}, largest contentful paint", tuple(lists), "s", 2.2),
        Figure("ui_open", f"session of {transcripts.LONGEST} messages opened from the list", tuple(opened)),
        Figure("ui_dropped", "frames dropped while 100 words a second stream", tuple(lost), "%"),
        Figure("ui_heap_before", "JavaScript heap of an open session", (before,), "MB"),
        Figure("ui_heap_after", f"the same after an hour of streaming, {HOUR * WORDS} words", (after,), "MB"),
    ]


def _login(browser: Browser, url: str) -> float:
    with phone.phone(browser, url) as context:
        page, _ = phone.slow_page(context, network=True)
        page.goto("/login")
        return phone.largest_paint(page) / 1000


def _list(browser: Browser, url: str) -> float:
    with phone.phone(browser, url) as context:
        _sign_in(context, url)
        page, _ = phone.slow_page(context, network=True)
        page.goto("/")
        page.locator("a[href^='/sessions/']").first.wait_for()
        return phone.largest_paint(page) / 1000


def _open(browser: Browser, url: str, session: str) -> float:
    """Seconds from the address to the last message, with the UI in the browser's cache."""
    with phone.phone(browser, url) as context:
        _sign_in(context, url)
        _open_session(context.new_page(), session)
        page, _ = phone.slow_page(context, network=False)
        return _open_session(page, session)


def _open_session(page: Page, session: str) -> float:
    """Open it; return the seconds from the navigation until messages are on the screen."""
    page.goto(f"/sessions/{session}", wait_until="commit")
    page.get_by_role("main").locator("[data-index]").first.wait_for()
    return float(page.evaluate("performance.now()")) / 1000


def _stream(browser: Browser, service: StampingService) -> float:
    with phone.phone(browser, service.url) as context:
        _sign_in(context, service.url)
        page, _ = phone.slow_page(context, network=False)
        session = service.create()
        page.goto(f"/sessions/{session}")
        page.get_by_role("textbox", name="Prompt").wait_for()
        with service.socket(f"/api/sessions/{session}/stream") as socket:
            _ask(socket, f"[pace {WARMUP}]")
            phone.start_counting(page)
            _ask(socket, f"[pace {STREAMED}]")
            return phone.dropped(page)


def _hour(browser: Browser, service: StampingService) -> tuple[float, float]:
    """MB of the heap with the first answer on the screen, and with those of an hour."""
    with phone.phone(browser, service.url) as context:
        _sign_in(context, service.url)
        page = context.new_page()
        tools = context.new_cdp_session(page)
        session = service.create()
        page.goto(f"/sessions/{session}")
        with service.socket(f"/api/sessions/{session}/stream") as socket:
            _ask(socket, f"[burst {WORDS}]")
            before = _heap_at_rest(page, tools, socket, "First")
            for _ in range(HOUR - 1):
                _ask(socket, f"[burst {WORDS}]")
            return before, _heap_at_rest(page, tools, socket, "Last")


def _heap_at_rest(page: Page, tools: CDPSession, socket: ClientConnection, word: str) -> float:
    """MB of the heap once the page shows all that was said so far, and the answer to this."""
    _ask(socket, word)
    page.get_by_text(f"Echo: {word}").first.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(1000)
    return phone.heap(tools)


def _ask(socket: ClientConnection, prompt: str) -> None:
    """Send a prompt, and wait for the end of its turn."""
    socket.send(json.dumps({"type": "prompt", "text": prompt}))
    while json.loads(socket.recv(PATIENCE / 1000)).get("status") != "completed":
        pass


def _sign_in(context: BrowserContext, url: str) -> None:
    answer = context.request.post("/api/login", data={"password": PASSWORD}, headers={"Origin": url})
    if not answer.ok:
        raise RuntimeError(f"login: {answer.status} {answer.text()}")
