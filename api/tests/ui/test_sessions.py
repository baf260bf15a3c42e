"""The list of sessions: found, followed and put in order; and how a session begins."""

from __future__ import annotations

import datetime
import re
import subprocess
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from tests.live.stack import PASSWORD, Stack
from tests.ui.conversation import Conversation
from tests.ui.reading import context_of

from standins.entries import Entries, append

CHECKOUT, RELEASE, FOXES, OLD = (str(UUID(int=number)) for number in range(1, 5))
COSTLY = {"input_tokens": 100_000, "output_tokens": 50_000}


class Sessions:
    """A person at the list."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def search(self) -> Locator:
        return self.page.get_by_role("searchbox", name="Search sessions")

    @property
    def rows(self) -> Locator:
        return self.page.get_by_role("list", name="Sessions").get_by_role("listitem").filter(has=self.page.locator("a"))

    def row(self, title: str) -> Locator:
        return self.rows.filter(has_text=title)

    def filter(self, label: str, choice: str) -> None:
        if not self.page.get_by_label(label, exact=True).is_visible():
            self.page.get_by_role("button", name="Filters").click()
        self.page.get_by_label(label, exact=True).select_option(label=choice)

    def choose(self, title: str, action: str) -> None:
        """An action of the menu of a session."""
        self.page.get_by_role("button", name=f"Actions for {title}", exact=True).click()
        self.page.get_by_role("menuitem", name=action).click()

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def answer(self, label: str, text: str) -> None:
        """Fill the one field of the dialog."""
        self.dialog.get_by_label(label, exact=True).fill(text)
        self.dialog.get_by_role("button", name="Save").click()
        expect(self.dialog).to_have_count(0)


def transcript(stack: Stack, session: str) -> Path:
    return stack.home / ".claude/projects/-work" / f"{session}.jsonl"


def write(stack: Stack, session: str, folder: str, days_ago: int, prompt: str, answer: str) -> None:
    """A session of some day, as Claude Code leaves it."""
    day = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=days_ago)
    make = Entries(start=f"{day}T00")
    cwd = stack.workspace / folder
    cwd.mkdir(exist_ok=True)
    said = make.assistant(answer, id=f"m-{session}", cwd=str(cwd))
    said["message"]["usage"].update(COSTLY)
    append(transcript(stack, session), make.user(prompt, cwd=str(cwd)), said)


@pytest.fixture(scope="module", autouse=True)
def past(ui_stack: Stack) -> None:
    """Sessions of four days in two folders."""
    write(ui_stack, CHECKOUT, "shop", 0, "Repair the checkout", "It emptied the basket twice.")
    write(ui_stack, RELEASE, "shop", 1, "Write the release notes", "Done.")
    write(ui_stack, FOXES, "blog", 3, "Draft a post", "The quick brown fox jumps over the lazy dog.")
    write(ui_stack, OLD, "blog", 60, "Say where the old posts are", "In the cellar.")
    listed = "/api/sessions?status=history"
    ui_stack.wait(lambda: len(ui_stack.get(listed).json()) == 4, "the transcripts are known")


@pytest.fixture
def sessions(context: BrowserContext, page: Page) -> Sessions:
    sign_in(context)
    page.goto("/")
    return Sessions(page)


def interrupt(stack: Stack, session: str) -> None:
    with stack.stream(session) as viewer:
        viewer.send("interrupt")
        viewer.until("status", status="interrupted")


def sign_in(context: BrowserContext) -> None:
    answer = context.request.post("/api/login", data={"password": PASSWORD})
    assert answer.status == 204, answer.text()


def test_sessions_stand_under_their_days_with_what_they_cost(sessions: Sessions) -> None:
    days = sessions.page.get_by_role("list", name="Sessions").get_by_role("heading")
    weekday = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=3)
    expect(days).to_have_count(4)
    assert days.all_inner_texts()[:3] == ["Today", "Yesterday", f"{weekday:%A}"]
    expect(sessions.rows).to_contain_text(["checkout", "release notes", "post", "old posts"])
    for part in ("shop", "main", "$1.05"):
        expect(sessions.row("Repair the checkout")).to_contain_text(part)


def test_a_status_is_followed_while_it_changes(sessions: Sessions, ui_stack: Stack) -> None:
    counting, asking = ui_stack.create("[slow 2000] Count"), ui_stack.create("[tool-approval] Ask")
    expect(sessions.row("Count")).to_contain_text("Running")
    expect(sessions.row("Ask")).to_contain_text("Needs you")
    with ui_stack.stream(asking) as viewer:
        viewer.send("approve", toolUseId=viewer.until("tool_approval_request")["toolUseId"])
        interrupt(ui_stack, counting)
        viewer.until("status", status="completed")
    expect(sessions.row("Count")).to_contain_text("Interrupted")
    expect(sessions.row("Ask")).not_to_contain_text("Needs you")


def test_titles_and_messages_are_searched(sessions: Sessions) -> None:
    sessions.search.fill("quick fox")
    expect(sessions.rows).to_contain_text(["Draft a post"])
    sessions.search.fill("checkout")
    expect(sessions.rows).to_contain_text(["Repair the checkout"])
    sessions.search.fill("lazy dog")
    sessions.page.get_by_role("button", name="messages").click()
    found = sessions.page.get_by_role("list", name="Messages found").get_by_role("listitem")
    expect(found).to_have_count(1)
    expect(found.locator("mark")).to_have_text(["lazy", "dog"])
    found.get_by_role("link").click()
    expect(sessions.page.get_by_role("region", name="Conversation").get_by_text("lazy dog")).to_be_in_viewport()
    sessions.search.fill("nobody said so")
    expect(sessions.page.get_by_role("heading", name="Nobody said that")).to_be_visible()
    sessions.page.get_by_role("button", name="sessions").click()
    expect(sessions.page.get_by_role("heading", name="No session matches")).to_be_visible()


def test_the_list_is_filtered_by_workspace_and_by_status(sessions: Sessions, ui_stack: Stack) -> None:
    idle = ui_stack.create(cwd="blog")
    ui_stack.request("PATCH", f"/api/sessions/{idle}", json={"title": "Not begun"})
    sessions.filter("Workspace", "blog")
    expect(sessions.rows).to_contain_text(["Not begun", "Draft a post", "old posts"])
    sessions.filter("Status", "History")
    expect(sessions.rows).to_contain_text(["Draft a post", "old posts"])
    expect(sessions.rows).to_have_count(2)
    sessions.filter("Status", "Error")
    expect(sessions.page.get_by_role("heading", name="No session matches")).to_be_visible()
    sessions.page.get_by_role("button", name="Filters").click()
    expect(sessions.row("Repair the checkout")).to_be_visible()


def test_what_no_longer_matches_leaves_the_list(sessions: Sessions, ui_stack: Stack) -> None:
    running, deleted = ui_stack.create("[slow 2000] Walk"), ui_stack.create("[slow 2000] Sit")
    sessions.filter("Status", "Running")
    expect(sessions.row("Walk")).to_be_visible()
    expect(sessions.row("Sit")).to_be_visible()
    interrupt(ui_stack, running)
    ui_stack.request("DELETE", f"/api/sessions/{deleted}")
    expect(sessions.page.get_by_role("heading", name="No session matches")).to_be_visible()


def test_a_session_is_renamed_and_tagged(sessions: Sessions, ui_stack: Stack) -> None:
    session = ui_stack.create("Say hello")
    sessions.choose("Say hello", "Rename")
    sessions.answer("Title", "Greetings")
    expect(sessions.row("Greetings")).to_be_visible()
    sessions.choose("Greetings", "Tags")
    sessions.answer("Tags", "polite, short, polite")
    expect(sessions.row("Greetings")).to_contain_text("politeshort")
    kept = ui_stack.get(f"/api/sessions/{session}").json()
    assert (kept["title"], kept["tags"]) == ("Greetings", ["polite", "short"])
    sessions.choose("Greetings", "Rename")
    sessions.answer("Title", "")
    expect(sessions.row("Say hello")).to_be_visible()


def test_a_session_is_put_away_and_brought_back(sessions: Sessions, ui_stack: Stack) -> None:
    ui_stack.create("Keep this")
    sessions.choose("Keep this", "Archive")
    expect(sessions.row("Keep this")).to_have_count(0)
    sessions.page.get_by_role("button", name="Filters").click()
    sessions.page.get_by_role("switch", name="Archived").check()
    expect(sessions.rows).to_contain_text(["Keep this"])
    sessions.choose("Keep this", "Bring back")
    expect(sessions.page.get_by_role("heading", name="No session matches")).to_be_visible()
    sessions.page.get_by_role("switch", name="Archived").uncheck()
    expect(sessions.row("Keep this")).to_be_visible()


def test_a_fork_is_opened_with_the_same_past(sessions: Sessions, ui_stack: Stack) -> None:
    session = ui_stack.create("Choose a way")
    ui_stack.wait(lambda: ui_stack.get(f"/api/sessions/{session}").json()["status"] == "completed", "it has answered")
    sessions.choose("Choose a way", "Fork")
    expect(sessions.page.get_by_role("region", name="Conversation")).to_contain_text("Echo: Choose a way")
    fork = sessions.page.url.rpartition("/")[2]
    assert fork != session
    said = Conversation(sessions.page, ui_stack, fork)
    said.say("The left one")
    said.sees("Echo: The left one")
    assert Conversation(sessions.page, ui_stack, session).said() == ["Choose a way"]


def test_a_session_is_exported_in_every_format(sessions: Sessions) -> None:
    for name, suffix in (("Markdown", ".md"), ("HTML", ".html"), ("JSON", ".json")):
        sessions.choose("Repair the checkout", "Export")
        with sessions.page.expect_download() as begun:
            sessions.dialog.get_by_role("link", name=name).click()
        assert begun.value.suggested_filename.endswith(suffix)
        assert "It emptied the basket twice." in begun.value.path().read_text()


def test_a_session_is_deleted_with_its_transcript_or_without(sessions: Sessions, ui_stack: Stack) -> None:
    gone, kept = str(UUID(int=11)), str(UUID(int=12))
    for session, prompt in ((gone, "Forget me"), (kept, "Forget me not")):
        write(ui_stack, session, "shop", 0, prompt, "Yes.")
    sessions.row("Forget me not").get_by_role("link").click()
    expect(sessions.page.get_by_role("heading", name="Forget me not", level=1)).to_be_visible()
    sessions.choose("Forget me", "Delete")
    sessions.dialog.get_by_role("button", name="Cancel").click()
    sessions.choose("Forget me", "Delete")
    sessions.dialog.get_by_role("button", name="Delete").click()
    expect(sessions.dialog).to_have_count(0)  # while it is open, it hides the list
    expect(sessions.rows.get_by_text("Forget me", exact=True)).to_have_count(0)
    assert not transcript(ui_stack, gone).exists()
    expect(sessions.page).to_have_url(f"/sessions/{kept}")
    sessions.rows.get_by_role("button", name="Actions for Forget me not").click()
    sessions.page.get_by_role("menuitem", name="Delete").click()
    sessions.dialog.get_by_role("switch", name="Delete the transcript as well").uncheck()
    expect(sessions.dialog).to_contain_text("is listed as history")
    sessions.dialog.get_by_role("button", name="Delete").click()
    expect(sessions.page).to_have_url("/")
    assert transcript(ui_stack, kept).exists()


def test_the_list_loads_no_code_but_what_the_build_counts(sessions: Sessions) -> None:
    expect(sessions.row("Repair the checkout")).to_be_visible()
    page = sessions.page.context.request.get("/").text()
    loaded = sessions.page.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)"
    )
    code = [path for path in loaded if path.startswith("/assets/") and path.endswith(".js")]
    assert code
    assert [path for path in code if path not in page] == []


def test_on_a_phone_the_list_rests_behind_a_session_and_keeps_what_it_shows(browser: Browser, ui_stack: Stack) -> None:
    with context_of(browser, ui_stack, "phone") as context:
        sign_in(context)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "/api/sessions?" in request.url else None)
        page.goto(f"/sessions/{FOXES}")
        expect(page.get_by_role("region", name="Conversation")).to_contain_text("lazy dog")
        assert asked == []
        page.get_by_role("link", name="Back to the sessions").tap()
        sessions = Sessions(page)
        sessions.search.fill("fox")
        expect(sessions.rows).to_contain_text(["Draft a post"])
        sessions.row("Draft a post").get_by_role("link").tap()
        expect(page.get_by_role("region", name="Conversation")).to_be_visible()
        page.go_back()
        expect(sessions.search).to_have_value("fox")
        expect(sessions.rows).to_contain_text(["Draft a post"])


def test_a_list_that_cannot_be_had_says_so(sessions: Sessions) -> None:
    page = sessions.page
    page.route("**/api/sessions?*", lambda route: route.fulfill(status=422, json={"error": "Not this way."}))
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Not this way.")
    page.unroute("**/api/sessions?*")
    page.get_by_role("button", name="Try again").click()
    expect(sessions.row("Repair the checkout")).to_be_visible()


def test_a_session_begins_as_it_was_chosen(
    context: BrowserContext, page: Page, ui_stack: Stack, tmp_path: Path
) -> None:
    folder = ui_stack.workspace / "tools"
    folder.mkdir()
    ada = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for command in (("init", "--quiet"), (*ada, "commit", "--quiet", "--allow-empty", "--message", "Begin")):
        subprocess.run(["git", *command], cwd=folder, check=True)
    notes = tmp_path / "notes.txt"
    notes.write_text("Remember.")
    sign_in(context)
    page.goto("/new")
    page.get_by_role("button", name="Folder:").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile(r"^tools \w+")).click()
    expect(page.get_by_role("button", name=f"Folder: {folder}")).to_be_visible()
    page.get_by_label("Agent").select_option("scripted")
    page.get_by_label("Permissions").select_option(label="Plan first")
    page.get_by_label("Model").select_option("opus")
    page.get_by_label("Effort").select_option("high")
    page.get_by_role("switch", name="Work in a new git worktree").check()
    page.locator("input[type=file]").set_input_files(notes)
    expect(page.get_by_role("list", name="Attachments").get_by_role("progressbar")).to_have_count(0)
    page.get_by_role("textbox", name="Prompt").fill("Look around")
    page.get_by_role("textbox", name="Prompt").press("Enter")
    expect(page.get_by_role("region", name="Conversation")).to_contain_text("Echo: Look around [notes.txt]")
    begun = Conversation(page, ui_stack, page.url.rpartition("/")[2]).detail()
    chosen = [begun[name] for name in ("provider", "permissionMode", "model", "effort")]
    assert chosen == ["scripted", "plan", "opus", "high"]
    assert Path(begun["cwd"]).is_relative_to(folder / ".claude/worktrees")
    assert (ui_stack.workspace / "uploads/notes.txt").read_text() == "Remember."


def test_a_folder_is_found_or_made_while_a_session_begins(context: BrowserContext, page: Page, ui_stack: Stack) -> None:
    (ui_stack.workspace / "deep/down").mkdir(parents=True)
    sign_in(context)
    page.goto("/new")
    page.get_by_role("button", name="Folder:").click()
    picker = page.get_by_role("dialog", name="Choose a folder")
    picker.get_by_role("button", name="deep").click()
    picker.get_by_role("button", name="down").click()
    expect(picker.get_by_text("No folders in here.")).to_be_visible()
    picker.get_by_role("navigation", name="Path").get_by_role("button", name="deep").click()
    picker.get_by_role("button", name="New folder").click()
    picker.get_by_label("Name of the new folder").fill("made")
    picker.get_by_label("Name of the new folder").press("Enter")
    expect(picker.get_by_text("No folders in here.")).to_be_visible()
    picker.get_by_role("button", name="Use this folder").click()
    made = ui_stack.workspace / "deep/made"
    expect(page.get_by_role("button", name=f"Folder: {made}")).to_be_visible()
    page.get_by_label("Agent").select_option("scripted")
    page.get_by_role("button", name="Start session").click()
    expect(page.get_by_role("heading", name="Nothing was said yet")).to_be_visible()
    begun = Conversation(page, ui_stack, page.url.rpartition("/")[2]).detail()
    assert (begun["cwd"], begun["status"]) == (str(made), "idle")


def test_a_session_that_may_not_begin_says_why(context: BrowserContext, page: Page) -> None:
    sign_in(context)
    page.goto("/new?cwd=/etc")
    page.get_by_role("textbox", name="Prompt").fill("Kept")
    page.get_by_role("button", name="Start session").click()
    expect(page.get_by_role("alert")).to_contain_text("/etc")
    expect(page.get_by_role("textbox", name="Prompt")).to_have_value("Kept")
