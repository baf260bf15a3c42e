"""The web server's own database: small, durable, and readable only for its user."""

import os
import sqlite3
from pathlib import Path
from typing import Any, Self

import aiosqlite

from hatchpod_api.errors import UnavailableError
from hatchpod_api.state.schema import SCHEMA

Row = aiosqlite.Row


class Database:
    """One connection in a thread of its own, so that statements run in order and never block the event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: aiosqlite.Connection | None = None

    async def __aenter__(self) -> Self:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        self._connection = await aiosqlite.connect(self._path, isolation_level=None)
        self._connection.row_factory = aiosqlite.Row
        await self._connection.execute("PRAGMA journal_mode=WAL")
        await self._connection.execute("PRAGMA synchronous=NORMAL")
        await self._migrate()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    @property
    def _open(self) -> aiosqlite.Connection:
        if self._connection is None:
            raise RuntimeError("expected an open database, got a closed one; enter it first")
        return self._connection

    async def all(self, statement: str, *values: Any) -> list[Row]:
        return list(await self._open.execute_fetchall(statement, values))

    async def first(self, statement: str, *values: Any) -> Row | None:
        rows = await self.all(statement, *values)
        return rows[0] if rows else None

    async def run(self, statement: str, *values: Any) -> int:
        """One statement that changes something, durable when this returns; the result is the number of changed rows.

        Raises `UnavailableError` when it cannot be written now, as on a full disk.
        """
        try:
            cursor = await self._open.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise UnavailableError(
                f"This cannot be written down in {self._path.parent} ({error}); free some space, then try again."
            ) from error
        count = cursor.rowcount
        await cursor.close()
        return count

    async def _migrate(self) -> None:
        """Each entry of `SCHEMA` runs once, in order, in a transaction with the count of those that have run."""
        row = await self.first("PRAGMA user_version")
        done = int(row[0]) if row else 0
        for number, script in enumerate(SCHEMA[done:], start=done + 1):
            await self._open.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version={number}; COMMIT;")
