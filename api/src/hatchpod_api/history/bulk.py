"""Reads many transcripts in processes of their own, so that the web server neither waits nor grows.

One process writes, others read. They end with the process that started them: its end closes their standard input.
"""

import multiprocessing
import os
import pickle
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path

from hatchpod_api.history.digest import Digest, digests, nothing_known
from hatchpod_api.history.scan import Found, scan
from hatchpod_api.history.writer import Writer

BATCH = 200  # sessions in one transaction
NICE = 5
_CACHE_KIB = 64 * 1024


def command(index: Path, projects: Path) -> list[str]:
    """The command of the process that brings the index up to date."""
    root = str(Path(__file__).parents[2])
    start = f"import sys; sys.path.insert(0, {root!r}); from hatchpod_api.history.bulk import main; main()"
    return [sys.executable, "-c", start, str(index), str(projects)]


def main() -> None:
    os.nice(NICE)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    build(Path(sys.argv[1]), Path(sys.argv[2]))


def build(index: Path, projects: Path) -> None:
    """Read everything that has changed."""
    with closing(Writer(index)) as writer:
        writer.connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        changed, gone = writer.pending(scan(projects))
        writer.forget(gone)
        known = writer.offsets()
        _read_and_store(writer, [found for found in changed if found.id not in known])
        for found in changed:
            if found.id in known:
                writer.catch_up(found)


def _read_and_store(writer: Writer, unknown: list[Found]) -> None:
    readers = max(1, (os.cpu_count() or 2) - 1)
    batch: list[Digest] = []
    for digest in _from_readers(unknown, readers):
        batch.append(digest)
        if len(batch) >= BATCH or len(digest.rows) > BATCH * 10:
            writer.store_all(batch)
            batch.clear()
    writer.store_all(batch)


def _from_readers(unknown: list[Found], count: int) -> Iterator[Digest]:
    """What the readers send. They go on while a batch is stored; who is a whole batch ahead waits."""
    context = multiprocessing.get_context("fork")
    pipes: list[Connection] = []
    processes = []
    for number in range(count):
        receiving, sending = context.Pipe(duplex=False)
        arguments = (unknown[number::count], sending, [*pipes, receiving])
        process = context.Process(target=_read, args=arguments, daemon=True)
        process.start()
        sending.close()
        pipes.append(receiving)
        processes.append(process)
    received: queue.Queue[bytes | None] = queue.Queue(BATCH)
    for pipe in pipes:
        threading.Thread(target=_receive, args=(pipe, received), daemon=True).start()
    ended = 0
    while ended < count:
        if (sent := received.get()) is None:
            ended += 1
        else:
            yield pickle.loads(sent)  # noqa: S301 - from a process of our own
    for process in processes:
        process.join()


def _receive(pipe: Connection, received: "queue.Queue[bytes | None]") -> None:
    """Take what a reader sends, since its pipe holds less than one session; None once it has ended, or was killed."""
    try:
        with suppress(EOFError, OSError):
            while True:
                received.put(pipe.recv_bytes())
    finally:
        received.put(None)


def _read(unknown: list[Found], pipe: Connection, others: list[Connection]) -> None:
    for other in others:
        other.close()  # so that writing fails once the writer is gone
    for found in unknown:
        try:
            for digest in digests(found, nothing_known()):
                pipe.send_bytes(pickle.dumps(digest, protocol=pickle.HIGHEST_PROTOCOL))
        except (FileNotFoundError, PermissionError):
            continue


def _end_with_parent() -> None:
    os.read(0, 1)  # `sys.stdin` has a lock, which a fork would take along
    os._exit(1)
