"""A phone that is not new, on a mobile network that is not good, as Chromium simulates them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

SCREEN: dict[str, Any] = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}
SLOWER = 4  # the processor, that many times
BYTES_DOWN = 1_600_000 / 8  # a second
BYTES_UP = 750_000 / 8
LATENCY = 150  # ms, of each request

# The largest contentful paint so far, in ms after the navigation.
_LARGEST_PAINT = """
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.largestPaint = entry.startTime
}).observe({ type: 'largest-contentful-paint', buffered: true })
"""

# Counts the frames of 60 a second that were not drawn in time.
_FRAMES = """() => {
  const frames = window.frameCount = { drawn: 0, dropped: 0, running: true }
  let last = performance.now()
  const next = (now) => {
    frames.drawn += 1
    frames.dropped += Math.max(0, Math.round((now - last) / (1000 / 60)) - 1)
    last = now
    if (frames.running) requestAnimationFrame(next)
  }
  requestAnimationFrame(next)
}"""


@contextmanager
def phone(browser: Browser, url: str) -> Iterator[BrowserContext]:
    """Yield an empty profile of it, with the addresses of `url`."""
    context = browser.new_context(base_url=url, **SCREEN)
    context.add_init_script(_LARGEST_PAINT)
    try:
        yield context
    finally:
        context.close()


def slow_page(context: BrowserContext, *, network: bool) -> tuple[Page, CDPSession]:
    """Return a page on the slow processor, and on the slow network as well if asked for."""
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    if network:
        tools.send("Network.enable")
        conditions = {"offline": False, "latency": LATENCY}
        limits = {"downloadThroughput": BYTES_DOWN, "uploadThroughput": BYTES_UP}
        tools.send("Network.emulateNetworkConditions", {**conditions, **limits})
    return page, tools


def largest_paint(page: Page) -> float:
    """Return the ms from the navigation to the largest contentful paint, once the page has come to rest."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)
    return float(page.evaluate("window.largestPaint"))


def start_counting(page: Page) -> None:
    """Count frames from now on."""
    page.evaluate(_FRAMES)


def dropped(page: Page) -> float:
    """Stop counting; return the share of frames that were not drawn in time, in percent."""
    drawn, lost = page.evaluate(
        "() => { const frames = window.frameCount; frames.running = false; return [frames.drawn, frames.dropped] }"
    )
    return 100 * float(lost) / float(drawn + lost)


def heap(tools: CDPSession) -> float:
    """Return the MB of JavaScript's heap that are in use after a collection."""
    tools.send("HeapProfiler.enable")
    tools.send("HeapProfiler.collectGarbage")
    return float(tools.send("Runtime.getHeapUsage")["usedSize"]) / 1e6
