"""What the host knows of sessions, whether in memory or not, and what it tells of them: the list and its events."""

from hatchpod_api.agents.feed import Feed
from hatchpod_api.agents.protocol import FeedEvent, FeedRedirected, FeedRemoved, FeedSession, FeedSnapshot
from hatchpod_api.agents.records import Record, Records
from hatchpod_api.agents.session import Session
from hatchpod_api.agents.surroundings import Occasion
from hatchpod_api.config import HostSettings
from hatchpod_api.messages.frames import RateLimit
from hatchpod_api.messages.sessions import SessionSummary
from hatchpod_api.timestamps import now

_TITLES: dict[Occasion, str] = {
    "approval": "Approval needed",
    "question": "Question",
    "plan": "Plan to approve",
    "completed": "Finished",
    "interrupted": "Interrupted",
    "error": "Failed",
}


class Registry:
    """`known` has the list's row of every session on record, `redirects` former ids and the present ones."""

    def __init__(self, settings: HostSettings) -> None:
        self.records = Records(settings.places.state / "sessions")
        self.feed = Feed()
        self.known: dict[str, SessionSummary] = {}
        self.redirects: dict[str, str] = {}

    @property
    def snapshot(self) -> FeedSnapshot:
        return FeedSnapshot(
            sessions=list(self.known.values()), redirects=self.redirects, rate_limits=self.feed.rate_limits
        )

    def resolve(self, session_id: str) -> str:
        return self.redirects.get(session_id, session_id)

    def save(self, session: Session) -> None:
        self.records.save(session.record)

    def changed(self, session: Session) -> None:
        summary = session.summary
        if self.known.get(summary.id) != summary:
            self.known[summary.id] = summary
            self.feed.publish(FeedSession(session=summary))

    def notify(self, session: Session, occasion: Occasion, text: str, tool_use_id: str | None = None) -> None:
        key = tool_use_id or session.story.journal.cursor
        self.tell_event(occasion, session.record, text, key=key, tool_use_id=tool_use_id)

    def redirected(self, session: Session, former_id: str) -> None:
        self.redirects = {old: session.id if new == former_id else new for old, new in self.redirects.items()}
        self.redirects[former_id] = session.id
        self.known.pop(former_id, None)
        self.records.remove(former_id)
        self.feed.publish(FeedRedirected(id=former_id, to=session.id))

    def rate_limited(self, limit: RateLimit) -> None:
        if self.feed.rate_limited(limit) and limit.status == "rejected":
            text = f"The limit {limit.kind} is reached" + (f" until {limit.resets_at}." if limit.resets_at else ".")
            self.feed.publish(
                FeedEvent(
                    id=f"rate_limit:{limit.kind}:{limit.resets_at}",
                    kind="rate_limit",
                    session_id="",
                    title="Rate limit",
                    text=text,
                    at=now(),
                )
            )

    def remove(self, session_id: str) -> None:
        """Forget it, under each of its ids."""
        self.records.remove(session_id)
        self.redirects = {old: new for old, new in self.redirects.items() if new != session_id}
        if self.known.pop(session_id, None) is not None:
            self.feed.publish(FeedRemoved(id=session_id))

    def tell_event(
        self, occasion: Occasion, record: Record, text: str, *, key: str, tool_use_id: str | None = None
    ) -> None:
        """`key` makes the event's id with the session's: the same event has the same one for ever."""
        name = record.title or record.summary or "a session"
        self.feed.publish(
            FeedEvent(
                id=f"{occasion}:{record.id}:{key}",
                kind=occasion,
                session_id=record.id,
                title=f"{_TITLES[occasion]}: {name[:80]}",
                text=text,
                at=now(),
                tool_use_id=tool_use_id,
            )
        )
