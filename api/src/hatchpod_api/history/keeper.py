"""Keeps the index in step with the transcripts: reads what was appended, follows changes, starts anew when it must.

Few changes are read in a thread, many in processes of their own. Nothing here fails a request: what cannot be written
now is noted as `trouble` and tried again.
"""

import asyncio
import logging
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TypeVar

from hatchpod_api.history import bulk
from hatchpod_api.history.scan import is_transcript, look, scan
from hatchpod_api.history.schema import drop
from hatchpod_api.history.watch import watched
from hatchpod_api.history.writer import Writer

MANY_BYTES = 16 * 1024 * 1024  # to read: more than that is done in processes of their own
RETRY_SECONDS = 2.0
LOOK_SECONDS = 60.0  # how often everything is looked at, whatever was told

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Keeper:
    """`ready` once all transcripts were read for the first time. `listeners` get the ids of changed sessions."""

    def __init__(self, index: Path, projects: Path, renewed: Callable[[], None]) -> None:
        self.ready = asyncio.Event()
        self.trouble: str | None = None
        self.listeners: list[Callable[[set[str]], None]] = []
        self._index = index
        self._projects = projects
        self._renewed = renewed
        self._thread = ThreadPoolExecutor(1, "history-writer")
        self._writer: Writer | None = None
        self._task: asyncio.Task[None] | None = None
        self._busy = asyncio.Lock()  # one reading at a time: what is read at once by two is read twice

    async def start(self) -> None:
        """Open the index, so that it answers at once with what it has, and begin to bring it up to date."""
        await self._attempt(self._in_thread(self._open))
        self._task = asyncio.create_task(self._keep(), name="history")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._in_thread(self._close)
        self._thread.shutdown()

    async def delete(self, path: Path) -> None:
        """Remove a transcript with the folder of its subagents, and forget it."""
        await asyncio.to_thread(_remove, path)
        await self._attempt(self._update({str(path)}))

    async def _keep(self) -> None:
        """Read everything, then what changes; again from the start when something went wrong."""
        while True:
            try:
                await self._follow()
            except OSError as error:  # no folder to watch, or no more watches
                self._failed(error)
            except Exception:
                logger.exception("history index failed")
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        with suppress(OSError):
            await asyncio.to_thread(self._projects.mkdir, mode=0o700, parents=True, exist_ok=True)
        if not await self._attempt(self._read_all()):
            return
        self.ready.set()
        # The first quiet second shows what was written before the watch stood.
        looked = 0.0
        async with aclosing(watched(self._projects)) as changes:
            async for paths in changes:
                if paths and all(is_transcript(self._projects, path) for path in paths):
                    done = await self._attempt(self._update(paths))
                elif paths or time.monotonic() - looked > LOOK_SECONDS:
                    done = await self._attempt(self._read_all())
                    looked = time.monotonic()
                else:
                    continue
                if not done:
                    return

    async def _update(self, paths: set[str]) -> None:
        async with self._busy:
            changed = await self._in_thread(lambda: self._update_now(paths))
        self._tell(changed)

    def _update_now(self, paths: set[str]) -> set[str]:
        writer = self._opened()
        for path in sorted(paths):
            if found := look(path):
                writer.catch_up(found)
            else:
                writer.forget([Path(path).stem])
        return {Path(path).stem for path in paths}

    async def _read_all(self) -> None:
        """Bring everything up to date."""
        async with self._busy:
            changed, gone, size = await self._in_thread(self._pending)
            if size > MANY_BYTES:
                await self._build()
            await self._in_thread(self._read_few)
        self._tell(changed | gone)

    def _pending(self) -> tuple[set[str], set[str], int]:
        writer = self._opened()
        if writer.worn():
            self._start_anew()
        changed, gone = writer.pending(scan(self._projects))
        done = writer.offsets()
        size = sum(max(0, found.size - done.get(found.id, 0)) for found in changed)
        return {found.id for found in changed}, set(gone), size

    def _read_few(self) -> None:
        writer = self._opened()
        changed, gone = writer.pending(scan(self._projects))
        writer.forget(gone)
        for found in changed:
            writer.catch_up(found)

    async def _build(self) -> None:
        """Let processes of their own read; they end with this one."""
        command = bulk.command(self._index, self._projects)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stderr=pipe)
        try:
            _, errors = await process.communicate()
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if process.returncode:
            raise sqlite3.OperationalError(errors.decode(errors="replace").strip()[-300:])
        await self._in_thread(self._cool)

    def _cool(self) -> None:
        self._opened().warm.clear()

    def _opened(self) -> Writer:
        if self._writer is None:
            self._writer = Writer(self._index)
            self._renewed()
        return self._writer

    def _open(self) -> None:
        self._opened()

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _start_anew(self) -> None:
        self._close()
        drop(self._index)
        self._opened()

    async def _attempt(self, work: Awaitable[None]) -> bool:
        """Do it; say whether it went well. An index that is broken is dropped."""
        try:
            await work
        except sqlite3.OperationalError as error:  # no room, locked, no permission
            self._failed(error)
        except sqlite3.DatabaseError as error:
            self._failed(error)
            with suppress(OSError, sqlite3.Error):
                await self._in_thread(self._start_anew)
        except OSError as error:
            self._failed(error)
        else:
            if self.trouble:
                logger.info("history index is up to date again")
            self.trouble = None
            return True
        return False

    def _failed(self, error: Exception) -> None:
        if self.trouble is None:
            logger.warning("history index is behind", extra={"fields": {"error": str(error)}})
        self.trouble = str(error)

    def _tell(self, session_ids: set[str]) -> None:
        if session_ids:
            for listener in list(self.listeners):
                listener(session_ids)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    shutil.rmtree(path.with_suffix(""), ignore_errors=True)
