"""Going through a long past: older pages come without moving what is read, runs of a tool are one."""

from __future__ import annotations

from uuid import UUID

from playwright.sync_api import BrowserContext, Page, Route, expect
from tests.live.stack import Stack
from tests.ui.conversation import Conversation
from tests.ui.reading import Scrolled

from standins.entries import Entries, append, use

LONG = 300
# A paragraph in the middle of the screen.
_READ = """box => [...box.querySelectorAll('p')].find(
    (p) => p.getBoundingClientRect().top > 300 && p.innerText.startsWith('message')).innerText"""


def test_what_is_read_stays_in_its_place_when_older_messages_come(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    session = ui_stack.create(f"[long {LONG}]")
    chat = Conversation.open(context, page, ui_stack, session)
    chat.sees(f"message {LONG - 1}")
    chat.status("completed")
    page.reload()
    chat.sees(f"message {LONG - 1}")
    held: list[Route] = []
    page.route("**/messages?*before=*", lambda route: held.append(route))
    scrolled = Scrolled(page)
    scrolled.back_until(held)
    page.wait_for_timeout(300)  # the wheel is at rest
    seen = str(scrolled.box.evaluate(_READ))
    before, height = scrolled.place_of(seen), scrolled.height
    held[0].continue_()
    ui_stack.wait(lambda: scrolled.height > height, "older messages have come")
    page.wait_for_timeout(300)  # and are measured
    assert abs(scrolled.place_of(seen) - before) < 2


def test_a_run_of_one_tool_stands_under_its_name_once(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    make, session = Entries(), str(UUID(int=1))
    calls = [use(f"read-{number}", "Read", file_path=f"/srv/{number}.txt") for number in range(6)]
    append(
        ui_stack.home / ".claude/projects/-work" / f"{session}.jsonl",
        make.user("Read them all"),
        make.assistant(*calls, id="a"),
        *(make.result(call["id"], "     1\tWords\n") for call in calls),
        make.assistant("All are read.", id="b"),
    )
    chat = Conversation.open(context, page, ui_stack, session)
    run = chat.messages.get_by_role("region", name="Read, 6 times")
    expect(run.get_by_role("listitem")).to_have_count(4)
    run.get_by_role("button", name="Show 2 earlier").click()
    expect(run.get_by_role("listitem")).to_have_count(6)
    expect(run.get_by_role("listitem").first).to_contain_text("0.txt")
