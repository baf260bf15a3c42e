"""The one writer of the index. Blocking: it lives in a thread, or in a process of its own."""

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import msgspec

from hatchpod_api.history.digest import Digest, Known, digests, nothing_known
from hatchpod_api.history.facts import Facts
from hatchpod_api.history.lines import Position
from hatchpod_api.history.normalise import Numbering
from hatchpod_api.history.scan import Found
from hatchpod_api.history.schema import drop, open_writer

_WARM = 50_000  # entries of sessions whose state stays in memory, since they are written to again and again
_MANY_ORPHANS = 50_000

_facts = msgspec.json.Decoder(Facts)


class Writer:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = open_writer(path)
        self.warm: OrderedDict[str, Known] = OrderedDict()

    def close(self) -> None:
        self.connection.close()

    def pending(self, found: dict[str, Found]) -> tuple[list[Found], list[str]]:
        """Which of all transcripts have changed since they were read, oldest first, and which sessions are gone."""
        rows = self.connection.execute("SELECT id, path, inode, size, mtime FROM sessions")
        known = {row[0]: tuple(row) for row in rows}
        changed = [one for one in found.values() if known.get(one.id) != tuple(one)]
        return sorted(changed, key=lambda one: one.mtime), [name for name in known if name not in found]

    def offsets(self) -> dict[str, int]:
        """How much of each transcript was read, in bytes."""
        return dict(self.connection.execute("SELECT id, offset FROM sessions").fetchall())

    def catch_up(self, found: Found) -> bool:
        """Read what was appended to one transcript; False when it is gone, or cannot be read now."""
        known = self.warm.pop(found.id, None) or self.known(found.id)
        try:
            for digest in digests(found, known):
                if (number := self.store(digest)) is None:
                    return True
                known.number = number
                self.warm[found.id] = Known(number, digest.position, known.facts, known.numbering)
        except FileNotFoundError:
            self.forget([found.id])
            return False
        except OSError:
            return False
        except BaseException:
            self.warm.pop(found.id, None)
            raise
        while self.warm and sum(len(known.numbering.seen) for known in self.warm.values()) > _WARM:
            self.warm.popitem(last=False)
        return True

    def known(self, session_id: str) -> Known:
        row = self.connection.execute(
            "SELECT number, inode, offset, mark, facts FROM sessions WHERE id = ?", (session_id,)
        ).fetchone()
        if row is None:
            return nothing_known()
        facts = _facts.decode(row[4])
        numbering = Numbering(facts.messages)
        for message, key, uuid in self.connection.execute(
            "SELECT message, key, uuid FROM entries WHERE session = ?", (row[0],)
        ):
            if key is not None:
                numbering.indexes[key] = message
            if uuid is not None:
                numbering.seen.add(uuid)
        return Known(row[0], Position(row[1], row[2], row[3]), facts, numbering)

    def store(self, digest: Digest) -> int | None:
        """Keep one step of reading, all of it or nothing. None when it does not go on from what is kept."""
        with Transaction(self.connection):
            return self._store(digest)

    def store_all(self, several: Iterable[Digest]) -> None:
        """The same for many in one transaction."""
        with Transaction(self.connection):
            for digest in several:
                self._store(digest)

    def _store(self, digest: Digest) -> int | None:
        run = self.connection.execute
        found = digest.found
        row = run("SELECT number, offset, inode FROM sessions WHERE id = ?", (found.id,)).fetchone()
        if digest.start and (row is None or row[1] != digest.start):
            return None
        if not digest.start and row and row[1:] == (digest.position.offset, digest.position.inode):
            run(
                "UPDATE sessions SET path = ?, size = ?, mtime = ? WHERE number = ?",
                (found.path, found.size, found.mtime, row[0]),
            )
            return int(row[0])
        if row is not None and not digest.start:
            self._remove(row[0])
        position = digest.position
        values = (
            *(found.path, position.inode, found.size, found.mtime, position.offset, position.mark),
            *(digest.facts, digest.summary, digest.last_modified, digest.cwd, digest.messages),
        )
        if row is not None and digest.start:
            number = int(row[0])
            run(
                "UPDATE sessions SET path = ?, inode = ?, size = ?, mtime = ?, offset = ?, mark = ?, facts = ?,"
                " summary = ?, last_modified = ?, cwd = ?, messages = ? WHERE number = ?",
                (*values, number),
            )
            run("DELETE FROM usage WHERE session = ?", (number,))
        else:
            places = "NULL" + ", ?" * 12
            number = int(run(f"INSERT INTO sessions VALUES ({places})", (found.id, *values)).lastrowid or 0)  # noqa: S608
        last = run("SELECT value FROM counters WHERE name = 'last'").fetchone()[0]
        numbered = list(enumerate(digest.rows, start=last + 1))
        many = self.connection.executemany
        many("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", [(at, number, *row[:5]) for at, row in numbered])
        many("INSERT INTO words (rowid, text) VALUES (?, ?)", [(at, row.text) for at, row in numbered if row.text])
        many("INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [(number, *one) for one in digest.usage])
        run("UPDATE counters SET value = ? WHERE name = 'last'", (last + len(numbered),))
        return number

    def forget(self, session_ids: Iterable[str]) -> None:
        """Remove sessions whose transcripts are gone."""
        with Transaction(self.connection):
            for session_id in session_ids:
                self.warm.pop(session_id, None)
                row = self.connection.execute("SELECT number FROM sessions WHERE id = ?", (session_id,)).fetchone()
                if row:
                    self._remove(row[0])

    def _remove(self, number: int) -> None:
        run = self.connection.execute
        orphans = run("DELETE FROM entries WHERE session = ?", (number,)).rowcount
        run("UPDATE counters SET value = value + ? WHERE name = 'orphans'", (orphans,))
        run("DELETE FROM usage WHERE session = ?", (number,))
        run("DELETE FROM sessions WHERE number = ?", (number,))

    def worn(self) -> bool:
        """Whether so many entries were removed that the index is better built anew."""
        run = self.connection.execute
        orphans = run("SELECT value FROM counters WHERE name = 'orphans'").fetchone()[0]
        return bool(orphans > _MANY_ORPHANS and orphans > run("SELECT count(*) FROM entries").fetchone()[0])

    def start_anew(self) -> None:
        """Drop everything that is kept."""
        self.connection.close()
        drop(self.path)
        self.warm.clear()
        self.connection = open_writer(self.path)


class Transaction:
    """`BEGIN IMMEDIATE` to `COMMIT`, or to `ROLLBACK` when something is raised."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
