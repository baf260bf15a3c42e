"""Follows one transcript while another program writes it: a `claude` that somebody runs in a terminal."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
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


async def follow(path: Path, tail: Tail) -> AsyncGenerator[Appended | Replaced, None]:
    """What happens to the transcript after `tail` was read, until the file is deleted.

    Leave it by closing the iterator (`contextlib.aclosing`) or by cancelling the task.
    """
    if not await asyncio.to_thread(path.parent.is_dir):
        return
    watch = awatch(
        path.parent,
        watch_filter=lambda _, name: name == os.fspath(path),
        debounce=LATEST_MS,
        step=QUIET_MS,
        rust_timeout=LOOK_MS,
        yield_on_timeout=True,
        recursive=False,
    )
    async with aclosing(watch):
        async for _ in watch:
            news = await asyncio.to_thread(_look, path, tail)
            if news is None:
                return
            if isinstance(news, Replaced) or news.changes:
                yield news
            tail = news.tail


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
