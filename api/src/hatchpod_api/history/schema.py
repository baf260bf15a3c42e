"""The tables of the index. It is a cache: another `VERSION` drops the file, and it is built anew."""

import sqlite3
from pathlib import Path

VERSION = 1
BUSY_SECONDS = 30.0

# `words` holds no text, only where words occur: the text stays in the transcripts. Its rows cannot be removed one by
# one; those whose entry is gone are passed over, and counted as `orphans` until a rebuild is worth it.
SCHEMA = """
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    inode INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    mark BLOB NOT NULL,
    facts BLOB NOT NULL,
    summary BLOB NOT NULL,
    last_modified TEXT NOT NULL,
    cwd TEXT NOT NULL,
    messages INTEGER NOT NULL
);
CREATE INDEX newest ON sessions (last_modified, id) WHERE messages > 0;
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    message INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    key INTEGER,
    uuid INTEGER
);
CREATE INDEX pages ON entries (session, message);
CREATE TABLE usage (
    session INTEGER NOT NULL,
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    cost REAL NOT NULL,
    PRIMARY KEY (session, day, model)
) WITHOUT ROWID;
CREATE INDEX days ON usage (day);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters VALUES ('orphans', 0), ('last', 0);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', columnsize=0, tokenize="unicode61 remove_diacritics 2"
);
"""


def open_writer(path: Path) -> sqlite3.Connection:
    """A connection that may change the index; the tables are made where they are missing or of another version.

    Raises `sqlite3.DatabaseError` where the file is no database, and `OSError` where there can be none.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    connection = _connect(path)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            connection.close()
            drop(path)
            return open_writer(path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        if version == 0:
            connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    connection = _connect(path, "rw")  # not `ro`: a reader keeps the shared memory of the journal
    connection.execute("PRAGMA query_only=1")
    return connection


def drop(path: Path) -> None:
    """Remove the index with its journals."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _connect(path: Path, mode: str = "rwc") -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True)
