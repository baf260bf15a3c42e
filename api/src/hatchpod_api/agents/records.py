"""What is kept of each session in `state/sessions/<id>.json`, so that it outlives the agent host.

Written at once, and by renaming: a host that is killed leaves the old or the new file, never half of one. Messages
are not in it: those are the transcript's, and a provider that writes none loses them with the host.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hatchpod_api.agents.queue import PromptQueue
from hatchpod_api.messages.sessions import (
    BUSY,
    Effort,
    PermissionMode,
    QueueItem,
    SessionDetail,
    SessionStatus,
    SessionSummary,
    TokenCounts,
)
from hatchpod_api.providers.base import StartOptions
from hatchpod_api.timestamps import now

logger = logging.getLogger(__name__)


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`model` is the one that is in use, `wanted_model` the one that was asked for. `begun`: a turn was started once.

    `unsaid` are prompts that were accepted and are no messages yet: a host that is killed has to keep them.
    `fork_of` is the session that this one goes on from until it has a transcript of its own.
    """

    id: str
    cwd: str
    provider: str
    created_at: str
    last_modified: str
    permission_mode: PermissionMode = "default"
    model: str | None = None
    wanted_model: str | None = None
    effort: Effort | None = None
    status: SessionStatus = "idle"
    error: str | None = None
    num_turns: int = 0
    total_cost_usd: float = 0.0
    tokens: TokenCounts = TokenCounts()
    summary: str | None = None
    title: str | None = None
    total_messages: int = 0
    begun: bool = False
    fork_of: str | None = None
    worktree: str | None = None
    git_branch: str | None = None
    allowed_tools: list[str] = []
    client_ids: list[str] = []
    queue: list[QueueItem] = []
    unsaid: list[QueueItem] = []
    paused: bool = False
    former_ids: list[str] = []


class Records:
    """The files. `problem` says why the last write failed, and is None while they can be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unsaved: dict[str, Record] = {}
        self.problem: str | None = None

    def load(self) -> Iterator[Record]:
        """Every record that can be read; a file that is damaged is set aside. Raises `OSError` without the folder."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in sorted(self._folder.glob("*.json")):
            try:
                record = msgspec.json.decode(path.read_bytes(), type=Record)
                if path.stem != record.id:
                    raise msgspec.ValidationError(f"holds the record of {record.id!r}")
            except (OSError, msgspec.MsgspecError, UnicodeError, RecursionError) as error:
                logger.error(  # noqa: TRY400 # where it was read does not matter
                    "a session's record is damaged; it is set aside, and its transcript is untouched",
                    extra={"fields": {"file": str(path), "reason": str(error)}},
                )
                self._set_aside(path)
                continue
            yield record

    def read(self, session_id: str) -> Record | None:
        """One record again; None when it can no longer be read."""
        if (unsaved := self._unsaved.get(session_id)) is not None:
            return unsaved
        try:
            return msgspec.json.decode(self._path(session_id).read_bytes(), type=Record)
        except (OSError, msgspec.MsgspecError, UnicodeError, RecursionError):
            logger.exception("a session's record cannot be read", extra={"fields": {"session": session_id}})
            return None

    def save(self, record: Record) -> None:
        """Never raises: on a full disk sessions go on, and it is tried again with `retry`."""
        try:
            temporary = self._path(record.id).with_suffix(".new")
            temporary.write_bytes(msgspec.json.encode(record))
            temporary.replace(self._path(record.id))
        except OSError as error:
            self._unsaved[record.id] = record
            if self.problem is None:
                logger.exception("records cannot be written", extra={"fields": {"folder": str(self._folder)}})
            self.problem = (
                f"sessions cannot be written down in {self._folder} ({error.strerror}); free some space:"
                " until then a restart forgets what is new"
            )
        else:
            self._unsaved.pop(record.id, None)
            if not self._unsaved and self.problem is not None:
                self.problem = None
                logger.info("records can be written again")

    def retry(self) -> None:
        for record in list(self._unsaved.values()):
            self.save(record)

    def remove(self, session_id: str) -> None:
        self._unsaved.pop(session_id, None)
        try:
            self._path(session_id).unlink(missing_ok=True)
        except OSError:
            logger.exception("a record cannot be removed", extra={"fields": {"session": session_id}})

    def waiting(self, session_id: str) -> list[QueueItem]:
        """Its prompts that are no messages yet."""
        record = self.read(session_id) if session_id in self._unsaved or self._path(session_id).exists() else None
        return [*record.queue, *record.unsaid] if record else []

    def _path(self, session_id: str) -> Path:
        return self._folder / f"{session_id}.json"

    @staticmethod
    def _set_aside(path: Path) -> None:
        try:
            path.replace(path.with_suffix(".damaged"))
        except OSError:
            logger.exception("a damaged record cannot be set aside", extra={"fields": {"file": str(path)}})


def history_record(session_id: str, cwd: str) -> Record:
    """Of a session that is known by its transcript only; it is not written before something is done with it."""
    return Record(
        id=session_id,
        cwd=cwd,
        provider="claude",
        created_at=now(),
        last_modified=now(),
        status="history",
        begun=bool(cwd),
    )


def learn(record: Record, past: SessionSummary) -> None:
    """Take what the transcript tells of its session. What was set here, such as the mode, stays."""
    record.created_at, record.last_modified = past.created_at, past.last_modified
    record.num_turns, record.total_messages = past.num_turns, past.total_messages or 0
    record.total_cost_usd, record.tokens = past.total_cost_usd, past.tokens
    record.summary, record.git_branch = past.summary, past.git_branch
    record.model = past.model or record.model


def options_of(record: Record, *, resume: str | None, fork: bool) -> StartOptions:
    """How an agent begins with it."""
    return StartOptions(
        session_id=record.id,
        cwd=record.cwd,
        permission_mode=record.permission_mode,
        model=record.wanted_model,
        effort=record.effort,
        allowed_tools=tuple(record.allowed_tools),
        resume=resume,
        fork=fork,
    )


def detail_of(record: Record) -> SessionDetail:
    """What a record says of a session that is not in memory: nothing runs, nothing is asked."""
    return SessionDetail(
        **msgspec.structs.asdict(summary_of(record)),
        queue=PromptQueue(record.queue, paused=record.paused).shown,
        error=record.error,
        worktree=record.worktree,
    )


def mark_cut_off(record: Record) -> bool:
    """After the host died: a turn that ran is over, and what it had not begun with waits. Returns whether one did."""
    if record.status not in BUSY:
        return False
    record.status = "interrupted"
    record.error = "the agent host was restarted during this turn; send a prompt to go on from the transcript"
    record.queue, record.unsaid = [*record.unsaid, *record.queue], []
    record.paused = bool(record.queue)
    return True


def summary_of(record: Record, *, has_pending_approval: bool = False) -> SessionSummary:
    """The session's row in the list. Title, tags and archive are the web server's notes."""
    return SessionSummary(
        id=record.id,
        status=record.status,
        created_at=record.created_at,
        last_modified=record.last_modified,
        num_turns=record.num_turns,
        total_cost_usd=record.total_cost_usd,
        tokens=record.tokens,
        has_pending_approval=has_pending_approval,
        provider=record.provider,
        slug=None,
        summary=record.summary,
        title=record.title,
        tags=[],
        cwd=record.cwd,
        permission_mode=record.permission_mode,
        model=record.model,
        effort=record.effort,
        total_messages=record.total_messages,
        git_branch=record.git_branch,
    )
