"""What stands above a conversation: what it has cost, and where its repository is."""

from __future__ import annotations

import re
import subprocess

from playwright.sync_api import BrowserContext, Page, expect
from tests.live.stack import Stack
from tests.ui.conversation import Conversation


def test_cost_branch_and_changed_files_are_told_and_lead_to_the_changes(
    context: BrowserContext, page: Page, ui_stack: Stack
) -> None:
    folder = ui_stack.workspace / "shop"
    folder.mkdir()
    (folder / "eggs.txt").write_text("one\ntwo\n")
    ada = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    commit = (*ada, "commit", "--quiet", "--message", "Begin")
    for command in (("init", "--quiet", "--initial-branch=main"), ("add", "--all"), commit):
        subprocess.run(["git", *command], cwd=folder, check=True)
    (folder / "eggs.txt").write_text("one\nthree\nfour\n")
    chat = Conversation.open(context, page, ui_stack, ui_stack.create("Count", cwd="shop"))
    header = page.get_by_role("region", name="Session", exact=True).locator("header").first
    expect(header).to_contain_text("$0.01 · 30 tokens")
    branch = header.get_by_role("link", name=re.compile("^Branch main"))
    expect(branch).to_have_text(re.compile(r"main\+2 .1"))
    page.get_by_role("button", name="Session details").click()
    details = page.get_by_role("dialog", name="Session")
    expect(details).to_contain_text("$0.01 · 30 tokens")
    expect(details).to_contain_text(chat.session)
    page.keyboard.press("Escape")
    branch.click()
    expect(page.get_by_role("heading", name="Not staged 1")).to_be_visible()
