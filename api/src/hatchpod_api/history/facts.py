"""What a transcript tells of its session: the state with which reading goes on, and the row of the list."""

from datetime import UTC, datetime
from typing import cast, get_args

import msgspec

from hatchpod_api.history.entries import Entry
from hatchpod_api.history.ledger import Ledger
from hatchpod_api.history.reading import Reading, moment
from hatchpod_api.history.tasks import TaskList
from hatchpod_api.messages.sessions import PermissionMode, SessionSummary, TokenCounts
from hatchpod_api.messages.transcript import AssistantMessage, TextPart, UserMessage

MAX_SUMMARY = 300
MAX_TITLE = 200

_MODES = frozenset(get_args(PermissionMode))


class Facts(msgspec.Struct):
    """`turns` counts prompts; `prompt` is how the first one begins. `mode` is a `PermissionMode`."""

    prompt: str | None = None
    given_title: str | None = None
    made_title: str | None = None
    slug: str | None = None
    cwd: str | None = None
    branch: str | None = None
    model: str | None = None
    mode: str = "default"
    first_at: str | None = None
    last_at: str | None = None
    turns: int = 0
    messages: int = 0
    tasks: TaskList = msgspec.field(default_factory=TaskList)
    ledger: Ledger = msgspec.field(default_factory=Ledger)

    def note(self, entry: Entry) -> None:
        """Take what an entry of any type says of the session."""
        if at := moment(entry):
            self.first_at = min(self.first_at or at, at)
            self.last_at = max(self.last_at or at, at)
        self.cwd = self.cwd or entry.cwd
        self.branch = entry.git_branch or self.branch
        self.slug = entry.slug or self.slug
        if entry.permission_mode and entry.permission_mode in _MODES:
            self.mode = entry.permission_mode
        if entry.type == "custom-title":
            self.given_title = _line(entry.custom_title, MAX_TITLE)
        elif entry.type in ("ai-title", "summary"):
            self.made_title = _line(entry.ai_title or entry.summary, MAX_TITLE) or self.made_title
        elif entry.type == "cost-state" and entry.model_usage:
            self.ledger.report(entry.model_usage, (self.last_at or "")[:10])

    def follow(self, reading: Reading) -> None:
        """Take what an entry adds to the conversation."""
        self.tasks.follow(reading)
        message = reading.message
        if isinstance(message, UserMessage):
            text = next((part.text for part in message.parts if isinstance(part, TextPart)), None)
            if text is not None:
                self.turns += 1
                if self.prompt is None or self.prompt.startswith("/"):
                    self.prompt = _line(text, MAX_SUMMARY) or self.prompt
        elif isinstance(message, AssistantMessage) and message.model:
            self.model = message.model
            if message.usage and reading.key:
                day = (message.created_at or self.last_at or "")[:10]
                self.ledger.measure(reading.key, message.model, message.usage, day)

    def summary(self, session_id: str, mtime_ns: int) -> SessionSummary:
        """The row of the list; where the transcript has no time, the file's."""
        spent = self.ledger.total()
        written = iso(mtime_ns)
        return SessionSummary(
            id=session_id,
            status="history",
            created_at=self.first_at or written,
            last_modified=self.last_at or written,
            num_turns=self.turns,
            total_cost_usd=round(spent.cost, 6),
            tokens=TokenCounts(
                input=spent.input, output=spent.output, cache_read=spent.cache_read, cache_write=spent.cache_write
            ),
            has_pending_approval=False,
            provider="claude",
            slug=self.slug,
            summary=self.prompt,
            title=self.given_title or self.made_title,
            tags=[],
            cwd=self.cwd or "",
            permission_mode=cast("PermissionMode", self.mode),
            model=self.model,
            total_messages=self.messages,
            git_branch=self.branch,
        )


def iso(nanoseconds: int) -> str:
    """A time since the epoch, as transcripts write it."""
    milliseconds = nanoseconds // 1_000_000
    return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"


def _line(text: str | None, limit: int) -> str | None:
    line = " ".join((text or "")[: 4 * limit].split())
    return (line if len(line) <= limit else f"{line[: limit - 1]}…") or None
