"""The index and the transcripts: in step while either changes."""

import asyncio
import os
import sqlite3
from contextlib import closing
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.history.keeping import At, Soon, count_is, ids, path_is, stored, total_is, write

from hatchpod_api.config import Places
from hatchpod_api.errors import NotFoundError
from hatchpod_api.history import schema
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.history.scan import look
from hatchpod_api.history.transcript import read_tail
from hatchpod_api.history.writer import Writer
from standins.entries import Entries, append, lines, use

pytestmark = pytest.mark.anyio


async def test_a_session_is_listed_with_what_its_transcript_tells(
    history: HistoryIndex, transcript: At, soon: Soon
) -> None:
    make = Entries()
    append(
        transcript(1),
        make.user("/clear"),
        make.user("Fix the  shop\nplease", permissionMode="plan"),
        make.assistant("Yes.", id="m1"),
        make.other("ai-title", aiTitle="Shop repair"),
        make.other("custom-title", customTitle="My shop"),
        make.user("Thanks", slug="calm-blue-owl", gitBranch="fix"),
    )
    await soon(lambda: history.count())
    (row,) = await history.newest(limit=5)
    assert (row.status, row.title, row.summary, row.slug) == (
        "history",
        "My shop",
        "Fix the shop please",
        "calm-blue-owl",
    )
    assert (row.cwd, row.git_branch, row.model) == ("/home/dev/workspace/shop", "fix", "claude-sonnet-4-5")
    assert (row.permission_mode, row.num_turns, row.total_messages) == ("plan", 3, 4)
    assert (row.tokens.input, row.tokens.output, row.tokens.cache_read, row.tokens.cache_write) == (10, 20, 5, 3)
    assert row.total_cost_usd == pytest.approx((10 * 3 + 20 * 15 + 5 * 0.3 + 3 * 3.75) / 1e6, abs=1e-6)
    assert (row.created_at, row.last_modified) == ("2026-11-23T10:00:00.000Z", "2026-11-23T10:00:05.000Z")
    assert await history.summaries([row.id, "nobody"]) == {row.id: row}
    assert await history.path(row.id) == transcript(1)


async def test_pages_go_from_the_newest_down(places: Places, transcript: At) -> None:
    for number in range(1, 8):
        write(transcript(number, f"-p{number % 2}"), start=f"2026-11-{10 + number // 2}T10")
    async with HistoryIndex(places) as history:
        await history.wait_ready()
        seen: list[str] = []
        before = None
        while rows := await history.newest(before=before, limit=2):
            seen += [row.id[7] for row in rows]
            before = (rows[-1].last_modified, rows[-1].id)
    assert seen == list("7654321")


async def test_files_that_are_no_sessions_are_left_out(history: HistoryIndex, transcript: At, soon: Soon) -> None:
    write(transcript(1))
    folder = transcript(1).parent
    write(folder / "agent-11111111.jsonl")
    write(folder / "notes.jsonl")
    write(transcript(1).with_suffix("") / "subagents" / transcript(2).name)
    append(transcript(3), Entries().other("summary", summary="nothing was said"))
    os.mkfifo(folder / transcript(4).name)
    (folder / transcript(5).name).mkdir()
    write(transcript(6))
    await soon(lambda: history.count())
    await soon(lambda: count_is(history, 2))
    assert sorted(await ids(history)) == ["00000001", "00000006"]


async def test_what_is_appended_is_read_and_nothing_else(
    history: HistoryIndex, transcript: At, soon: Soon, places: Places
) -> None:
    told: list[set[str]] = []
    history.changed.append(told.append)
    path = transcript(1)
    write(path, prompts=50)
    await soon(lambda: told)
    with closing(sqlite3.connect(places.state / "history.sqlite")) as connection:
        first = connection.execute("SELECT max(number) FROM entries").fetchone()[0]
    told.clear()
    append(path, Entries().user("the newest", uuid="n"))
    await soon(lambda: told)
    page = await history.messages(path.stem, limit=2)
    assert (page.total_messages, page.messages[-1].index) == (101, 100)
    with closing(sqlite3.connect(places.state / "history.sqlite")) as connection:
        assert connection.execute("SELECT max(number) FROM entries").fetchone()[0] == first + 1


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 6000), max_size=8), forget=st.booleans())
def test_bytes_in_any_pieces_make_the_same_index(places: Places, transcript: At, cuts: list[int], forget: bool) -> None:
    path, index = transcript(1), places.state / "history.sqlite"
    content = whole_story()
    edges = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    path.parent.mkdir(parents=True, exist_ok=True)
    found = []
    for pieces in ([0, len(content)], edges):
        schema.drop(index)
        path.unlink(missing_ok=True)
        writer = Writer(index)
        for start, end in pairwise(pieces):
            with path.open("ab") as file:
                file.write(content[start:end])
            one = look(str(path))
            assert one
            assert writer.catch_up(one)
            if forget:
                writer.warm.clear()
        writer.close()
        found.append([[row[:3] for row in stored(places)[0]], *stored(places)[1:], facts_of(places)])
    assert found[0] == found[1]


