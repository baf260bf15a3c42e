"""Tells which transcripts are written, without ever holding up the event loop."""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from watchfiles import Change, watch

from hatchpod_api.history.scan import is_transcript

QUIET_MS = 50  # writes that follow each other this closely are told together
LATEST_MS = 200  # and are told after this time in any case
LOOK_MS = 1000


async def watched(projects: Path) -> AsyncGenerator[set[str], None]:
    """Paths of transcripts, and of folders of projects, that have changed; an empty set after each quiet second.

    Ends when the folder of all projects is another one. Raises OSError where it cannot be watched.
    """

    def concerns(_: Change, path: str) -> bool:
        """What is deeper down are a session's own files, such as transcripts of its subagents."""
        return is_transcript(projects, path) or projects in (Path(path), Path(path).parent)

    stop = threading.Event()
    changes = watch(
        projects,
        watch_filter=concerns,
        debounce=LATEST_MS,
        step=QUIET_MS,
        rust_timeout=LOOK_MS,
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=False,
        ignore_permission_denied=True,
    )
    # Its start goes through all folders, which takes a while: both that and the waiting are a thread's.
    thread = ThreadPoolExecutor(1, "history-watch")
    loop = asyncio.get_running_loop()
    inode = _inode(projects)
    try:
        while (told := await loop.run_in_executor(thread, next, changes, None)) is not None:
            yield {path for _, path in told}
            if _inode(projects) != inode:
                return
    finally:
        stop.set()
        thread.shutdown(wait=False, cancel_futures=True)


def _inode(folder: Path) -> int | None:
    try:
        return os.stat(folder).st_ino  # noqa: PTH116 - in an event loop: one call that does not block
    except OSError:
        return None
