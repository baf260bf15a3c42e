"""What tests of a conversation look at: where it is scrolled to, and what axe finds."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page
from tests.live.stack import DEADLINE, Stack
from tests.ui.conversation import PHONE, Conversation

AXE = Path(__file__).parents[2] / "ui/node_modules/axe-core/axe.min.js"
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
SIZES: dict[str, dict[str, Any]] = {"phone": PHONE, "desk": DESK}

_FOUND = """async (rules) => {
    const { violations } = await axe.run({ resultTypes: ['violations'], ...(rules.length && { runOnly: rules }) })
    return violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.failureSummary + ' ' + node.html)])
}"""


class Scrolled:
    """The place in which messages scroll."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box: Locator = page.get_by_role("region", name="Conversation")

    @property
    def left(self) -> float:
        """How many pixels are below what is seen."""
        return float(self.box.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight"))

    @property
    def height(self) -> float:
        """How high all is that was loaded."""
        return float(self.box.evaluate("box => box.scrollHeight"))

    def back_until(self, seen: Collection[object]) -> None:
        """Turn the wheel back, as far as it goes and for as long as that takes, until there is one of these."""
        self.page.mouse.move(900, 400)
        end = time.monotonic() + DEADLINE
        while not seen:
            assert time.monotonic() < end, "no older page was asked for"
            self.page.mouse.wheel(0, -700)
            self.page.wait_for_timeout(50)

    def by(self, pixels: int) -> None:
        self.box.evaluate("(box, pixels) => box.scrollBy(0, pixels)", pixels)

    def place_of(self, text: str) -> float:
        """How far from the top of the screen this text is."""
        found = self.box.get_by_text(text, exact=True).bounding_box()
        assert found is not None, text
        return found["y"]


def violations(page: Page, *rules: str) -> list[list[str]]:
    """What axe finds, by these rules or by all. Its code comes by the debugger: the page takes none but its own."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return list(page.evaluate(_FOUND, rules))


def conversation_in(context: BrowserContext, stack: Stack, session: str) -> Conversation:
    return Conversation.open(context, context.new_page(), stack, session)


def context_of(browser: Browser, stack: Stack, size: str, theme: Any = "light", **more: Any) -> BrowserContext:
    """Without service workers, which would keep the UI's files for each context anew."""
    options: dict[str, Any] = {"color_scheme": theme, "reduced_motion": "reduce", "service_workers": "block", **more}
    return browser.new_context(base_url=stack.url, **options, **SIZES[size])