def whole_story() -> bytes:
    make = Entries()
    costs = {"claude-sonnet-4-5": {"outputTokens": 100, "costUSD": 0.5}}
    return lines(
        make.user("Why?"),
        make.assistant(use("t1", "TaskCreate", subject="one"), id="m1"),
        make.result("t1", "Task #1 created successfully: one"),
        make.assistant("more", id="m1"),
        make.other("cost-state", modelUsage=costs, totalCostUSD=0.5),
        make.assistant("äöü 😀", id="m2"),
        make.assistant("late", id="m1"),
        make.other("custom-title", customTitle="Title"),
    )


def facts_of(places: Places) -> Any:
    with closing(sqlite3.connect(places.state / "history.sqlite")) as connection:
        return msgspec.json.decode(connection.execute("SELECT facts FROM sessions").fetchone()[0])


async def test_a_half_written_line_waits_for_its_end(history: HistoryIndex, transcript: At, soon: Soon) -> None:
    path = transcript(1)
    write(path, prompts=1)
    line = lines(Entries().user("later", uuid="late"))
    with path.open("ab") as file:
        file.write(line[:40])
    await soon(lambda: count_is(history, 1))
    assert (await history.messages(path.stem, limit=9)).total_messages == 2
    with path.open("ab") as file:
        file.write(line[40:])
    await soon(lambda: total_is(history, path, 3))


async def test_deleted_cut_and_replaced_transcripts(history: HistoryIndex, transcript: At, soon: Soon) -> None:
    for number in (1, 2, 3):
        write(transcript(number), prompts=5)
    await soon(lambda: count_is(history, 3))
    transcript(1).unlink()
    transcript(2).write_bytes(lines(Entries().user("cut")))
    other = transcript(3).with_suffix(".new")
    other.write_bytes(lines(*(Entries().user(f"new {number}", uuid=str(number)) for number in range(20))))
    other.rename(transcript(3))
    await soon(lambda: count_is(history, 2))
    await soon(lambda: total_is(history, transcript(2), 1))
    await soon(lambda: total_is(history, transcript(3), 20))
    assert (await history.search("prompt", limit=5)).items == []
    with pytest.raises(NotFoundError):
        await history.messages(transcript(1).stem, limit=5)


async def test_projects_that_come_and_go(history: HistoryIndex, transcript: At, soon: Soon, places: Places) -> None:
    write(transcript(1, "-new"))
    await soon(lambda: count_is(history, 1))
    (places.claude_projects / "-new").rename(places.claude_projects / "-other")
    await soon(lambda: path_is(history, transcript(1, "-other")))
    places.claude_projects.rename(places.claude_config / "away")
    await soon(lambda: count_is(history, 0))
    write(transcript(2))
    await soon(lambda: count_is(history, 1))


async def test_deleting_removes_the_transcript_and_its_subagents(
    history: HistoryIndex, transcript: At, soon: Soon
) -> None:
    path = transcript(1)
    write(path)
    write(path.with_suffix("") / "subagents" / "agent-1.jsonl")
    await soon(lambda: count_is(history, 1))
    await history.delete(path.stem)
    assert not path.exists()
    assert not path.with_suffix("").exists()
    assert await history.count() == 0
    await history.delete(path.stem)


async def test_a_session_too_new_for_the_index_is_read_from_its_transcript(places: Places, transcript: At) -> None:
    history = HistoryIndex(places)
    schema.open_writer(places.state / "history.sqlite").close()
    write(transcript(1), prompts=20)
    page = await history.messages(transcript(1).stem, before=30, limit=10)
    assert ([message.index for message in page.messages], page.has_more) == (list(range(20, 30)), True)
    await asyncio.to_thread(history._readers.close)


async def test_pages_of_messages_are_those_of_the_transcript(history: HistoryIndex, transcript: At, soon: Soon) -> None:
    path, make = transcript(1), Entries()
    for number in range(30):
        append(
            path,
            make.user(f"prompt {number}"),
            make.assistant({"type": "thinking", "thinking": "hm"}, id=f"m{number}"),
            make.assistant(
                use(f"t{number}", "TodoWrite", todos=[{"content": "x", "status": "pending"}]), id=f"m{number}"
            ),
            make.result(f"t{number}", "ok"),
            make.assistant("more", id=f"m{max(0, number - 3)}"),
        )
    expected = read_tail(path, 1000)
    await soon(lambda: total_is(history, path, expected.total))
    found: list[Any] = []
    before = None
    while True:
        page = await history.messages(path.stem, before=before, limit=7)
        found = [*page.messages, *found]
        assert page.tasks == expected.tasks
        before = page.oldest_index
        if not page.has_more:
            break
    assert found == expected.messages
    empty = await history.messages(path.stem, before=0, limit=7)
    assert (empty.messages, empty.has_more, empty.oldest_index) == ([], False, None)


async def test_the_index_is_for_its_user_alone(history: HistoryIndex, places: Places) -> None:
    for path in places.state.glob("history.sqlite*"):
        assert path.stat().st_mode & 0o077 == 0
    assert places.claude_projects.stat().st_mode & 0o077 == 0
