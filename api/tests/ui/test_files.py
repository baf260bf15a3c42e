"""The workspace's files: found, read, edited, brought and taken."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Browser, Locator, Page, Route, expect
from tests.live.stack import PASSWORD, Stack
from tests.ui.conftest import Shot
from tests.ui.reading import SIZES, context_of, violations

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/q842iQAAAABJRU5ErkJggg=="
)


@pytest.fixture(autouse=True)
def workspace(ui_stack: Stack) -> Path:
    """The same few files for each test."""
    for path in ui_stack.workspace.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (ui_stack.workspace / "source/deep").mkdir(parents=True)
    (ui_stack.workspace / "source/main.py").write_text('def greet(name):\n    return "Hello " + name  # said\n')
    (ui_stack.workspace / "source/deep/notes.md").write_text("# Notes\n\nFirst.\n")
    (ui_stack.workspace / "pixel.png").write_bytes(PIXEL)
    (ui_stack.workspace / "blob.bin").write_bytes(bytes(range(256)))
    return ui_stack.workspace


class Files:
    """A person at the files."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def open(cls, page: Page, path: str = "") -> Files:
        answer = page.context.request.post("/api/login", data={"password": PASSWORD})
        assert answer.status == 204, answer.text()
        page.goto(f"/files?path={path}" if path else "/files")
        return cls(page)

    @property
    def tree(self) -> Locator:
        return self.page.get_by_role("navigation", name="Files")

    @property
    def editor(self) -> Locator:
        return self.page.locator(".cm-content")

    def folder(self, name: str) -> Locator:
        return self.tree.get_by_role("button", name=name, exact=True)

    def file(self, name: str) -> Locator:
        return self.tree.get_by_role("link", name=name)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def choose(self, name: str, action: str) -> None:
        """An action of the menu of a file or folder."""
        self.page.get_by_role("button", name=f"Actions for {name}", exact=True).first.click()
        self.page.get_by_role("menuitem", name=action).click()

    def name(self, label: str, name: str, action: str) -> None:
        """Answer the dialog that asks for a name."""
        self.page.get_by_role("dialog").get_by_label(label, exact=True).fill(name)
        self.page.get_by_role("dialog").get_by_role("button", name=action).click()

    def type_at_end(self, text: str) -> None:
        self.editor.click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)


def test_a_file_is_found_in_the_tree_edited_and_saved(page: Page, workspace: Path, ui_stack: Stack, shot: Shot) -> None:
    path = workspace / "source/main.py"
    files = Files.open(page)
    files.folder("source").click()
    files.file("main.py").click()
    expect(files.editor).to_contain_text("def greet(name)")
    expect(files.button("Save")).to_be_disabled()
    files.type_at_end("greet('you')")
    expect(page.get_by_role("status").filter(has_text="Unsaved")).to_be_visible()
    shot(page, "files-desk-light")
    page.keyboard.press("Control+s")
    expect(files.button("Save")).to_be_disabled()
    ui_stack.wait(lambda: path.read_text().endswith("# said\ngreet('you')"), "it is saved by the keyboard")
    page.keyboard.type("  # done")
    files.button("Save").click()
    expect(files.button("Save")).to_be_disabled()
    ui_stack.wait(lambda: path.read_text().endswith("greet('you')  # done"), "it is saved by the button")


def test_what_is_typed_while_a_file_is_being_saved_stays_and_is_saved_next(
    page: Page, workspace: Path, ui_stack: Stack
) -> None:
    path = workspace / "source/main.py"
    answers: list[tuple[Route, APIResponse]] = []

    def keep_back(route: Route) -> None:
        answers.append((route, route.fetch()))

    files = Files.open(page, "source/main.py")
    files.type_at_end("one()")
    page.route("**/api/files?*", keep_back, times=1)
    page.keyboard.press("Control+s")
    expect(files.button("Save")).to_be_disabled()
    ui_stack.wait(lambda: path.read_text().endswith("one()"), "it is written, and its answer is on its way")
    page.keyboard.type("  # and")
    page.keyboard.press("Control+s")
    page.keyboard.type(" more")
    [(route, response)] = answers
    route.fulfill(response=response)
    expect(page.get_by_role("status").filter(has_text="Unsaved")).to_have_count(0)
    assert path.read_text().endswith("one()  # and more"), "what was typed meanwhile is saved as asked"
    page.keyboard.type("!")
    expect(files.editor).to_contain_text("one()  # and more!")


