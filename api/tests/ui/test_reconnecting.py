"""Whatever happens to the connection, nothing is lost, nothing comes twice, and what is on the screen stays there."""

from __future__ import annotations

import re
import signal

from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect
from tests.live.stack import Stack
from tests.ui.conversation import Conversation, counted

# Notes every moment at which a text that was on the screen is not, and the longest that was there.
WATCH = """(text) => {
    window.vanished = 0
    const look = () => { if (!document.body.textContent.includes(text)) window.vanished += 1 }
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true })
}"""


class Line:
    """The way of a page's streams to the server. What was cut stays open and silent, as after a sleep."""

    def __init__(self, page: Page) -> None:
        self._ways: list[list[bool]] = []
        page.route_web_socket("**/stream", self._lay)

    def cut(self) -> None:
        for way in self._ways:
            way[0] = False

    def _lay(self, client: WebSocketRoute) -> None:
        server, open_ = client.connect_to_server(), [True]
        self._ways.append(open_)
        client.on_message(lambda message: server.send(message) if open_[0] else None)
        server.on_message(lambda message: client.send(message) if open_[0] else None)


def wake(page: Page) -> None:
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def begin_counting(context: BrowserContext, page: Page, stack: Stack, steps: int) -> Conversation:
    """A session in the middle of a long answer, whose beginning has to stay on the screen."""
    conversation = Conversation.open(context, page, stack, stack.create())
    conversation.say(f"[slow {steps}] Count")
    conversation.sees("step 3")
    page.evaluate(WATCH, "step 0")
    return conversation


def ends_whole(conversation: Conversation, steps: int) -> None:
    conversation.sees(f"step {steps - 1}")
    conversation.status("completed")
    shown = " ".join(conversation.messages.inner_text().split())
    assert shown.count(counted(steps)) == 1
    assert shown.count("step 0 ") == 1
    assert conversation.said() == [f"[slow {steps}] Count"]
    assert conversation.page.evaluate("window.vanished") == 0


def test_the_web_server_is_killed_in_the_middle_of_an_answer(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    conversation = begin_counting(context, page, ui_stack, 80)
    ui_stack.kill("serve", signal.SIGKILL)
    ui_stack.start_web()
    ends_whole(conversation, 80)


def test_the_device_sleeps_and_wakes(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    conversation = begin_counting(context, page, ui_stack, 120)
    context.set_offline(True)
    conversation.sees("Offline. Prompts are kept on this device")
    context.set_offline(False)
    ends_whole(conversation, 120)
    expect(page.get_by_text("Offline. Prompts")).to_have_count(0)


def test_the_device_wakes_with_a_dead_connection(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    line = Line(page)
    conversation = begin_counting(context, page, ui_stack, 120)
    line.cut()
    wake(page)
    ends_whole(conversation, 120)


def test_an_answer_that_a_dead_connection_swallowed_can_be_given_again(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    line = Line(page)
    conversation = Conversation.open(context, page, ui_stack, ui_stack.create("[tool-approval] Go"))
    allow = page.get_by_role("region", name="Allow Bash?").get_by_role("button", name="Allow", exact=True)
    expect(allow).to_be_enabled()
    line.cut()
    wake(page)
    allow.click()
    expect(allow).to_be_disabled()
    expect(page.get_by_role("alert")).to_contain_text("before the workstation confirmed this")
    expect(page.get_by_label("Status", exact=True)).to_have_text("Needs you")
    allow.click()
    conversation.sees("Bash was allowed.")


def test_what_is_typed_offline_is_sent_once_when_the_connection_is_back(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    conversation = Conversation.open(context, page, ui_stack, ui_stack.create("Hello"))
    conversation.sees("Echo: Hello")
    context.set_offline(True)
    conversation.sees("Offline. Prompts")
    conversation.say("First")
    conversation.say("Second")
    waiting = page.get_by_role("list", name="Not sent yet").get_by_role("listitem")
    expect(waiting).to_have_count(2)
    context.set_offline(False)
    conversation.sees("Echo: Second")
    expect(waiting).to_have_count(0)
    assert conversation.said() == ["Hello", "First", "Second"]


def test_what_is_typed_offline_outlives_its_page(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    conversation = Conversation.open(context, page, ui_stack, ui_stack.create("Hello"))
    conversation.sees("Echo: Hello")
    context.set_offline(True)
    conversation.sees("Offline. Prompts")
    conversation.say("Kept")
    waiting = page.get_by_role("list", name="Not sent yet")
    expect(waiting).to_contain_text("Kept")
    expect(waiting).to_contain_text("Waits for the connection")  # said of what the device has
    page.close()
    context.set_offline(False)
    again = Conversation.open(context, context.new_page(), ui_stack, conversation.session)
    again.sees("Echo: Kept")
    assert again.said() == ["Hello", "Kept"]


def test_an_unsent_draft_is_there_after_a_reload(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    conversation = Conversation.open(context, page, ui_stack, ui_stack.create())
    conversation.box.fill("Half a thou")
    page.reload()
    expect(conversation.box).to_have_value("Half a thou")


def test_the_agent_host_begins_anew(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    """The scripted agent writes no transcripts, so that this snapshot tells another story: nothing of the old stays."""
    conversation = Conversation.open(context, page, ui_stack, ui_stack.create("Hello"))
    conversation.sees("Echo: Hello")
    ui_stack.kill("agents", signal.SIGKILL)
    ui_stack.start_agents()
    expect(page.get_by_text("Echo: Hello")).to_have_count(0)
    conversation.say("Anew")
    conversation.sees("Echo: Anew")
    assert conversation.said() == ["Anew"]


def test_a_view_whose_files_do_not_come_leaves_the_others_and_comes_when_they_do(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    Conversation.open(context, page, ui_stack, ui_stack.create("Hello"))
    places = page.get_by_role("navigation", name="Places")
    for address in ("**/assets/usage-*.js", "**/healthz"):
        page.route(address, lambda route: route.abort())
    places.get_by_role("link", name="Usage").click()
    lost = page.get_by_role("alert").filter(has_text="A part of this page did not come")
    expect(lost).to_be_visible()
    places.get_by_role("link", name="Git").click()
    expect(page.get_by_role("heading", name="Git", level=1)).to_be_visible()
    places.get_by_role("link", name="Usage").click()
    expect(lost).to_be_visible()
    page.unroute("**/assets/usage-*.js")
    page.get_by_role("button", name="Try again").click()
    expect(lost).to_have_count(2)
    page.unroute("**/healthz")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Usage", level=1)).to_be_visible()


def test_what_shows_a_tool_is_asked_for_again_when_it_did_not_come(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    page.clock.install()
    page.route("**/assets/read-*.js", lambda route: route.abort())
    page.route("**/healthz", lambda route: route.abort())
    chat = Conversation.open(context, page, ui_stack, ui_stack.create("[tool] One"))
    card = page.get_by_role("button", name=re.compile("Read.*README.md"))
    expect(card).to_be_visible()
    card.click()
    chat.sees('"file_path"')
    page.unroute("**/assets/read-*.js")
    page.clock.fast_forward(60_000)
    chat.say("[tool] Two")
    expect(page.get_by_role("button", name=re.compile("Read README.md"))).to_be_visible()
