"""Sessions that a transcript tells of: opened from it, and followed while a `claude` in a terminal goes on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from time import time_ns

import msgspec

from hatchpod_api.agents.conversation import HELD_MESSAGES, Conversation
from hatchpod_api.agents.session import Session
from hatchpod_api.errors import ProviderError
from hatchpod_api.history.facts import Facts
from hatchpod_api.history.follow import Appended, Replaced, Watch, follow
from hatchpod_api.history.transcript import Tail, find_transcript, read_tail
from hatchpod_api.messages.frames import Tasks
from hatchpod_api.messages.sessions import SessionSummary
from hatchpod_api.messages.transcript import NormalizedMessage

LATE_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Past(msgspec.Struct, frozen=True):
    """A transcript as it was read."""

    path: Path
    tail: Tail

    @property
    def summary(self) -> SessionSummary:
        return summary_of(self.path.stem, self.tail)

    @property
    def conversation(self) -> Conversation:
        return Conversation(self.tail.messages, self.tail.total)


class Transcripts:
    """Finds and reads them; `watch` is for all that are followed."""

    def __init__(self, projects: Path) -> None:
        self._projects = projects
        self.watch = Watch()

    async def find(self, session_id: str) -> Path | None:
        return await asyncio.to_thread(find_transcript, self._projects, session_id)

    async def read(self, session_id: str) -> Past | None:
        """None when there is no transcript, or none that can be read."""
        return await asyncio.to_thread(self._read, session_id)

    def _read(self, session_id: str) -> Past | None:
        path = find_transcript(self._projects, session_id)
        if path is None:
            return None
        try:
            return Past(path, read_tail(path, HELD_MESSAGES, facts=Facts()))
        except OSError as error:
            logger.warning(
                "a transcript cannot be read", extra={"fields": {"session": session_id, "reason": error.strerror}}
            )
            return None


class Follower:
    """Keeps a session up to date with its transcript until `stop`, or until the file is deleted.

    What an agent writes that runs here it tells itself. Messages that it never told of are another program's, which
    goes on with the session: then the agent is ended with `end_run`, because it knows only a part of the conversation.
    """

    def __init__(
        self,
        session: Session,
        end_run: Callable[[], Awaitable[None]],
        transcripts: Transcripts,
        past: Past | None = None,
    ) -> None:
        self._session = session
        self._end_run = end_run
        self._transcripts = transcripts
        self._task = asyncio.create_task(self._follow(past), name=f"follow-{session.id}")

    @property
    def ended(self) -> bool:
        return self._task.done()

    def cancel(self) -> None:
        self._task.cancel()

    async def stop(self) -> None:
        self.cancel()
        await asyncio.wait([self._task])

    async def _follow(self, past: Past | None) -> None:
        try:
            if past is None:
                past = await self._transcripts.read(self._session.id)
                if past is None:
                    return
                await self._take(Replaced(past.tail))
            async with aclosing(follow(past.path, past.tail, self._transcripts.watch)) as news:
                async for change in news:
                    await self._take(change)
        except Exception:
            logger.exception("a transcript is not followed any more", extra={"fields": {"session": self._session.id}})

    async def _take(self, change: Appended | Replaced) -> None:
        session = self._session
        if not session.ran:
            self._tell(change)
        elif await self._has_more(change.tail):
            session.ran = False
            self._tell(Replaced(change.tail))
            await self._end_run()

    async def _has_more(self, tail: Tail) -> bool:
        """Than the agent told of, which is compared between turns. What it writes it may tell a moment later."""
        session = self._session
        while session.occupied:  # noqa: ASYNC110 # it may be for hours, and nobody waits for the answer
            await asyncio.sleep(LATE_SECONDS)
        if tail.total <= session.story.conversation.total:
            return False
        await asyncio.sleep(LATE_SECONDS)
        return not session.occupied and tail.total > session.story.conversation.total

    def _tell(self, change: Appended | Replaced) -> None:
        session = self._session
        session.source = "cli"
        session.learn(summary_of(session.id, change.tail))
        if isinstance(change, Replaced):
            session.replace(Conversation(change.tail.messages, change.tail.total))
        else:
            catch_up(session, [one.message for one in change.changes])
        session.story.show(Tasks(tasks=change.tail.tasks))
        session.tell_status()


def summary_of(session_id: str, tail: Tail) -> SessionSummary:
    """The session's row in the list, as its transcript has it."""
    return (tail.normaliser.facts or Facts()).summary(session_id, time_ns())


def catch_up(session: Session, messages: list[NormalizedMessage]) -> None:
    """Tell what of these is new, at the index that they have."""
    for message in messages:
        if (frame := session.story.conversation.place(message)) is not None:
            session.story.tell(frame)


def resume_from(session: Session, past: Past | None) -> tuple[str | None, bool]:
    """What to go on from, and whether as a fork. A conversation that is gone is never begun anew by accident."""
    record = session.record
    if past is None and record.begun:
        raise ProviderError(
            "the transcript of this session is gone, so it cannot go on; start a new session", code="transcript_gone"
        )
    if past is None:
        return record.fork_of, record.fork_of is not None
    ours = session.story.conversation.total
    if past.tail.total > ours if session.ran else past.tail.total < ours:
        session.replace(past.conversation)
    elif not session.ran:
        catch_up(session, past.tail.messages)
    return record.id, False
