"""Follows transcripts while other programs write them: a `claude` that somebody runs in a terminal."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import msgspec
from watchfiles import awatch

from hatchpod_api.history.facts import Facts
from hatchpod_api.history.lines import opened
from hatchpod_api.history.normalise import Change
from hatchpod_api.history.transcript import Tail, read_on, read_tail, tail_at

QUIET_MS = 50  # writes that follow each other this closely are read together
LATEST_MS = 200  # and are read after this time in any case
LOOK_MS = 500  # how often to look without having been told: not every file system tells


class Appended(msgspec.Struct, frozen=True):
    """Messages that are new or were added to, and where reading goes on."""

    changes: list[Change]
    tail: Tail


class Replaced(msgspec.Struct, frozen=True):
    """The file has another content now, or a part of it was cut off: all messages may be others."""

    tail: Tail


class Watch:
    """One watch of the folders of all files that are followed: of those a user has few, whatever their number."""

    def __init__(self) -> None:
        self._written: dict[asyncio.Event, Path] = {}
        self._others = asyncio.Event()  # the files are others now
        self._watching: asyncio.Task[None] | None = None

    @contextmanager
    def of(self, path: Path) -> Iterator[asyncio.Event]:
        """An event that is set whenever the file may have been written; whoever waits for it clears it."""
        written = asyncio.Event()
        self._written[written] = path
        self._others.set()
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch(), name="transcripts")
        try:
            yield written
        finally:
            del self._written[written]
            self._others.set()

    async def close(self) -> None:
        """Nobody is told any more."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])

    async def _watch(self) -> None:
        while self._written:
            self._others = asyncio.Event()
            states = await asyncio.to_thread(_states, set(self._written.values()))
            self._tell(states)  # what was written before they were watched
            watch = awatch(
                *{path.parent for path, state in states.items() if state},
                watch_filter=None,
                debounce=LATEST_MS,
                step=QUIET_MS,
                rust_timeout=LOOK_MS,
                yield_on_timeout=True,
                recursive=False,
                stop_event=self._others,
            )
            try:
                async with aclosing(watch):
                    async for told in watch:
                        before, states = states, await asyncio.to_thread(_states, states)
                        self._tell({Path(name) for _, name in told})
                        self._tell(path for path, state in states.items() if state != before[path])
            except (OSError, RuntimeError):  # a folder went, or there are no watches left
                await asyncio.sleep(LOOK_MS / 1000)

    def _tell(self, paths: Iterable[Path]) -> None:
        paths = set(paths)
        for written, path in self._written.items():
            if path in paths:
                written.set()


async def follow(path: Path, tail: Tail, watch: Watch) -> AsyncGenerator[Appended | Replaced, None]:
    """What happens to the transcript after `tail` was read, until the file is deleted.

    Leave it by closing the iterator (`contextlib.aclosing`) or by cancelling the task.
    """
    with watch.of(path) as written:
        while True:
            await written.wait()
            written.clear()
            news = await asyncio.to_thread(_look, path, tail)
            if news is None:
                return
            if isinstance(news, Replaced) or news.changes:
                yield news
            tail = news.tail


def _states(paths: Iterable[Path]) -> dict[Path, tuple[int, int, int] | None]:
    """By which it is seen that a file was written; None for one that is gone."""
    states: dict[Path, tuple[int, int, int] | None] = {}
    for path in paths:
        try:
            status = path.stat()
            states[path] = (status.st_ino, status.st_size, status.st_mtime_ns)
        except OSError:
            states[path] = None
    return states


def _look(path: Path, tail: Tail) -> Appended | Replaced | None:
    try:
        with opened(path) as file:
            if tail.position.holds(file):
                position, changes = read_on(file, tail.position, tail.normaliser)
                return Appended(changes, tail_at(position, tail.normaliser))
        facts = Facts() if tail.normaliser.facts is not None else None
        return Replaced(read_tail(path, tail.normaliser.keep, facts=facts))
    except OSError:
        return None
