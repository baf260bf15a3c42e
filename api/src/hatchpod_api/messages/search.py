"""What full-text search answers."""

from typing import Literal

import msgspec

from hatchpod_api.messages.base import Wire

Role = Literal["user", "assistant", "system", "tool_summary"]


class SearchSession(Wire, frozen=True):
    """The session that a hit is in, as a list of hits shows it."""

    id: str
    title: str | None
    summary: str | None
    cwd: str


class SearchHit(Wire, frozen=True):
    """A message that has all the words. `index` is its place in the session, for `messages?before=`.

    `highlight` has a pair [start, end] for each word that was found in the snippet, in UTF-16 code units as JavaScript
    counts.
    """

    session: SearchSession
    index: int
    role: Role
    created_at: str | None
    snippet: str
    highlight: list[list[int]]


class SearchPage(Wire, frozen=True):
    """Hits, newest transcripts first. Pass `next_cursor` back as `cursor`; null at the end."""

    items: list[SearchHit]
    next_cursor: str | None = msgspec.field(name="next_cursor")