def test_a_file_that_changed_meanwhile_is_not_written_over_unasked(page: Page, workspace: Path) -> None:
    files = Files.open(page, "source/deep/notes.md")
    files.type_at_end("Mine.")
    (workspace / "source/deep/notes.md").write_text("# Notes\n\nTheirs.\n")
    files.button("Save").click()
    notice = page.get_by_text("The file was changed since you began to type.")
    expect(notice).to_be_visible()
    assert "Theirs" in (workspace / "source/deep/notes.md").read_text()
    files.button("Write mine over it").click()
    expect(notice).to_have_count(0)
    assert "Mine" in (workspace / "source/deep/notes.md").read_text()
    files.type_at_end("More.")
    (workspace / "source/deep/notes.md").write_text("# Theirs again\n")
    files.button("Save").click()
    files.button("Show its version").click()
    expect(files.editor).to_have_text("# Theirs again")
    assert (workspace / "source/deep/notes.md").read_text() == "# Theirs again\n"


def test_what_is_not_saved_is_kept_while_another_file_is_open(page: Page) -> None:
    files = Files.open(page, "source/main.py")
    files.type_at_end("kept = True")
    files.folder("deep").click()
    files.file("notes.md").click()
    expect(files.editor).to_contain_text("First.")
    expect(files.file("main.py")).to_contain_text("unsaved")
    files.file("main.py").click()
    expect(files.editor).to_contain_text("kept = True")


def test_files_and_folders_are_made_renamed_and_deleted(page: Page, workspace: Path, ui_stack: Stack) -> None:
    files = Files.open(page)
    files.choose("Workspace", "New folder")
    files.name("Name", "made", "Create")
    files.choose("made", "New file")
    files.name("Name", "new.txt", "Create")
    expect(files.editor).to_be_visible()
    assert (workspace / "made/new.txt").read_text() == ""
    files.choose("made", "New file")
    files.name("Name", "new.txt", "Create")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("already")
    page.keyboard.press("Escape")
    files.choose("new.txt", "Rename or move")
    files.name("Path in the workspace", "source/moved.txt", "Move")
    expect(page).to_have_url("/files?path=source%2Fmoved.txt")
    assert (workspace / "source/moved.txt").exists()
    files.choose("made", "Delete")
    files.button("Delete").click()
    expect(files.folder("made")).to_have_count(0)
    ui_stack.wait(lambda: not (workspace / "made").exists(), "the folder is gone")


def test_files_are_uploaded_and_downloaded(page: Page, workspace: Path, ui_stack: Stack, tmp_path: Path) -> None:
    own = tmp_path / "table.csv"
    own.write_text("a,b\n1,2\n")
    files = Files.open(page)
    expect(files.folder("source")).to_be_visible()
    page.get_by_label("Files for source").set_input_files(own)
    expect(files.file("table.csv")).to_be_visible()
    copy = workspace / "source/table.csv"
    ui_stack.wait(lambda: copy.read_text() == own.read_text(), "it is uploaded")
    page.get_by_label("Files for source").set_input_files(own)
    expect(page.get_by_role("list", name="Uploads").get_by_role("alert")).to_contain_text("already")
    files.button("Dismiss table.csv").click()
    with page.expect_download() as begun:
        files.choose("table.csv", "Download")
    assert begun.value.suggested_filename == "table.csv"
    assert begun.value.path().read_text() == own.read_text()
    with page.expect_download() as begun:
        files.choose("source", "Download as zip")
    assert begun.value.suggested_filename == "source.zip"


def test_pictures_are_shown_and_other_binary_files_can_be_downloaded(page: Page) -> None:
    files = Files.open(page, "pixel.png")
    expect(page.get_by_role("img", name="pixel.png")).to_be_visible()
    files.file("blob.bin").click()
    expect(page.get_by_text("A binary file of 256 B.")).to_be_visible()
    expect(page.get_by_role("link", name="Download")).to_have_attribute("href", "/api/files/download?path=blob.bin")


def test_a_file_that_is_gone_is_told(page: Page) -> None:
    Files.open(page, "nowhere.txt")
    expect(page.get_by_role("alert")).to_contain_text("nowhere.txt")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(browser: Browser, ui_stack: Stack, shot: Shot, size: str, theme: str) -> None:
    context = context_of(browser, ui_stack, size, theme)
    page = context.new_page()
    files = Files.open(page)
    files.folder("source").click()
    expect(files.file("main.py")).to_be_visible()
    shot(page, f"files-{size}-{theme}-tree")
    assert violations(page) == []
    files.file("main.py").click()
    expect(files.editor).to_contain_text("def greet(name)")
    expect(files.editor.locator("span").first).to_be_visible()
    shot(page, f"files-{size}-{theme}-file")
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
