"""Full-text search: which messages have the words, and what of them to show."""

import re
import sqlite3
from itertools import groupby
from typing import NamedTuple

import msgspec

from hatchpod_api.history.lines import opened
from hatchpod_api.history.pages import Place, read_entry
from hatchpod_api.history.words import is_prefix, match_expression, phrases, ranges, searchable, utf16
from hatchpod_api.messages.search import Role, SearchHit, SearchPage, SearchSession
from hatchpod_api.messages.sessions import SessionSummary
from hatchpod_api.messages.transcript import (
    AssistantMessage,
    NormalizedMessage,
    SystemMessage,
    UserMessage,
)

BEFORE = 60  # characters of a snippet before the first word found
SNIPPET = 240
MAX_MATCHES = 20_000  # newest entries that a list of sessions is filtered by

_CURSOR = re.compile(r"([wp])([0-9]{1,18})", re.ASCII)

_summary = msgspec.json.Decoder(SessionSummary)


class _Match(NamedTuple):
    number: int
    place: Place
    id: str
    path: str
    summary: bytes


class Cursor(NamedTuple):
    """Where a page ended. `whole` says that its last word was taken as it stands."""

    whole: bool
    number: int

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        match = _CURSOR.fullmatch(text)
        return cls(match[1] == "w", int(match[2])) if match else None

    def __str__(self) -> str:
        return f"{'w' if self.whole else 'p'}{self.number}"


def search(connection: sqlite3.Connection, typed: str, limit: int, cursor: Cursor | None) -> SearchPage:
    """The next `limit` entries with all words of the query, newest first.

    Where whole words fill a page, no unfinished word is looked for: that takes all words with such a beginning at once,
    50 ms where they are many, and finds the least telling ones.
    """
    for whole in (True, False) if cursor is None else (cursor.whole,):
        matches = _matches(connection, match_expression(typed, whole=whole), limit + 1, cursor)
        if len(matches) > limit or not is_prefix(typed):
            break
    items: list[SearchHit] = []
    for _, group in groupby(matches[:limit], key=lambda match: match.id):
        items += _hits(list(group), typed)
    more = len(matches) > limit
    return SearchPage(items=items, next_cursor=str(Cursor(whole, matches[limit - 1].number)) if more else None)


def _matches(connection: sqlite3.Connection, expression: str | None, limit: int, cursor: Cursor | None) -> list[_Match]:
    if expression is None:
        return []
    # FTS5 walks its rows backwards and stops at the limit; asking for the best match would rank every one of them.
    rows = connection.execute(
        "SELECT e.number, e.message, e.offset, e.length, s.id, s.path, s.summary"
        " FROM words CROSS JOIN entries e ON e.number = words.rowid JOIN sessions s ON s.number = e.session"
        " WHERE words MATCH ? AND words.rowid < ? ORDER BY words.rowid DESC LIMIT ?",
        (expression, cursor.number if cursor else 1 << 62, limit),
    )
    return [_Match(row[0], Place(*row[1:4]), *row[4:]) for row in rows]


def matching_sessions(connection: sqlite3.Connection, typed: str) -> set[str]:
    """The ids of the sessions that have all words of the query in one entry."""
    expression = match_expression(typed)
    if expression is None:
        return set()
    rows = connection.execute(
        "SELECT DISTINCT s.id FROM (SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?) w"
        " JOIN entries e ON e.number = w.rowid JOIN sessions s ON s.number = e.session",
        (expression, MAX_MATCHES),
    )
    return {row[0] for row in rows}


def _hits(matches: list[_Match], typed: str) -> list[SearchHit]:
    """What to show of matches in one session; those whose text is gone meanwhile are left out."""
    first = matches[0]
    summary = _summary.decode(first.summary)
    session = SearchSession(id=first.id, title=summary.title, summary=summary.summary, cwd=summary.cwd)
    try:
        with opened(first.path) as file:
            messages = [read_entry(file, match.id, match.place) for match in matches]
    except OSError:
        return []
    return [_hit(session, message, typed) for message in messages if message]


def _hit(session: SearchSession, message: NormalizedMessage, typed: str) -> SearchHit:
    text = searchable(message)
    snippet, highlight = snippet_of(text, typed)
    return SearchHit(
        session=session,
        index=message.index,
        role=_role(message),
        created_at=message.created_at,
        snippet=snippet,
        highlight=highlight,
    )


def snippet_of(text: str, typed: str) -> tuple[str, list[list[int]]]:
    """A piece of the text around the first place with most of the words, on one line, and where they stand in it."""
    spans = ranges(text, typed)
    start = max(0, _best_start(spans, len(phrases(typed))) - BEFORE) if spans else 0
    piece = text[start : start + SNIPPET]
    if start:
        cut = piece.find(" ", 0, BEFORE // 2)
        piece = f"…{piece[cut + 1 :]}"
    if start + SNIPPET < len(text):
        piece += "…"
    line = "".join(" " if char.isspace() else char for char in piece)
    return line, utf16(line, ranges(line, typed))


def _best_start(spans: list[tuple[int, int]], wanted: int) -> int:
    """Where a window of a snippet's size has most of the words, at most one for each that is wanted."""
    best, most = spans[0][0], 0
    for number, (start, _) in enumerate(spans[:200]):
        count = sum(1 for other, _ in spans[number : number + wanted] if other < start + SNIPPET - BEFORE)
        if count > most:
            best, most = start, count
    return best


def _role(message: NormalizedMessage) -> Role:
    if isinstance(message, UserMessage):
        return "user"
    if isinstance(message, AssistantMessage):
        return "assistant"
    return "system" if isinstance(message, SystemMessage) else "tool_summary"
