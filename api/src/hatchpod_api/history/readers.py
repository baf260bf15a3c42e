"""Threads that read the index, each with a connection of its own. A statement that takes too long is given up."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from hatchpod_api.errors import UnavailableError
from hatchpod_api.history.schema import open_reader

THREADS = 3
LIMIT_SECONDS = 5.0
_STEPS = 10_000  # of SQLite's machine between two looks at the clock

T = TypeVar("T")


class Readers:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(THREADS, "history-reader")
        self._local = threading.local()
        self._generation = 0
        self._open: list[sqlite3.Connection] = []

    async def run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """The query's result. Raises `UnavailableError` where the index cannot be read now."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, query)

    def renew(self) -> None:
        """The file was put in place of another: connections to the old one are not used again."""
        self._generation += 1

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for connection in self._open:
            connection.close()

    def _run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._connection()
            deadline = time.monotonic() + LIMIT_SECONDS
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
            return query(connection)
        except sqlite3.Error as error:
            raise UnavailableError(f"The history cannot be read now ({error}). Try again in a moment.") from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None and self._local.generation == self._generation:
            return connection
        if connection is not None:
            connection.close()
            self._open.remove(connection)
        self._local.generation = self._generation
        self._local.connection = connection = open_reader(self._path)
        self._open.append(connection)
        return connection
