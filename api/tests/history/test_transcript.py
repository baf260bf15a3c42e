"""Reading and following one file, whatever happens to it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hatchpod_api.history.follow import Appended, Replaced, Watch, follow
from hatchpod_api.history.lines import Position, complete_lines, opened
from hatchpod_api.history.normalise import Normaliser
from hatchpod_api.history.transcript import find_transcript, read_on, read_tail
from hatchpod_api.messages.transcript import NormalizedMessage
from standins.entries import Entries, append, lines, use

SESSION = "22222222-2222-4222-8222-222222222222"
LIMIT = 30.0  # seconds that anything may take on a busy machine


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "projects/-shop" / f"{SESSION}.jsonl"


def story() -> bytes:
    make = Entries()
    return lines(
        make.user("Why?"),
        make.assistant("Let me see.", use("t1", "Bash", command="ls"), id="m1"),
        make.result("t1", "äöü 😀"),
        make.assistant(use("t2", "TodoWrite", todos=[{"content": "one", "status": "pending"}]), id="m1"),
        make.other("system", subtype="compact_boundary"),
        make.assistant("Done.", id="m2"),
    )


def test_the_tail_has_the_newest_messages_and_counts_all(path: Path) -> None:
    make = Entries()
    append(path, *(make.user(f"prompt {number}") for number in range(50)))
    tail = read_tail(path, 10)
    assert [message.index for message in tail.messages] == list(range(40, 50))
    assert (tail.total, tail.position.offset) == (50, path.stat().st_size)


def test_a_transcript_is_found_by_its_id_only(path: Path) -> None:
    append(path, Entries().user("x"))
    projects = path.parents[1]
    assert find_transcript(projects, SESSION) == path
    assert find_transcript(projects, "33333333-2222-4222-8222-222222222222") is None
    for name in ("*", "../-shop/x", SESSION.upper().replace("2", "A"), "", "\0"):
        assert find_transcript(projects, name) is None


def test_every_cut_of_a_file_reads_as_its_complete_lines(path: Path) -> None:
    content = story()
    path.parent.mkdir(parents=True)
    whole = read_from(path, content)
    for size in range(len(content) + 1):
        messages = read_from(path, content[:size])
        complete = content[:size].count(b"\n")
        assert len(messages) == [0, 1, 2, 3, 3, 4, 5][complete]
        assert [m.index for m in messages] == list(range(len(messages)))
    assert read_from(path, content) == whole


def read_from(path: Path, content: bytes) -> list[NormalizedMessage]:
    path.write_bytes(content)
    return list(read_tail(path, 100).messages)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1200), max_size=12), st.binary(max_size=60))
def test_bytes_in_any_pieces_read_as_in_one(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], noise: bytes
) -> None:
    content = story()[:700] + noise + b"\n" + story()
    path = tmp_path_factory.mktemp("pieces") / f"{SESSION}.jsonl"
    path.touch()
    normaliser, position = Normaliser(SESSION), Position()
    edges = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    for start, end in pairwise(edges):
        with path.open("ab") as file:
            file.write(content[start:end])
        with opened(path) as file:
            if position != Position():
                assert position.holds(file)
            position, _ = read_on(file, position, normaliser)
    assert normaliser.newest(100) == read_tail(path, 100).messages


def test_damage_costs_only_the_damaged_lines(path: Path) -> None:
    make = Entries()
    append(path, make.user("first"))
    with path.open("ab") as file:
        file.write(b'\x00\xff\n{"type": "user", "message": {"cont\n\n[1,2]\n' + b'{"a":' * 200_000 + b"\n")
    append(path, make.user("last"))
    assert read_tail(path, 10).total == 2


def test_lines_longer_than_the_limit_are_passed_over(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hatchpod_api.history.lines.MAX_LINE", 1000)
    monkeypatch.setattr("hatchpod_api.history.lines.BUFFER", 300)
    make = Entries()
    append(path, make.user("first"), make.user("x" * 5000), make.user("last"))
    with opened(path) as file:
        found = list(complete_lines(file))
        assert [bool(line.content) for line in found] == [True, False, True]
        assert [line.offset for line in found[1:]] == [line.end for line in found[:-1]]
    path.write_bytes(path.read_bytes()[: found[1].end - 1])
    with opened(path) as file:
        assert len(list(complete_lines(file))) == 1


def test_a_hundred_megabytes_with_one_line_of_fifty_are_read(path: Path) -> None:
    make = Entries()
    path.parent.mkdir(parents=True)
    small = json.dumps(make.user("y" * 100_000)).encode()
    with path.open("wb") as file:
        file.write(lines(make.user("first"), make.user("x" * 50_000_000)))
        for number in range(500):
            file.write(small.replace(b"07000000", f"{number:08}".encode(), 1) + b"\n")
        file.write(lines(make.user("last")))
    assert path.stat().st_size > 100_000_000
    tail = read_tail(path, 5)
    assert tail.total == len(tail.normaliser._numbering.seen)
    assert tail.total > 3
    assert tail.position.offset == path.stat().st_size


def test_what_is_no_file_is_an_error_and_hangs_nobody(tmp_path: Path) -> None:
    pipe = tmp_path / f"{SESSION}.jsonl"
    subprocess.run(["mkfifo", str(pipe)], check=True)
    with pytest.raises(OSError, match="not a regular file"):
        read_tail(pipe, 5)


class Followed:
    """A transcript that is followed in a task of its own."""

    def __init__(self, path: Path) -> None:
        self.news: list[Appended | Replaced] = []
        self.texts: dict[int, str] = {}
        self.ended = False
        self._watch = Watch()
        self._task = asyncio.create_task(self._follow(path))

    async def _follow(self, path: Path) -> None:
        tail = await asyncio.to_thread(read_tail, path, 100)
        self.texts = {message.index: str(message) for message in tail.messages}
        async with aclosing(follow(path, tail, self._watch)) as news:
            async for one in news:
                self.news.append(one)
                if isinstance(one, Replaced):
                    self.texts = {message.index: str(message) for message in one.tail.messages}
                else:
                    self.texts |= {change.message.index: str(change.message) for change in one.changes}
        self.ended = True

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not condition():
                if self._task.done():
                    self._task.result()
                    assert condition()
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._watch.close()


@pytest.fixture
async def followed(path: Path) -> AsyncIterator[Followed]:
    append(path, Entries().user("first"))
    followed = Followed(path)
    await followed.until(lambda: bool(followed.texts))
    yield followed
    await followed.stop()


@pytest.mark.anyio
async def test_a_program_that_writes_is_followed_line_by_line(path: Path, followed: Followed) -> None:
    script = (
        "import json, sys, time\n"
        "for n in range(300):\n"
        "    line = json.dumps({'type': 'user', 'uuid': f'w{n}', 'message': {'content': f'prompt {n}'}}) + chr(10)\n"
        "    with open(sys.argv[1], 'a') as file:\n"
        "        file.write(line[:20]); file.flush(); file.write(line[20:])\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(path))
    assert await process.wait() == 0
    await followed.until(lambda: len(followed.texts) == 301)
    assert all(f"'prompt {number}'" in followed.texts[number + 1] for number in range(300))
    assert not any(isinstance(one, Replaced) for one in followed.news)


@pytest.mark.anyio
async def test_a_file_that_was_cut_or_replaced_is_read_anew(path: Path, followed: Followed) -> None:
    append(path, Entries("2026-11-24T10").user("second", uuid="second"))
    await followed.until(lambda: len(followed.texts) == 2)
    path.write_bytes(lines(Entries().user("cut")))  # noqa: ASYNC240 - a test may wait
    await followed.until(lambda: "'cut'" in str(followed.texts))
    other = path.with_suffix(".new")
    other.write_bytes(lines(*(Entries().user(f"new {n}", uuid=f"{n}") for n in range(9))))
    other.rename(path)
    await followed.until(lambda: len(followed.texts) == 9)
    assert sum(isinstance(one, Replaced) for one in followed.news) == 2
    append(path, Entries().user("appended", uuid="after"))
    await followed.until(lambda: len(followed.texts) == 10)


@pytest.mark.anyio
async def test_following_ends_with_the_file(path: Path, followed: Followed) -> None:
    path.unlink()  # noqa: ASYNC240 - a test may wait
    await followed.until(lambda: followed.ended)
    assert followed.news == []
