"""Lists and sums over the index. Each takes a connection that only reads."""

import sqlite3
from collections.abc import Iterable

import msgspec

from hatchpod_api.messages.sessions import SessionSummary, TokenCounts
from hatchpod_api.messages.usage import DayUsage, ModelUsage, SessionUsage, UsageReport

MAX_SESSIONS = 100
_CHUNK = 500

_summary = msgspec.json.Decoder(SessionSummary)


def newest(
    connection: sqlite3.Connection, before: tuple[str, str] | None, limit: int, cwd: str | None
) -> list[SessionSummary]:
    """Sessions with at least one message, by (last_modified, id) from the newest down, older than `before`."""
    rows = connection.execute(
        "SELECT summary FROM sessions WHERE messages > 0 AND (last_modified, id) < (?, ?) AND (? IS NULL OR cwd = ?)"
        " ORDER BY last_modified DESC, id DESC LIMIT ?",
        (*(before or ("~", "")), cwd, cwd, limit),
    )
    return [_summary.decode(row[0]) for row in rows]


def summaries(connection: sqlite3.Connection, session_ids: Iterable[str]) -> dict[str, SessionSummary]:
    """Those of the sessions that have a transcript."""
    wanted, found = list(session_ids), {}
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        for row in connection.execute(f"SELECT id, summary FROM sessions WHERE id IN ({marks})", chunk):  # noqa: S608
            found[row[0]] = _summary.decode(row[1])
    return found


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sessions WHERE messages > 0").fetchone()[0])


def folders(connection: sqlite3.Connection) -> dict[str, int]:
    """How many sessions there are of each folder."""
    return dict(connection.execute("SELECT cwd, count(*) FROM sessions WHERE messages > 0 GROUP BY cwd").fetchall())


def path(connection: sqlite3.Connection, session_id: str) -> str | None:
    row = connection.execute("SELECT path FROM sessions WHERE id = ?", (session_id,)).fetchone()
    return str(row[0]) if row else None


def usage(connection: sqlite3.Connection, first: str, last: str) -> UsageReport:
    """Sums over the days from `first` to `last`, as dates like 2026-11-23."""
    sums = "total(u.cost), sum(u.input), sum(u.output), sum(u.cache_read), sum(u.cache_write)"
    span = "FROM usage u WHERE u.day BETWEEN ? AND ?"
    run = connection.execute
    total = run(f"SELECT {sums} {span}", (first, last)).fetchone()
    days = run(f"SELECT {sums}, u.day {span} GROUP BY u.day ORDER BY u.day", (first, last))
    models = run(f"SELECT {sums}, u.model {span} GROUP BY u.model ORDER BY 1 DESC, u.model", (first, last))
    sessions = run(
        f"SELECT x.*, s.summary FROM (SELECT {sums}, u.session AS number {span} GROUP BY u.session"  # noqa: S608
        " ORDER BY 1 DESC LIMIT ?) x JOIN sessions s USING (number) ORDER BY 1 DESC",
        (first, last, MAX_SESSIONS),
    )
    return UsageReport(
        total_cost_usd=_cost(total),
        tokens=_tokens(total),
        days=[DayUsage(day=row[5], total_cost_usd=_cost(row), tokens=_tokens(row)) for row in days],
        models=[ModelUsage(model=row[5], total_cost_usd=_cost(row), tokens=_tokens(row)) for row in models],
        sessions=[_session_usage(row, _summary.decode(row[6])) for row in sessions],
    )


def _session_usage(row: tuple[float, ...], summary: SessionSummary) -> SessionUsage:
    return SessionUsage(
        id=summary.id,
        title=summary.title,
        summary=summary.summary,
        cwd=summary.cwd,
        total_cost_usd=_cost(row),
        tokens=_tokens(row),
    )


def _cost(row: tuple[float, ...]) -> float:
    return round(row[0], 6)


def _tokens(row: tuple[float, ...]) -> TokenCounts:
    given, output, cache_read, cache_write = (int(value or 0) for value in row[1:5])
    return TokenCounts(input=given, output=output, cache_read=cache_read, cache_write=cache_write)
