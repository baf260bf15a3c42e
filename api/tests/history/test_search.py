"""What people type, and what they find."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.history.search import Cursor, snippet_of
from hatchpod_api.history.words import match_expression, ranges
from standins.entries import Entries, append, use

At = Callable[..., Path]
Soon = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture(scope="module")
def words() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("""CREATE VIRTUAL TABLE words USING fts5(text, tokenize="unicode61 remove_diacritics 2")""")
    connection.execute("INSERT INTO words VALUES ('the Quick brown fox: naïve café foo_bar.py 2026')")
    return connection


@given(st.text(max_size=60))
@example('"')
@example('AND OR NOT NEAR( ) * ^ : "unbalanced')
@example("text:fox")
@example("a" * 2000)
@example("\x00\ud800 fox")
def test_whatever_is_typed_is_a_query(words: sqlite3.Connection, typed: str) -> None:
    if expression := match_expression(typed):
        words.execute("SELECT 1 FROM words WHERE words MATCH ?", (expression,)).fetchall()
    snippet_of(f"{typed} the fox {typed}", typed)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("quick fox", True),
        ("FOX quick", True),
        ('"quick brown"', True),
        ('"brown quick"', False),
        ('"quick brown', True),
        ("qui", True),
        ("qu", False),
        ("qui ", False),
        ("naive", True),
        ("CAFÉ", True),
        ("foo_bar.py", True),
        ("bar.py foo", True),
        ("fox NOT quick", False),
        ("2026", True),
    ],
)
def test_words_phrases_and_beginnings(words: sqlite3.Connection, typed: str, found: bool) -> None:
    rows = words.execute("SELECT 1 FROM words WHERE words MATCH ?", (match_expression(typed),)).fetchall()
    assert bool(rows) is found


def test_places_are_counted_as_javascript_does() -> None:
    snippet, highlight = snippet_of("😀 the café, the CAFE", "cafe")
    units = snippet.encode("utf-16-le")
    assert [units[2 * start : 2 * end].decode("utf-16-le") for start, end in highlight] == ["café", "CAFE"]


def test_a_snippet_is_cut_around_what_was_found() -> None:
    text = "\n".join(f"line {number} of it" for number in range(500)) + "\nthe needle here\n" + "after " * 200
    snippet, highlight = snippet_of(text, "needle")
    ((start, end),) = highlight
    assert snippet[start:end] == "needle"
    assert snippet[0] == snippet[-1] == "…"
    assert "\n" not in snippet
    assert len(snippet) < 300


def test_a_snippet_prefers_the_place_where_the_words_are_together() -> None:
    text = "disk " + "x " * 400 + "full disk " + "y " * 400 + "full"
    snippet, highlight = snippet_of(text, "full disk")
    assert "full disk" in snippet
    assert len(highlight) == 2


def test_ranges_of_an_unfinished_word() -> None:
    assert ranges("search researched searching", "sear") == [(0, 6), (18, 27)]
    assert ranges("search", "se") == []


@pytest.mark.anyio
async def test_hits_name_session_message_and_place(history: HistoryIndex, transcript: At, soon: Soon) -> None:
    make = Entries()
    append(
        transcript(1),
        make.user("Where is the zebra?"),
        make.assistant(use("t", "Bash", command="grep -r zebra ."), id="m1"),
        make.result("t", "./zoo.txt: zebra"),
        make.assistant("In the zoo.", id="m1"),
        make.other("custom-title", customTitle="Animals"),
    )
    await soon(lambda: history.count())
    page = await history.search("zebra", limit=10)
    assert [(hit.index, hit.role) for hit in page.items] == [(2, "user"), (1, "assistant"), (0, "user")]
    hit = page.items[-1]
    assert (hit.session.id, hit.session.title, hit.snippet) == (transcript(1).stem, "Animals", "Where is the zebra?")
    assert [hit.snippet[start:end] for start, end in hit.highlight] == ["zebra"]
    assert (await history.search("zoo", limit=10)).items[0].index == 1
    assert await history.matching("zebra grep") == {transcript(1).stem}
    assert await history.matching("zebra lion") == set()


@pytest.mark.anyio
@pytest.mark.parametrize("typed", ["needle", "need"])
async def test_pages_of_hits_have_each_once(history: HistoryIndex, transcript: At, soon: Soon, typed: str) -> None:
    for number in range(1, 4):
        make = Entries(f"2026-11-{number:02}T10")
        append(transcript(number), *(make.user(f"needle {number} {n}", uuid=f"{number}-{n}") for n in range(10)))
    await soon(lambda: found_all(history))
    seen = []
    cursor = None
    while True:
        page = await history.search(typed, limit=7, cursor=cursor)
        seen += [(hit.session.id, hit.index) for hit in page.items]
        if page.next_cursor is None:
            break
        cursor = Cursor.read(page.next_cursor)
        assert cursor is not None
    assert len(seen) == len(set(seen)) == 30


async def found_all(history: HistoryIndex) -> bool:
    return len((await history.search("needle", limit=100)).items) == 30


@pytest.mark.parametrize("text", ["", "w", "x1", "p-1", "w1e5", "w" + "9" * 30, "1"])
def test_cursors_of_others_are_none(text: str) -> None:
    assert Cursor.read(text) is None
