"""Sessions that a transcript tells of: opened from it, and followed while a `claude` in a terminal goes on."""

import asyncio
import logging
from contextlib import aclosing
from pathlib import Path
from time import time_ns

import msgspec

from hatchpod_api.agents.conversation import HELD_MESSAGES, Conversation
from hatchpod_api.agents.session import Session
from hatchpod_api.history.facts import Facts
from hatchpod_api.history.follow import Replaced, Watch, follow
from hatchpod_api.history.transcript import Tail, find_transcript, read_tail
from hatchpod_api.messages.frames import Tasks
from hatchpod_api.messages.sessions import SessionSummary
from hatchpod_api.messages.transcript import NormalizedMessage

logger = logging.getLogger(__name__)


class Past(msgspec.Struct, frozen=True):
    """A transcript as it was read."""

    path: Path
    tail: Tail

    @property
    def summary(self) -> SessionSummary:
        return summary_of(self.path, self.tail)

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
    """Keeps a session up to date with its transcript until `stop`, or until the file is deleted."""

    def __init__(self, session: Session, past: Past, watch: Watch) -> None:
        self._session = session
        self._watch = watch
        self._past = past
        self._task = asyncio.create_task(self._follow(), name=f"follow-{session.id}")

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _follow(self) -> None:
        try:
            async with aclosing(follow(self._past.path, self._past.tail, self._watch)) as news:
                async for change in news:
                    self._session.learn(summary_of(self._past.path, change.tail))
                    if isinstance(change, Replaced):
                        self._session.replace(Conversation(change.tail.messages, change.tail.total))
                    else:
                        self._session.source = "cli"
                        catch_up(self._session, [change.message for change in change.changes])
                        self._session.story.show(Tasks(tasks=change.tail.tasks))
                        self._session.tell_status()
        except Exception:
            logger.exception("a transcript is not followed any more", extra={"fields": {"session": self._session.id}})


def summary_of(path: Path, tail: Tail) -> SessionSummary:
    """The session's row in the list, as its transcript has it."""
    return (tail.normaliser.facts or Facts()).summary(path.stem, time_ns())


def catch_up(session: Session, messages: list[NormalizedMessage]) -> None:
    """Tell what of these is new, at the index that they have."""
    for message in messages:
        if (frame := session.story.conversation.place(message)) is not None:
            session.story.tell(frame)
