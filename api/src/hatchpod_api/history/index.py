"""The history of sessions, as the web server asks for it: lists, pages, search and usage over all transcripts.

A cache under the state folder, never the truth. It answers from what it has while `keeper` brings it up to date.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from hatchpod_api.config import Places
from hatchpod_api.errors import NotFoundError, UnavailableError
from hatchpod_api.history import images, pages, queries, search, subagents
from hatchpod_api.history.keeper import Keeper
from hatchpod_api.history.readers import Readers
from hatchpod_api.history.transcript import find_transcript, read_tail
from hatchpod_api.messages.search import SearchPage
from hatchpod_api.messages.sessions import SessionSummary
from hatchpod_api.messages.transcript import MessagePage, NormalizedMessage
from hatchpod_api.messages.usage import UsageReport

MAX_EXPORT = 100_000  # messages


class HistoryIndex:
    """Enter it to start it; it is `ready` once every transcript was read, and `stale` while it cannot be written."""

    def __init__(self, places: Places) -> None:
        self._projects = places.claude_projects
        path = places.state / "history.sqlite"
        self._readers = Readers(path)
        self._keeper = Keeper(path, places.claude_projects, self._readers.renew)

    async def __aenter__(self) -> Self:
        await self._keeper.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._keeper.stop()
        await asyncio.to_thread(self._readers.close)

    @property
    def ready(self) -> bool:
        return self._keeper.ready.is_set()

    @property
    def stale(self) -> str | None:
        """Why the index is behind its transcripts; None when it is not."""
        return self._keeper.trouble

    @property
    def changed(self) -> list[Callable[[set[str]], None]]:
        """Called with the ids of sessions whose transcripts have changed or gone, once the index knows it."""
        return self._keeper.listeners

    async def wait_ready(self) -> None:
        await self._keeper.ready.wait()

    async def newest(
        self, *, before: tuple[str, str] | None = None, limit: int, cwd: str | None = None
    ) -> list[SessionSummary]:
        """Sessions by (last_modified, id) from the newest down, older than `before`."""
        return await self._readers.run(partial(queries.newest, before=before, limit=limit, cwd=cwd))

    async def summaries(self, session_ids: Iterable[str]) -> dict[str, SessionSummary]:
        """Those of the sessions that have a transcript, by id."""
        wanted = list(session_ids)
        return await self._readers.run(partial(queries.summaries, session_ids=wanted)) if wanted else {}

    async def count(self) -> int:
        return await self._readers.run(queries.count)

    async def folders(self) -> dict[str, int]:
        """How many sessions there are of each folder."""
        return await self._readers.run(queries.folders)

    async def matching(self, text: str) -> set[str]:
        """The ids of sessions in which one message has all words of the text."""
        return await self._readers.run(partial(search.matching_sessions, typed=text))

    async def search(self, text: str, *, limit: int, cursor: search.Cursor | None = None) -> SearchPage:
        """Messages that have all words of the text, newest transcripts first."""
        return await self._readers.run(partial(search.search, typed=text, limit=limit, cursor=cursor))

    async def usage(self, first: str, last: str) -> UsageReport:
        """What was spent from one day to another, both included, as dates like 2026-11-23."""
        return await self._readers.run(partial(queries.usage, first=first, last=last))

    async def path(self, session_id: str) -> Path | None:
        """The session's transcript, if it has one."""
        known = await self._readers.run(partial(queries.path, session_id=session_id))
        return Path(known) if known else await asyncio.to_thread(find_transcript, self._projects, session_id)

    async def messages(self, session_id: str, *, before: int | None = None, limit: int) -> MessagePage:
        """The messages before the one with index `before`, or the newest. Raises `NotFoundError`."""
        try:
            page = await self._readers.run(partial(pages.page, session_id=session_id, before=before, limit=limit))
        except OSError:
            page = None
        return page or await self._unindexed(session_id, before, limit)

    async def image(self, session_id: str, uuid: str, number: int) -> images.Image:
        """A picture of a message. Raises `NotFoundError`."""
        try:
            found = await self._readers.run(partial(images.find, session_id=session_id, uuid=uuid, number=number))
            if found is None and (path := await asyncio.to_thread(find_transcript, self._projects, session_id)):
                found = await asyncio.to_thread(images.find_new, path, uuid, number)
        except OSError:
            found = None
        if found is None:
            raise NotFoundError("There is no such picture in this session.")
        return found

    async def subagent(self, session_id: str, tool_use_id: str) -> list[subagents.SubagentFrame]:
        """What was told of a subagent of this session. Raises `NotFoundError`."""
        path = await self.path(session_id)
        told = await asyncio.to_thread(subagents.find, path, tool_use_id) if path else None
        if told is None:
            raise NotFoundError("Nothing is kept of such a subagent in this session.")
        return told

    async def delete(self, session_id: str) -> None:
        """Remove the transcript and what belongs to it. Nothing happens when there is none."""
        path = await self.path(session_id)
        if path is not None:
            await self._keeper.delete(path)

    async def _unindexed(self, session_id: str, before: int | None, limit: int) -> MessagePage:
        """A page of a transcript that is too new for the index, from the file itself."""
        path = await asyncio.to_thread(find_transcript, self._projects, session_id)
        if path is None:
            raise NotFoundError("There is no transcript of this session. The list is at GET /api/sessions.")
        try:
            tail = await asyncio.to_thread(read_tail, path, MAX_EXPORT)
        except OSError as error:
            raise UnavailableError("The transcript cannot be read now. Try again in a moment.") from error
        end = tail.total if before is None else max(0, min(before, tail.total))
        shown: list[NormalizedMessage] = [one for one in tail.messages if end - limit <= one.index < end]
        oldest = shown[0].index if shown else None
        return MessagePage(
            messages=shown, tasks=tail.tasks, total_messages=tail.total, has_more=bool(oldest), oldest_index=oldest
        )
