"""What a person does at the foot of a conversation: send, queue, steer, interrupt, complete, attach."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from tests.live.stack import Stack
from tests.ui.conversation import PHONE, Conversation

AXE = Path(__file__).parents[2] / "ui/node_modules/axe-core/axe.min.js"

# What Office puts on the clipboard: the words, the words with their look, and a picture of them.
COPY_LIKE_OFFICE = """async (text) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 10 })
    const picture = await new Promise((resolve) => canvas.toBlob(resolve))
    await navigator.clipboard.write([new ClipboardItem({
        'text/plain': text, 'text/html': `<b>${text}</b>`, 'image/png': picture })])
}"""

PASTE = """([name, width, height]) => new Promise((resolve) => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height })
    canvas.getContext('2d').fillRect(0, 0, width / 2, height)
    canvas.toBlob((blob) => {
        const clipboardData = new DataTransfer()
        clipboardData.items.add(new File([blob], name, { type: 'image/png' }))
        const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
        document.querySelector('textarea[aria-label=Prompt]').dispatchEvent(event)
        resolve(null)
    })
})"""


@pytest.fixture
def conversation(context: BrowserContext, page: Page, ui_stack: Stack) -> Conversation:
    conversation = Conversation.open(context, page, ui_stack, ui_stack.create("Hello"))
    conversation.sees("Echo: Hello")
    return conversation


def test_prompts_wait_in_the_queue_where_they_are_edited_and_removed(conversation: Conversation) -> None:
    conversation.say("[slow 100] Count")
    expect(conversation.button("Interrupt")).to_be_visible()
    conversation.say("Wrong")
    conversation.say("Later")
    items = conversation.queue.get_by_role("listitem")
    expect(items).to_have_count(2)
    items.first.get_by_role("button", name="Remove queued prompt").click()
    expect(items).to_have_count(1)
    items.first.get_by_role("button", name="Edit queued prompt").click()
    conversation.page.get_by_label("Queued prompt").fill("Much later")
    conversation.button("Save").click()
    expect(conversation.queue).to_contain_text("Much later")
    conversation.sees("Echo: Much later")
    expect(conversation.queue).to_have_count(0)
    assert conversation.said() == ["Hello", "[slow 100] Count", "Much later"]


def test_an_edit_of_a_prompt_that_begins_meanwhile_comes_into_the_box(conversation: Conversation) -> None:
    conversation.say("[slow 60] Count")
    expect(conversation.button("Interrupt")).to_be_visible()
    conversation.say("Later")
    conversation.box.fill("And tea.")
    conversation.queue.get_by_role("button", name="Edit queued prompt").click()
    conversation.page.get_by_label("Queued prompt").fill("Much later")
    conversation.sees("Echo: Later")
    expect(conversation.box).to_have_value("And tea.\n\nMuch later")


def test_a_prompt_steers_the_turn_that_runs(conversation: Conversation) -> None:
    conversation.say("[slow 60] Count")
    conversation.page.get_by_label("While it works").select_option("steer")
    conversation.say("To the left")
    conversation.sees("To the left")
    conversation.status("completed")
    assert conversation.said() == ["Hello", "[slow 60] Count", "To the left"]
    expect(conversation.page.get_by_role("main").get_by_text("To the left")).to_have_count(1)


def test_escape_interrupts_and_pauses_the_queue_until_it_is_resumed(conversation: Conversation) -> None:
    conversation.say("[slow 2000] Count")
    expect(conversation.button("Interrupt")).to_be_visible()
    conversation.say("Then this")
    expect(conversation.queue).to_contain_text("Then this")
    conversation.box.press("Escape")
    expect(conversation.queue).to_contain_text("Queue paused")
    conversation.status("interrupted")
    conversation.button("Resume").click()
    conversation.sees("Echo: Then this")


def test_escape_interrupts_from_anywhere_but_closes_first_what_is_open(conversation: Conversation) -> None:
    page = conversation.page
    conversation.say("[slow 2000] Count")
    conversation.sees("step 2")
    page.get_by_role("button", name="Session details").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("searchbox", name="Search sessions").press("Escape")
    expect(conversation.button("Interrupt")).to_be_visible()
    page.get_by_role("button", name="Session details").focus()
    page.keyboard.press("Escape")
    conversation.status("interrupted")


def test_commands_are_completed_by_keyboard(conversation: Conversation) -> None:
    page, box = conversation.page, conversation.box
    box.press_sequentially("/")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.first).to_contain_text("Summarise the conversation")
    box.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.nth(1).get_attribute("id") or "none")
    box.press("Enter")
    expect(box).to_have_value("/review ")
    expect(options).to_have_count(0)
    box.fill("/co")
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("/co")


def test_commands_are_known_before_the_first_prompt(conversation: Conversation, ui_stack: Stack) -> None:
    page, box = conversation.page, conversation.box
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    box.press_sequentially("/")
    expect(options).to_have_count(2)
    for address in ("/new", f"/sessions/{ui_stack.create()}"):
        page.goto(address)
        box.press_sequentially("/re")
        expect(options).to_have_count(1)
        expect(options).to_contain_text("Review a pull request")


def test_files_are_completed_by_keyboard_and_pointer(conversation: Conversation, ui_stack: Stack) -> None:
    (ui_stack.workspace / "source").mkdir()
    for name in ("main.py", "my notes.md"):
        (ui_stack.workspace / "source" / name).write_text("")
    box = conversation.box
    options = conversation.page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    box.press_sequentially("Read @main")
    expect(options).to_have_text(["source/main.py"])
    box.press("Tab")
    expect(box).to_have_value("Read @source/main.py ")
    box.press_sequentially("and @notes")
    options.filter(has_text="my notes.md").click()
    expect(box).to_have_value('Read @source/main.py and @"source/my notes.md" ')
    expect(box).to_be_focused()


def test_the_up_arrow_brings_earlier_prompts_back(conversation: Conversation) -> None:
    conversation.say("And bye")
    conversation.sees("Echo: And bye")
    box = conversation.box
    for key, text in [("ArrowUp", "And bye"), ("ArrowUp", "Hello"), ("ArrowDown", "And bye"), ("ArrowDown", "")]:
        box.press(key)
        expect(box).to_have_value(text)


def test_a_pasted_picture_goes_along_and_is_made_smaller(conversation: Conversation) -> None:
    conversation.page.evaluate(PASTE, ["large.png", 4000, 1000])
    attached = conversation.page.get_by_role("list", name="Attachments")
    expect(attached.get_by_role("listitem")).to_have_text(["large.png"])
    picture = attached.locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("(image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])") == [
        2000,
        500,
    ]
    conversation.say("What is this?")
    conversation.sees("Echo: What is this? [large.png]")
    expect(attached).to_have_count(0)


def test_pasted_words_stay_words_though_a_picture_of_them_comes_along(
    context: BrowserContext, conversation: Conversation
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    conversation.page.evaluate(COPY_LIKE_OFFICE, "Quarterly figures")
    conversation.box.press("Control+v")
    expect(conversation.box).to_have_value("Quarterly figures")
    expect(conversation.page.get_by_role("list", name="Attachments")).to_have_count(0)


def test_what_is_dropped_anywhere_is_attached_and_text_goes_where_it_is_dropped(
    conversation: Conversation, tmp_path: Path
) -> None:
    page = conversation.page
    notes = tmp_path / "dropped.txt"
    notes.write_text("Remember.")
    address = page.url
    drop(page, conversation.messages, files=[str(notes)])
    expect(page.get_by_role("list", name="Attachments")).to_contain_text("dropped.txt")
    assert page.url == address
    drop(page, conversation.box, items=[{"mimeType": "text/plain", "data": "Read it"}])
    expect(conversation.box).to_have_value("Read it")
    conversation.button("Send prompt").click()
    conversation.sees("Echo: Read it [dropped.txt]")


def test_a_file_that_is_dropped_where_nothing_takes_it_does_not_replace_the_page(
    conversation: Conversation, tmp_path: Path
) -> None:
    page = conversation.page
    stray = tmp_path / "stray.txt"
    stray.write_text("Nobody asked for this.")
    page.goto("/usage")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_visible()
    drop(page, page.locator("#main"), files=[str(stray)])
    drop(page, page.locator("#main"), files=[str(stray)])
    expect(heading).to_be_visible()
    expect(page).to_have_url("/usage")


def drop(page: Page, target: Locator, **data: Any) -> None:
    """Let go over the middle of `target` what was dragged into the window."""
    box = target.bounding_box()
    assert box is not None
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    debugger = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        carried = {"items": [], "dragOperationsMask": 1, **data}
        debugger.send("Input.dispatchDragEvent", {"type": kind, "data": carried, **place})


def test_files_are_uploaded_and_attached_by_their_path(
    conversation: Conversation, ui_stack: Stack, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Remember.")
    for sent, place in (("one", r"notes\.txt"), ("two", r"\d{14}-notes\.txt")):
        conversation.page.locator("input[type=file]").set_input_files(notes)
        attached = conversation.page.get_by_role("list", name="Attachments")
        expect(attached.get_by_role("progressbar")).to_have_count(0)
        conversation.say(sent)
        conversation.sees(f"Echo: {sent} [notes.txt]")
        kept = [file.name for file in (ui_stack.workspace / "uploads").iterdir()]
        assert any(re.fullmatch(place, name) for name in kept)


def test_mode_model_and_effort_are_chosen_beside_the_prompt(conversation: Conversation) -> None:
    page = conversation.page
    modes = page.get_by_label("Permission mode")
    assert "Bypass permissions" not in modes.inner_text()
    modes.select_option("plan")
    page.get_by_label("Model", exact=True).select_option("opus")
    page.get_by_label("Effort", exact=True).select_option("high")
    conversation.stack.wait(
        lambda: (
            [conversation.detail()[name] for name in ("permissionMode", "model", "effort")] == ["plan", "opus", "high"]
        ),
        "all three are chosen",
    )
    expect(modes).to_have_value("plan")


def test_on_a_phone_enter_begins_a_line_and_choices_are_in_a_sheet(browser: Browser, ui_stack: Stack) -> None:
    with browser.new_context(base_url=ui_stack.url, **PHONE) as context:
        conversation = Conversation.open(context, context.new_page(), ui_stack, ui_stack.create("Hello"))
        conversation.sees("Echo: Hello")
        conversation.box.fill("One")
        conversation.box.press("Enter")
        conversation.box.press_sequentially("Two")
        expect(conversation.box).to_have_value("One\nTwo")
        conversation.button("Send prompt").tap()
        conversation.stack.wait(lambda: conversation.said() == ["Hello", "One\nTwo"], "it was sent")
        conversation.button("Mode, model and effort").tap()
        sheet = conversation.page.get_by_role("dialog")
        sheet.get_by_label("Permission mode").select_option("acceptEdits")
        conversation.stack.wait(lambda: conversation.detail()["permissionMode"] == "acceptEdits", "the mode is chosen")


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_nothing_is_in_the_way_of_anybody(browser: Browser, ui_stack: Stack, options: dict[str, object]) -> None:
    with browser.new_context(base_url=ui_stack.url, **options) as context:  # type: ignore[arg-type]
        page = context.new_page()
        conversation = Conversation.open(context, page, ui_stack, ui_stack.create("[slow 2000] Count"))
        page.evaluate(PASTE, ["small.png", 40, 40])
        conversation.box.fill("Then this")
        conversation.button("Queue prompt").click()
        expect(conversation.queue).to_be_visible()
        conversation.box.fill("/")
        expect(page.get_by_role("listbox")).to_be_visible()
        page.evaluate(AXE.read_text())
        found = page.evaluate("() => axe.run('[role=group][aria-label=Prompt], [aria-label=Queue], [role=listbox]')")
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []
        conversation.box.fill("")
        conversation.button("Interrupt").click()
        conversation.status("interrupted")
