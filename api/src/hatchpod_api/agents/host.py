"""The host's sessions: found or opened by id, kept while they are used, told of, and ended in time."""

import asyncio
import logging
from collections.abc import Mapping
from weakref import WeakValueDictionary

from hatchpod_api.agents.attachments import AttachedFiles
from hatchpod_api.agents.commands import Commands
from hatchpod_api.agents.conversation import Conversation
from hatchpod_api.agents.git import DiffStats
from hatchpod_api.agents.held import Held
from hatchpod_api.agents.past import Follower, Past, Transcripts, resume_from
from hatchpod_api.agents.records import Record, history_record, learn, mark_cut_off, options_of, summary_of
from hatchpod_api.agents.registry import Registry
from hatchpod_api.agents.session import Session
from hatchpod_api.agents.turns import Turns
from hatchpod_api.config import HostSettings, for_children
from hatchpod_api.errors import ConflictError, ProviderError
from hatchpod_api.git.command import Git
from hatchpod_api.messages.frames import GitDiffStat, Tasks
from hatchpod_api.providers.base import Provider, Run
from hatchpod_api.workspace import Workspace

TICK_SECONDS = 5.0
CLOSE_AFTER_SECONDS = 600.0

logger = logging.getLogger(__name__)


class Host(Registry):
    """Implements `Surroundings` for its sessions. `held` are those in memory."""

    def __init__(self, settings: HostSettings, providers: Mapping[str, Provider]) -> None:
        super().__init__(settings)
        self.settings = settings
        self.providers = providers
        self.workspace = Workspace(settings.places.workspace)
        self.transcripts = Transcripts(settings.places.claude_projects)
        self.held: dict[str, Held] = {}
        self.close_after = CLOSE_AFTER_SECONDS
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.attached = AttachedFiles(settings.places.state / "attachments")
        self.git = Git(self.workspace, for_children())
        self._stats = DiffStats(self.git)

    def load(self) -> None:
        """Read the records; sessions that were busy when the host ended are interrupted now."""
        waiting: set[str] = set()
        for record in self.records.load():
            self.redirects |= dict.fromkeys(record.former_ids, record.id)
            if mark_cut_off(record):
                self.records.save(record)
                self.tell_event("interrupted", record, record.error or "", key=record.last_modified)
            self.known[record.id] = summary_of(record)
            waiting.update(item.id for item in record.queue)
        self.attached.load(waiting)
        logger.info("sessions on record", extra={"fields": {"count": len(self.known)}})

    async def open(self, session_id: str) -> Held:
        """The session with this id, from memory, its record or its transcript; one without a past if there is none."""
        session_id = self.resolve(session_id)
        async with self._lock(session_id):
            return self.held.get(session_id) or await self._load(session_id)

    def hold(self, record: Record, conversation: Conversation) -> Held:
        session = Session(record, conversation, self)
        turns = Turns(session, self.workspace)
        held = Held(session, turns, Commands(session, turns, allow_bypass=self.settings.allow_bypass))
        self.held[record.id] = held
        return held

    def is_known(self, session_id: str) -> bool:
        return self.resolve(session_id) in self.known

    def in_memory(self, session_id: str) -> Held | None:
        """A session that needs not be opened."""
        held = self.held.get(self.resolve(session_id))
        return None if held is None or held.session.unknown else held

    def has_transcript(self, record: Record) -> bool:
        """Whether it is to be expected that all of its messages are in a transcript."""
        provider = self.providers.get(record.provider)
        return record.begun and (provider is None or provider.writes_transcripts)

    async def forget(self, session_id: str) -> None:
        """Stop it, disconnect its clients, remove its record."""
        session_id = self.resolve(session_id)
        async with self._lock(session_id):
            if (held := self.held.get(session_id)) is not None:
                held.session.story.end()
                await held.release()
                self.held.pop(session_id, None)
            for item in self.records.waiting(session_id):
                self.attached.drop(item.id)
            self.remove(session_id)

    @property
    def running(self) -> int:
        return sum(held.session.busy for held in self.held.values())

    async def keep_house(self) -> None:
        """For ever: end what nobody uses, go on with queues that had to wait, write down what could not be."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self.tidy()
            except Exception:
                logger.exception("tidying failed")

    async def tidy(self) -> None:
        self.records.retry()
        for session_id, held in list(self.held.items()):
            held.turns.go_on()
            if self._is_unused(held.session):
                async with self._lock(session_id):
                    await self._put_away(session_id)

    async def _put_away(self, session_id: str) -> None:
        """Whoever opens it meanwhile waits: its agent has to be gone before another one begins."""
        held = self.held.get(session_id)
        if held is not None and self._is_unused(held.session):
            await held.release()
            if self._can_be_read_again(held.session):
                self.held.pop(session_id, None)

    def _is_unused(self, session: Session) -> bool:
        if session.occupied or session.story.subscribers:
            return False
        unused = asyncio.get_running_loop().time() - session.last_used
        return session.id not in self.known or unused > self.close_after

    async def close(self) -> None:
        """End every agent, all at once, each within its own bounds. Their records say that they were busy."""
        for held in self.held.values():
            held.session.story.end()
        await asyncio.gather(*(held.release() for held in self.held.values()), return_exceptions=True)
        await self.transcripts.watch.close()
        await self._stats.close()
        self.records.retry()

    def admit(self, session: Session) -> None:
        if not session.busy and self.running >= self.settings.max_running:
            raise ConflictError(
                f"{self.settings.max_running} sessions are busy, which is the limit; wait for one, or interrupt one"
                " (HATCHPOD_MAX_RUNNING sets the limit)",
                code="session_limit",
            )

    def redirected(self, session: Session, former_id: str) -> None:
        if (held := self.held.pop(former_id, None)) is not None:
            self.held[session.id] = held
            if held.follower is not None:  # of the former id's transcript
                held.follower.cancel()
                held.follower = None
        super().redirected(session, former_id)

    def disk_changed(self, session: Session) -> None:
        def show(stat: GitDiffStat) -> None:
            session.story.show(stat)
            if session.record.git_branch != stat.branch and not session.unknown:
                session.record.git_branch = stat.branch
                if session.id in self.known:
                    self.changed(session)

        if session.record.cwd:
            self._stats.refresh(session.id, session.record.cwd, show)

    def turn_ended(self, session: Session) -> None:
        """From here on another program may go on with the session."""
        held = self.held.get(session.id)
        if held is not None and self._can_be_read_again(session) and (held.follower is None or held.follower.ended):
            held.follower = self._follower(held)

    async def start(self, session: Session) -> Run:
        record = session.record
        provider = self.providers.get(record.provider)
        if provider is None:
            raise ProviderError(
                f"the provider {record.provider!r} of this session is not enabled; set HATCHPOD_PROVIDERS, or start a"
                " new session"
            )
        resume, fork = (record.id if record.begun else None), False
        if provider.writes_transcripts:
            held = self.held.get(record.id)
            if held is not None:
                await held.stop_following()
            past = await self.transcripts.read(record.id)
            resume, fork = resume_from(session, past)
            if held is not None and past is not None:
                held.follower = self._follower(held, past)
        session.ran, session.source = True, "web"
        return await provider.start(options_of(record, resume=resume, fork=fork))

    async def _load(self, session_id: str) -> Held:
        record = self.records.read(session_id) if session_id in self.known else None
        past = await self._read_past(record, session_id)
        unknown = record is None and past is None
        if record is None:
            cwd = past.summary.cwd or str(self.settings.places.default_cwd) if past else ""
            record = history_record(session_id, cwd)
        if record.status == "history" and past is not None:
            learn(record, past.summary)
        held = self.hold(record, past.conversation if past else Conversation())
        held.session.unknown = unknown
        if past is not None:
            held.session.story.in_flight.take(Tasks(tasks=past.tail.tasks))
            if past.path.stem == session_id:
                held.follower = self._follower(held, past)
        return held

    async def _read_past(self, record: Record | None, session_id: str) -> Past | None:
        if record is not None:
            provider = self.providers.get(record.provider)
            if provider is not None and not provider.writes_transcripts:
                return None
        past = await self.transcripts.read(session_id)
        if past is None and record is not None and record.fork_of is not None:
            past = await self.transcripts.read(record.fork_of)
        return past

    def _follower(self, held: Held, past: Past | None = None) -> Follower:
        return Follower(held.session, held.turns.agent.close, self.transcripts, past)

    def _lock(self, session_id: str) -> asyncio.Lock:
        """Held while a session is loaded or put away; it is one as long as anybody holds it or waits for it."""
        return self._locks.setdefault(session_id, asyncio.Lock())

    def _can_be_read_again(self, session: Session) -> bool:
        provider = self.providers.get(session.record.provider)
        return session.unknown or provider is None or provider.writes_transcripts
