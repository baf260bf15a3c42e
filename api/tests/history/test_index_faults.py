"""The index after restarts, kills, damage, and without room."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from tests.history.keeping import At, Soon, count_is, ids, searches, stored, write

from hatchpod_api.config import Places
from hatchpod_api.errors import UnavailableError
from hatchpod_api.history import bulk, keeper, schema
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.history.scan import look
from hatchpod_api.history.writer import Writer
from standins.entries import Entries, append

pytestmark = pytest.mark.anyio


async def test_a_restart_goes_on_where_the_last_run_ended(places: Places, transcript: At) -> None:
    for number in (1, 2):
        write(transcript(number), prompts=10)
    async with HistoryIndex(places) as history:
        await history.wait_ready()
        before = stored(places)
    append(transcript(1), Entries("2026-12-01T10").user("while it was off", uuid="off"))
    transcript(2).unlink()
    async with HistoryIndex(places) as history:
        assert await history.count() == 2
        await history.wait_ready()
        assert await ids(history) == ["00000001"]
        assert (await history.messages(transcript(1).stem, limit=1)).total_messages == 21
    after = stored(places)
    assert [row for row in before[1] if row[0] == transcript(1).stem] == after[1][:-1]


@pytest.mark.parametrize("damage", ["garbage", "truncated", "other version", "empty"])
async def test_an_index_that_is_damaged_is_built_anew(places: Places, transcript: At, damage: str, soon: Soon) -> None:
    write(transcript(1), prompts=300)
    async with HistoryIndex(places) as history:
        await history.wait_ready()
        expected = stored(places)
    path = places.state / "history.sqlite"
    if damage == "garbage":
        path.write_bytes(b"no database at all" * 1000)
    elif damage == "truncated":
        os.truncate(path, path.stat().st_size // 2)
    elif damage == "other version":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 99")
    else:
        os.truncate(path, 0)
    async with HistoryIndex(places) as history:
        await history.wait_ready()
        await soon(lambda: searches(history))
        assert (await history.messages(transcript(1).stem, limit=1)).total_messages == 600
    assert stored(places) == expected


async def test_many_transcripts_are_built_by_processes_of_their_own(
    places: Places, transcript: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 40):
        write(transcript(number), prompts=number)
    async with HistoryIndex(places) as history:
        await history.wait_ready()
        in_thread = stored(places)
    schema.drop(places.state / "history.sqlite")
    monkeypatch.setattr(keeper, "MANY_BYTES", 0)
    async with HistoryIndex(places) as history:
        await history.wait_ready()
        assert len((await history.search("prompt", limit=50)).items) == 50
    assert stored(places) == in_thread


async def test_a_building_that_was_killed_is_finished_by_the_next(places: Places, transcript: At) -> None:
    for number in range(1, 60):
        write(transcript(number), prompts=60)
    index = places.state / "history.sqlite"
    bulk.build(index, places.claude_projects)
    expected = stored(places)
    schema.drop(index)
    for wait in (0.05, 0.15, 0.3, 0.5):
        process = subprocess.Popen(bulk.command(index, places.claude_projects), stdin=subprocess.PIPE)  # noqa: ASYNC220
        await asyncio.sleep(wait)
        process.kill()
        process.communicate()
    bulk.build(index, places.claude_projects)
    assert stored(places) == expected


async def test_a_builder_ends_with_the_process_that_started_it(places: Places, transcript: At, soon: Soon) -> None:
    write(transcript(1))
    command = [sys.executable, "-c", "import time; from hatchpod_api.history.bulk import _end_with_parent as e; e()"]
    root = str(Path(bulk.__file__).parents[2])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env={"PYTHONPATH": root})  # noqa: ASYNC220
    assert process.poll() is None
    assert process.stdin is not None
    process.stdin.close()
    await soon(lambda: process.poll() is not None)
    assert process.returncode == 1


async def test_steps_of_a_huge_transcript_make_the_same_index(
    places: Places, transcript: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(transcript(1), prompts=100)
    index = places.state / "history.sqlite"
    bulk.build(index, places.claude_projects)
    expected = stored(places)
    schema.drop(index)
    monkeypatch.setattr("hatchpod_api.history.digest.STEP_BYTES", 1000)
    bulk.build(index, places.claude_projects)
    assert stored(places) == expected


async def test_a_full_disk_stops_nothing_and_is_caught_up_with(
    small_disk: Path, places: Places, transcript: At, soon: Soon
) -> None:
    places = msgspec.structs.replace(places, state=small_disk / "state")
    write(transcript(1), prompts=20)
    async with HistoryIndex(places) as history:
        await history.wait_ready()
        filler = small_disk / "filler"
        fill(filler)
        write(transcript(2), prompts=2000)
        await soon(lambda: history.stale)
        assert [session.id[:8] for session in await history.newest(limit=5)] == ["00000001"]
        assert (await history.search("prompt", limit=5)).items
        assert (await history.messages(transcript(2).stem, limit=3)).total_messages == 4000
        filler.unlink()
        await soon(lambda: count_is(history, 2))
        await soon(lambda: history.stale is None)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


async def test_a_state_folder_that_cannot_be_written_stops_nothing(places: Places, transcript: At, soon: Soon) -> None:
    write(transcript(1))
    places.state.parent.mkdir(parents=True)
    places.state.write_text("a file where a folder should be")
    async with HistoryIndex(places) as history:
        assert history.stale
        with pytest.raises(UnavailableError):
            await history.newest(limit=5)
        places.state.unlink()
        await soon(lambda: history.ready)
        assert await ids(history) == ["00000001"]


async def test_removed_entries_are_cleared_away_in_time(
    places: Places, transcript: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hatchpod_api.history.writer._MANY_ORPHANS", 10)
    write(transcript(1), prompts=50)
    write(transcript(2), prompts=5)
    async with HistoryIndex(places) as history:
        await history.wait_ready()
    transcript(1).unlink()
    for _ in range(2):
        async with HistoryIndex(places) as history:
            await history.wait_ready()
            assert len((await history.search("prompt", limit=50)).items) == 5
    with closing(sqlite3.connect(places.state / "history.sqlite")) as connection:
        assert connection.execute("SELECT value FROM counters WHERE name = 'orphans'").fetchone() == (0,)


async def test_a_transcript_that_cannot_be_read_now_stays_as_it_was(places: Places, transcript: At) -> None:
    write(transcript(1))
    writer = Writer(places.state / "history.sqlite")
    found = look(str(transcript(1)))
    assert found
    assert writer.catch_up(found)
    transcript(1).unlink()
    os.mkfifo(transcript(1))
    assert not writer.catch_up(found)
    assert writer.known(found.id).facts.messages == 4
    transcript(1).unlink()
    assert not writer.catch_up(found)
    assert writer.known(found.id).number is None
    writer.close()
