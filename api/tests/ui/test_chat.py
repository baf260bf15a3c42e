"""What a person sees of a session: what was said, what goes on, and where the conversation is scrolled to."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.live.stack import Stack
from tests.ui.conversation import Conversation
from tests.ui.reading import SIZES, Scrolled, context_of, conversation_in, violations

from standins.entries import Entries, append, keep_subagent, use

MARKDOWN = """## Title

Some **bold** words and [a link](https://example.org/).

```python
def greet(name):
    return "Hello " + name  # said
```

| name | size |
|------|-----:|
| a    |    1 |

- [x] read
- [ ] write

![pixel](https://example.org/pixel.png)
<img src="x" onerror="document.title = 'hurt'">
"""
LONG = 300
FIRST = "[thinking] Well"


@pytest.fixture(scope="module")
def long_session(ui_stack: Stack) -> str:
    session = ui_stack.create(f"[long {LONG}]")
    ui_stack.wait(lambda: ui_stack.get(f"/api/sessions/{session}").json()["status"] == "completed", "all is said")
    return session


def transcript(stack: Stack) -> Path:
    """Where a session has its transcript that nobody has here yet."""
    path = stack.home / ".claude/projects/-work" / f"{uuid4()}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def opened(context: BrowserContext, page: Page, stack: Stack, prompt: str = "") -> Conversation:
    return Conversation.open(context, page, stack, stack.create(prompt))


def test_markdown_is_shown_with_coloured_code_and_nothing_foreign(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    elsewhere: list[str] = []
    page.on("request", lambda request: None if request.url.startswith(ui_stack.url) else elsewhere.append(request.url))
    chat = opened(context, page, ui_stack, MARKDOWN)
    code = page.get_by_role("group", name="Code, python")
    expect(code.get_by_text("def", exact=True)).to_have_class(re.compile("code-keyword"))
    page.get_by_role("button", name="Copy code").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == 'def greet(name):\n    return "Hello " + name  # said'
    expect(chat.messages.get_by_role("link", name="a link")).to_have_attribute("rel", "noopener noreferrer")
    expect(page.get_by_role("columnheader", name="size")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Not done")).to_be_visible()
    expect(page.get_by_role("link", name="Image: pixel")).to_be_visible()
    chat.status("completed")
    assert page.title() != "hurt"
    assert [address for address in elsewhere if not address.startswith(("data:", "blob:"))] == []


def test_an_answer_and_its_thoughts_are_shown_while_they_are_said(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    chat = opened(context, page, ui_stack)
    chat.say(FIRST)
    thought = page.get_by_role("button", name="Thought")
    chat.sees("I have thought about it.")
    expect(thought).to_have_attribute("aria-expanded", "false")
    thought.click()
    chat.sees("Let me think about that.")
    chat.say("[slow 60] Count")
    chat.sees("step 5")
    expect(page.get_by_label("Status", exact=True)).to_have_text("Working")
    chat.button("Interrupt").click()
    expect(page.get_by_label("Status", exact=True)).to_have_text("Interrupted")


def test_the_steps_of_a_subagent_are_inside_the_card_of_its_tool(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    chat = opened(context, page, ui_stack)
    chat.say("[subagent-slow] Look")
    steps = page.get_by_role("list", name="Steps")
    for tool in ("Glob", "Grep", "Read"):
        expect(steps.get_by_role("listitem").filter(has_text=tool)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Explore.*Look around.*3 steps.*done"))).to_be_visible()
    chat.sees("Found 3 tests")
    chat.sees("The subagent found 3 tests.")


def test_the_steps_of_a_subagent_are_there_when_it_had_ended_before(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    make, path = Entries(), transcript(ui_stack)
    task = use("task", "Task", description="Look around", prompt="Find the tests", subagent_type="Explore")
    append(
        path,
        make.user("Look", cwd=str(ui_stack.workspace)),
        make.assistant(task, id="m1"),
        make.result("task", "Three"),
    )
    keep_subagent(
        path, make.user("Find the tests"), make.assistant(use("t1", "Grep", pattern="def test_"), id="m2"), task="task"
    )
    ui_stack.wait(lambda: ui_stack.get(f"/api/sessions/{path.stem}").status_code == 200, "the transcript is known")
    chat = Conversation.open(context, page, ui_stack, path.stem)
    expect(page.get_by_role("button", name=re.compile("Explore.*Look around.*1 step.*done"))).to_be_visible()
    expect(page.get_by_role("list", name="Steps").get_by_role("listitem")).to_contain_text("def test_")
    chat.sees("Three")


def test_tasks_compaction_limits_and_errors_are_told(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    chat = opened(context, page, ui_stack)
    chat.say("[tasks 20] Do them")
    expect(page.get_by_role("region", name="Tasks")).to_contain_text(re.compile("Read the code|Write the test"))
    chat.sees("Echo: Do them")
    expect(page.get_by_role("region", name="Tasks")).to_have_count(0)
    chat.say("[compacting] On")
    chat.sees("Conversation compacted by itself · 180K tokens before")
    expect(page.get_by_role("meter", name="Context used").first).to_have_attribute("aria-valuenow", "10")
    chat.say("[rate-limit] Now")
    expect(page.get_by_role("list", name="Rate limits")).to_contain_text("5 hours: reached, 100 % used")
    chat.sees("The rate limit is reached")
    expect(page.get_by_label("Status", exact=True)).to_have_text("Error")


def test_a_limit_is_told_in_every_session_and_after_a_reload(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    with ui_stack.stream(ui_stack.create()) as other:
        other.send("prompt", text="[rate-limit] Now")
        other.until("status", status="error")
    opened(context, page, ui_stack)
    limits = page.get_by_role("list", name="Rate limits")
    expect(limits).to_contain_text("5 hours: reached, 100 % used")
    page.reload()
    expect(limits).to_contain_text("5 hours: reached, 100 % used")


def test_a_run_of_the_same_tool_is_one_group(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    chat = opened(context, page, ui_stack, "[tool] One")
    card = page.get_by_role("button", name=re.compile("Read README.md"))
    expect(card).to_have_attribute("aria-expanded", "false")
    card.click()
    chat.sees("contents of the file")


def test_it_opens_at_its_end_and_keeps_its_place_when_older_pages_come(
    context: BrowserContext, page: Page, ui_stack: Stack, long_session: str
) -> None:
    chat = Conversation.open(context, page, ui_stack, long_session)
    scrolled = Scrolled(page)
    chat.sees(f"message {LONG - 1}")
    ui_stack.wait(lambda: scrolled.left < 2, "the end is on the screen")
    answers: list[str] = []
    page.on("response", lambda answer: answers.append(answer.url) if "before=" in answer.url else None)
    scrolled.back_until(answers)
    page.wait_for_timeout(600)  # what came is laid out and the wheel is at rest
    seen = str(
        scrolled.box.evaluate("""box => [...box.querySelectorAll('p')].find(
            (p) => p.getBoundingClientRect().top > 300 && p.innerText.startsWith('message')).innerText""")
    )
    before = scrolled.place_of(seen)
    asked = len(answers)
    scrolled.box.evaluate("box => { box.scrollTop = Math.max(0, box.scrollTop - 5) }")
    page.wait_for_timeout(600)
    assert abs(scrolled.place_of(seen) - before) < 40, (seen, asked, len(answers))
    expect(page.get_by_role("button", name="To the end")).to_be_visible()


def test_what_is_read_stays_while_more_is_said_and_a_pill_leads_to_it(
    context: BrowserContext, page: Page, ui_stack: Stack, long_session: str
) -> None:
    chat = Conversation.open(context, page, ui_stack, long_session)
    scrolled = Scrolled(page)
    chat.sees(f"message {LONG - 1}")
    scrolled.by(-1500)
    expect(page.get_by_role("button", name="To the end")).to_be_visible()
    page.wait_for_timeout(300)
    seen = str(
        scrolled.box.evaluate("""box => [...box.querySelectorAll('p')].find(
            (p) => p.getBoundingClientRect().top > 200 && p.innerText.startsWith('message')).innerText""")
    )
    before = scrolled.place_of(seen)
    with ui_stack.stream(long_session) as viewer:
        viewer.until("replay_complete")
        viewer.send("prompt", text="[long 20]")
        viewer.until("status", status="completed")
    pill = page.get_by_role("button", name="New messages")
    expect(pill).to_be_visible()
    assert abs(scrolled.place_of(seen) - before) < 2
    pill.click()
    ui_stack.wait(lambda: scrolled.left < 2, "the pill led to the end")
    expect(pill).to_have_count(0)


def test_it_stays_at_the_end_while_more_is_said(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    chat = opened(context, page, ui_stack, "[long 40]")
    chat.sees("message 39")
    chat.say("[slow 150] Count")
    scrolled = Scrolled(page)
    for step in (10, 60, 110):
        chat.sees(f"step {step}")
        ui_stack.wait(lambda: scrolled.left < 2, "the end is on the screen")
    chat.status("completed")


def test_a_message_that_was_searched_for_is_shown(
    context: BrowserContext, page: Page, ui_stack: Stack, long_session: str
) -> None:
    Conversation.open(context, page, ui_stack, long_session)
    page.goto(f"/sessions/{long_session}?message=20")
    expect(page.get_by_text("message 19", exact=True)).to_be_in_viewport()


def test_a_session_that_goes_on_under_another_id_has_its_address_and_what_is_typed(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    chat = opened(context, page, ui_stack)
    chat.say("[remap] On")
    expect(page).not_to_have_url(re.compile(chat.session))
    chat.sees("Echo: On")
    expect(chat.box).to_be_focused()
    chat.box.press_sequentially("More")
    page.reload()
    expect(chat.box).to_have_value("More")
    page.go_back()
    expect(page).not_to_have_url(re.compile("/sessions/"))


@pytest.mark.parametrize("address", ["00000000-0000-4000-8000-000000000000", "half-an-address"])
def test_a_session_that_is_not_there_says_so_and_leads_to_those_that_are(
    context: BrowserContext, page: Page, ui_stack: Stack, address: str
) -> None:
    opened(context, page, ui_stack)
    page.goto(f"/sessions/{address}")
    expect(page.get_by_role("alert")).to_contain_text("There is no such session")
    expect(page).to_have_title("No such session · Hatchpod")
    assert violations(page) == []
    page.get_by_role("button", name="To the sessions").click()
    expect(page.get_by_role("heading", name="No session is open")).to_be_visible()


def test_a_session_that_was_deleted_meanwhile_says_so(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    chat = opened(context, page, ui_stack, "Hello")
    chat.sees("Echo: Hello")
    ui_stack.request("DELETE", f"/api/sessions/{chat.session}").raise_for_status()
    chat.sees("There is no such session")


def test_each_view_has_a_title_and_takes_the_keyboard_along(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    chat = opened(context, page, ui_stack, "Count the ships")
    expect(page).to_have_title("Count the ships · Hatchpod")
    places = page.get_by_role("navigation", name="Places")
    for name in ("Git", "Usage", "Sessions"):
        places.get_by_role("link", name=name).click()
        expect(page).to_have_title(f"{name} · Hatchpod")
        expect(page.get_by_role("main")).to_be_focused()
    places.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="MCP servers").click()
    expect(page).to_have_title("MCP servers · Settings · Hatchpod")
    places.get_by_role("link", name="Sessions").click()
    page.get_by_role("link", name="New", exact=True).click()
    expect(page).to_have_title("New session · Hatchpod")
    expect(page.get_by_role("textbox", name="Prompt")).to_be_focused()
    page.get_by_role("link", name="Count the ships").first.click()
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="New", exact=True)).to_be_focused()
    chat.status("completed")


def test_what_was_searched_for_far_back_is_shown_and_stays_while_more_is_said(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    """The page forgets the oldest of more than 6,000 messages, but not while somebody looks at them."""
    make, path = Entries(), transcript(ui_stack)
    append(path, *(make.user(f"message {number}", cwd=str(ui_stack.workspace)) for number in range(6_200)))
    session = path.stem
    ui_stack.wait(lambda: ui_stack.get(f"/api/sessions/{session}").status_code == 200, "the transcript is known")
    Conversation.open(context, page, ui_stack, session)
    page.goto(f"/sessions/{session}?message=20")
    found = page.get_by_text("message 20", exact=True)
    expect(found).to_be_in_viewport()
    page.wait_for_timeout(600)  # what was looked for is laid out
    before = Scrolled(page).place_of("message 20")
    append(path, make.user("the newest"))
    pill = page.get_by_role("button", name="New messages")
    expect(pill).to_be_visible()
    assert abs(Scrolled(page).place_of("message 20") - before) < 2
    pill.click()
    expect(page.get_by_text("the newest", exact=True)).to_be_in_viewport()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(size: str, theme: str, browser: Browser, ui_stack: Stack) -> None:
    session = ui_stack.create(MARKDOWN)
    with ui_stack.stream(session) as viewer:
        for prompt in (FIRST, "[tool] Read", "[subagent] Look", "[compacting] On", "[tool-approval] Ask"):
            viewer.send("prompt", text=prompt, mode="queue")
        viewer.until("tool_approval_request")
    context = context_of(browser, ui_stack, size, theme)
    chat = conversation_in(context, ui_stack, session)
    expect(chat.page.get_by_role("region", name="Allow Bash?")).to_be_visible()
    assert violations(chat.page) == []
    Scrolled(chat.page).by(-10_000)
    chat.sees("Title")
    assert violations(chat.page) == []
    chat.page.get_by_role("button", name="Session details").click()
    expect(chat.page.get_by_role("dialog", name="Session")).to_be_visible()
    assert violations(chat.page) == []
    context.close()


def test_nothing_is_wider_than_the_smallest_phone(browser: Browser, ui_stack: Stack) -> None:
    context = browser.new_context(base_url=ui_stack.url, viewport={"width": 320, "height": 568}, has_touch=True)
    chat = conversation_in(context, ui_stack, ui_stack.create(MARKDOWN))
    chat.sees("Title")
    wide = chat.page.evaluate("""() => [...document.querySelectorAll('main *')].filter((one) =>
        one.getBoundingClientRect().right > 321 && !one.closest('[role=group]')).map((one) => one.outerHTML)""")
    assert wide == []
    context.close()
