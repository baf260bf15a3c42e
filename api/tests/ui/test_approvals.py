"""What waits for a person is answered: by thumb on a phone, by keys at a desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from tests.live.stack import Stack
from tests.ui.conversation import Conversation
from tests.ui.reading import context_of, conversation_in, violations


@pytest.fixture
def phone(browser: Browser, ui_stack: Stack) -> Iterator[BrowserContext]:
    context = context_of(browser, ui_stack, "phone")
    yield context
    context.close()


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def asked(
    context: BrowserContext, stack: Stack, prompt: str, name: str = "Allow Bash?"
) -> tuple[Conversation, Locator]:
    chat = conversation_in(context, stack, stack.create(prompt))
    found = card(chat.page, name)
    expect(found).to_be_visible()
    return chat, found


def test_a_command_is_allowed_on_a_phone(phone: BrowserContext, ui_stack: Stack) -> None:
    chat, ask = asked(phone, ui_stack, "[tool-approval] Go")
    expect(ask).to_contain_text("touch approved.txt")
    for button in ask.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44, button
    ask.get_by_role("button", name="Allow", exact=True).tap()
    chat.sees("Bash was allowed.")
    expect(ask).to_have_count(0)


def test_a_denial_has_a_reason_which_the_agent_is_told(phone: BrowserContext, ui_stack: Stack) -> None:
    chat, ask = asked(phone, ui_stack, "[tool-approval] Go")
    ask.get_by_role("button", name="Deny").tap()
    expect(ask.get_by_role("button", name="Deny and stop")).to_be_visible()
    ask.get_by_label("What should Claude do instead?").fill("Not this file")
    ask.get_by_role("button", name="Deny with reason").tap()
    chat.sees("Bash was denied.")
    chat.sees("Not this file")


def test_enter_allows_and_escape_leads_to_the_denial(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    chat = Conversation.open(context, page, ui_stack, ui_stack.create("[tool-approval-multi] Go"))
    expect(card(page, "Allow Bash?")).to_be_focused()
    page.keyboard.press("Escape")
    reason = page.get_by_label("What should Claude do instead?")
    expect(reason).to_be_focused()
    page.keyboard.press("Escape")
    expect(card(page, "Allow Bash?")).to_be_focused()
    page.keyboard.press("Enter")
    chat.sees("Bash was allowed.")
    write = card(page, "Allow Write?")
    expect(write).to_contain_text("a.txt")
    expect(write).to_contain_text("added: a")
    expect(write).to_be_focused()
    page.keyboard.press("Escape")
    reason.fill("Another name")
    page.keyboard.press("Enter")
    chat.sees("Write was denied.")


def test_what_is_typed_into_the_prompt_answers_nothing(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    chat = Conversation.open(context, page, ui_stack, ui_stack.create())
    chat.say("[tool-approval] Go")
    expect(card(page, "Allow Bash?")).to_be_visible()
    expect(chat.box).to_be_focused()
    chat.say("Later")
    expect(chat.queue).to_contain_text("Later")
    expect(card(page, "Allow Bash?")).to_be_visible()


def test_a_rule_can_be_edited_and_one_that_covers_everything_is_refused(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    chat = Conversation.open(context, page, ui_stack, ui_stack.create("[tool-approval] Go"))
    page.get_by_role("button", name="Always allow").click()
    rule = page.get_by_label("Always allow what this rule covers")
    expect(rule).to_have_value("Bash(touch approved.txt)")
    rule.fill("Bash(*)")
    expect(page.get_by_role("alert")).to_contain_text("covers everything")
    expect(page.get_by_role("button", name="Allow by this rule")).to_be_disabled()
    rule.fill("Bash(touch *)")
    page.keyboard.press("Enter")
    chat.sees("Bash was allowed.")


def test_a_whole_tool_is_not_asked_for_again(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    chat = Conversation.open(context, page, ui_stack, ui_stack.create("[tool-approval] Go"))
    page.get_by_role("button", name="Always allow").click()
    page.get_by_role("button", name="Every use of Bash").click()
    chat.sees("Bash was allowed.")
    chat.status("completed")
    chat.say("[tool-approval] Once more")
    expect(chat.messages.get_by_text("Bash was allowed.")).to_have_count(2)
    expect(card(page, "Allow Bash?")).to_have_count(0)


def test_the_command_is_edited_before_it_is_allowed(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    chat = Conversation.open(context, page, ui_stack, ui_stack.create("[tool-approval] Go"))
    page.get_by_role("button", name="Edit", exact=False).and_(page.get_by_text("Edit…")).click()
    page.get_by_label("Command").fill("touch other.txt")
    page.get_by_role("button", name="Allow this").click()
    chat.sees("Did Bash with {'command': 'touch other.txt'}")


def test_a_question_is_answered_by_an_option_or_in_words(phone: BrowserContext, ui_stack: Stack) -> None:
    chat, ask = asked(phone, ui_stack, "[question] Paint", "Claude asks")
    expect(ask.get_by_role("button", name="Answer")).to_be_disabled()
    ask.get_by_text("Red").tap()
    ask.get_by_role("button", name="Answer").tap()
    chat.sees("You said Red.")
    chat.status("completed")
    chat.say("[question] Again")
    ask.get_by_text("Something else").tap()
    ask.get_by_label("Your answer").fill("Green")
    ask.get_by_role("button", name="Answer").tap()
    chat.sees("You said Green.")


def test_a_plan_is_carried_out_in_the_chosen_mode(phone: BrowserContext, ui_stack: Stack) -> None:
    chat, ask = asked(phone, ui_stack, "[plan] Think", "Claude has a plan")
    expect(ask.get_by_role("listitem")).to_have_text(["Read", "Write", "Test"])
    assert violations(chat.page) == []
    ask.get_by_role("button", name="Change it").tap()
    ask.get_by_label("What should be different?").fill("Test first")
    ask.get_by_role("button", name="Deny with reason").tap()
    chat.sees("The plan is changed.")
    chat.status("completed")
    chat.say("[plan] Once more")
    ask.get_by_label("Ask before changes").check()
    ask.get_by_role("button", name="Carry it out").tap()
    chat.sees("The plan is carried out.")
    assert chat.detail()["permissionMode"] == "default"


def test_several_wait_at_once_and_each_is_answered(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    chat = Conversation.open(context, page, ui_stack, ui_stack.create("[tool-approval-both] Go"))
    expect(card(page, "Allow Bash?")).to_contain_text("1 of 2")
    page.get_by_role("button", name="Next request").click()
    write = card(page, "Allow Write?")
    expect(write).to_contain_text("2 of 2")
    write.get_by_role("button", name="Allow", exact=True).click()
    chat.sees("Write was allowed.")
    expect(card(page, "Allow Bash?")).not_to_contain_text("1 of")
    card(page, "Allow Bash?").get_by_role("button", name="Allow", exact=True).click()
    chat.sees("Bash was allowed.")


def test_what_another_device_answers_is_gone_here(phone: BrowserContext, ui_stack: Stack) -> None:
    chat, ask = asked(phone, ui_stack, "[tool-approval] Go")
    with ui_stack.stream(chat.session) as viewer:
        viewer.send("approve", toolUseId=viewer.until("tool_approval_request")["toolUseId"])
    expect(ask).to_have_count(0)
    chat.sees("Bash was allowed.")
