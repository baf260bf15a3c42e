"""What a person does to a repository in the web UI is what git then has."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.live.stack import PASSWORD, Stack
from tests.ui.conftest import Shot
from tests.ui.reading import SIZES, context_of, violations

README = "# Project\n\nOne line.\n"


class Repository:
    """A repository in the stack's workspace, with one commit by Ada."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.name = name
        self.folder = stack.workspace / name
        self.folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.org")
        self.write("README.md", README)
        self.write("src/greet.py", 'def greet(name):\n    return "Hello " + name\n')
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Say what this is")

    def git(self, *arguments: str) -> str:
        command = ["git", *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def change(self) -> None:
        self.write("README.md", README.replace("One", "Another"))
        self.write("src/greet.py", 'def greet(name: str) -> str:\n    return f"Hello {name}"\n')
        self.write("notes/todo.txt", "Write more.\n")


def shown(context: BrowserContext, page: Page, address: str) -> Page:
    answer = context.request.post("/api/login", data={"password": PASSWORD})
    assert answer.status == 204, answer.text()
    page.goto(address)
    return page


def test_files_are_looked_at_staged_committed_and_pushed(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    project = Repository(ui_stack, "first")
    bare = ui_stack.workspace / "first.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    project.git("remote", "add", "origin", str(bare))
    project.change()
    shown(context, page, f"/git?cwd={project.folder}")
    page.get_by_role("link", name="README.md").click()
    diff = page.get_by_role("group", name="Changes of README.md")
    expect(diff).to_contain_text("removed: One line.")
    expect(diff).to_contain_text("added: Another line.")
    page.get_by_role("button", name="Stage README.md").click()
    page.get_by_role("button", name="Stage notes/todo.txt").click()
    page.get_by_role("button", name="Unstage README.md").click()
    expect(page.get_by_role("heading", name="Staged 1", exact=True)).to_be_visible()
    assert project.git("diff", "--cached", "--name-only").split() == ["notes/todo.txt"]
    page.get_by_role("textbox", name="Commit message").fill("Say what is to be done")
    page.get_by_role("textbox", name="Commit message").press("Control+Enter")
    expect(page.get_by_text("Committed")).to_be_visible()
    assert project.git("log", "-1", "--format=%s %an").strip() == "Say what is to be done Ada"
    expect(page.get_by_role("heading", name=re.compile("^Staged"))).to_have_count(0)
    page.get_by_role("button", name="Push", exact=True).click()
    expect(page.get_by_text("Pushed main")).to_be_visible()
    pushed = subprocess.run(
        ["git", "-C", str(bare), "log", "-1", "--format=%s", "main"], check=True, capture_output=True, text=True
    )
    assert pushed.stdout.strip() == "Say what is to be done"
    expect(page.get_by_text("to origin/main")).to_be_visible()


def test_changes_are_only_discarded_after_a_question(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    project = Repository(ui_stack, "second")
    project.change()
    shown(context, page, f"/git?cwd={project.folder}")
    page.get_by_role("button", name="Discard changes of README.md").click()
    question = page.get_by_role("dialog", name="Discard changes of README.md?")
    question.get_by_role("button", name="Cancel").click()
    assert "Another" in (project.folder / "README.md").read_text()
    page.get_by_role("button", name="Discard all").click()
    question = page.get_by_role("dialog", name="Discard changes of 3 files?")
    expect(question).to_contain_text("1 untracked file is deleted")
    question.get_by_role("button", name="Discard", exact=True).click()
    expect(page.get_by_role("heading", name="Nothing has changed")).to_be_visible()
    assert (project.folder / "README.md").read_text() == README
    assert not (project.folder / "notes/todo.txt").exists()


def test_what_a_hook_or_a_remote_refuses_is_told(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    project = Repository(ui_stack, "third")
    hook = project.write(".git/hooks/pre-commit", "#!/bin/sh\necho 'No trailing spaces, please' >&2\nexit 1\n")
    hook.chmod(0o755)
    project.change()
    shown(context, page, f"/git?cwd={project.folder}")
    page.get_by_role("button", name="Stage all").click()
    page.get_by_role("textbox", name="Commit message").fill("Try")
    page.get_by_role("button", name="Commit 3 files").click()
    expect(page.get_by_role("alert")).to_contain_text("No trailing spaces, please")
    expect(page.get_by_role("textbox", name="Commit message")).to_have_value("Try")
    page.get_by_role("button", name="Push", exact=True).click()
    expect(page.get_by_role("dialog", name="Push to which remote?")).to_contain_text("git remote add")


def test_history_and_branches_lead_on(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    project = Repository(ui_stack, "fourth")
    project.change()
    project.git("switch", "--quiet", "--create", "other")
    project.git("commit", "--quiet", "--all", "--message", "Greet in another way", "--message", "As they do there.")
    project.git("switch", "--quiet", "main")
    shown(context, page, f"/git?cwd={project.folder}")
    page.get_by_role("link", name="Branches").click()
    page.get_by_role("button", name="Switch to other").click()
    expect(page.get_by_text("On other", exact=True)).to_be_visible()
    page.get_by_role("link", name="History").click()
    page.get_by_role("link", name="Greet in another way").click()
    expect(page.get_by_text("As they do there.")).to_be_visible()
    changed = page.get_by_role("region", name="src/greet.py")
    expect(changed).to_contain_text('added:     return f"Hello {name}"')
    changed.get_by_role("button", name="src/greet.py").click()
    expect(changed.get_by_role("group")).to_have_count(0)
    page.get_by_role("link", name="Branches").click()
    page.get_by_role("button", name="New branch").click()
    page.get_by_role("textbox", name="Name").fill("no..name")
    page.get_by_role("button", name="Create and switch").click()
    expect(page.get_by_role("alert")).to_contain_text("no name for a branch")
    page.get_by_role("textbox", name="Name").fill("third")
    page.get_by_role("textbox", name="Name").press("Enter")
    expect(page.get_by_text("On third", exact=True)).to_be_visible()
    assert project.git("branch", "--show-current").strip() == "third"


def test_a_folder_without_a_repository_says_so(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    (ui_stack.workspace / "plain").mkdir()
    shown(context, page, f"/git?cwd={ui_stack.workspace / 'plain'}")
    expect(page.get_by_role("heading", name="Not a git repository")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(size: str, theme: str, browser: Browser, ui_stack: Stack, shot: Shot) -> None:
    project = Repository(ui_stack, f"{size}-{theme}")
    project.write("docs/a/rather/long/way/to/a/file-with-a-long-name.md", "# Far\n")
    project.git("add", "--all")
    project.change()
    context = context_of(browser, ui_stack, size, theme)
    page = shown(context, context.new_page(), f"/git?cwd={project.folder}")
    name = f"git-{size}-{theme}"
    expect(page.get_by_role("heading", name="Not staged 3")).to_be_visible()
    assert violations(page) == []
    shot(page, name)
    page.get_by_role("link", name="greet.py").click()
    expect(page.get_by_role("group", name="Changes of src/greet.py")).to_contain_text("added")
    assert violations(page) == []
    shot(page, f"{name}-diff")
    page.goto(f"/git?cwd={project.folder}&tab=history")
    page.get_by_role("link", name="Say what this is").click()
    expect(page.get_by_role("region", name="README.md")).to_contain_text("Project")
    assert violations(page) == []
    shot(page, f"{name}-commit")
    page.goto(f"/git?cwd={project.folder}&tab=branches")
    expect(page.get_by_text("Checked out")).to_be_visible()
    assert violations(page) == []
    shot(page, f"{name}-branches")
    context.close()


def test_nothing_is_wider_than_the_smallest_phone(browser: Browser, ui_stack: Stack, shot: Shot) -> None:
    project = Repository(ui_stack, "a-repository-with-quite-a-long-name-of-its-own")
    project.change()
    context = browser.new_context(base_url=ui_stack.url, viewport={"width": 320, "height": 568}, has_touch=True)
    page = shown(context, context.new_page(), f"/git?cwd={project.folder}")
    expect(page.get_by_role("heading", name="Not staged 3")).to_be_visible()
    shot(page, "git-320")
    wide = page.evaluate("""() => [...document.querySelectorAll('main *')].filter((one) =>
        one.getBoundingClientRect().right > 321).map((one) => one.outerHTML)""")
    assert wide == []
    context.close()
