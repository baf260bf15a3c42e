"""One session: what is known of it, what its clients are told, and who may be told more."""

import asyncio
from typing import Any, Literal

import msgspec

from hatchpod_api.agents.approvals import Approvals
from hatchpod_api.agents.conversation import Conversation
from hatchpod_api.agents.queue import ClientIds, PromptQueue, Unsaid
from hatchpod_api.agents.records import Record, detail_of, learn, summary_of
from hatchpod_api.agents.story import Story, Subscriber
from hatchpod_api.agents.surroundings import Surroundings
from hatchpod_api.messages.commands import Subscribe
from hatchpod_api.messages.frames import (
    Frame,
    Journaled,
    ModeChanged,
    ModelChanged,
    RateLimit,
    SessionRedirected,
    Status,
    ToolApprovalRequest,
    ToolApprovalResolved,
    Usage,
)
from hatchpod_api.messages.sessions import BUSY, Approval, PermissionMode, SessionDetail, SessionStatus, SessionSummary
from hatchpod_api.timestamps import now


class Session:
    """State and how it is told. `turns.Turns` changes it as the agent goes on, `commands` as clients wish."""

    def __init__(self, record: Record, conversation: Conversation, host: Surroundings) -> None:
        self.record = record
        self.host = host
        self.story = Story(conversation)
        self.approvals = Approvals()
        self.queue = PromptQueue(record.queue, paused=record.paused)
        self.unsaid = Unsaid()
        self.client_ids = ClientIds(record.client_ids)
        self.background_tasks = 0
        self.source: Literal["web", "cli"] = "web"
        self.unknown = False  # no record, no transcript: there is nothing to go on with
        self.ran = False  # an agent has told of it here, so that its messages are newer than the transcript's reading
        self.last_used = asyncio.get_running_loop().time()
        self._told = self.status_frame
        for frame in (ModeChanged(mode=record.permission_mode), ModelChanged(model=record.model)):
            self.story.in_flight.take(frame)
        if record.num_turns:
            self.story.in_flight.take(self._usage)

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def busy(self) -> bool:
        return self.record.status in BUSY

    @property
    def occupied(self) -> bool:
        """Whether an agent may tell of more by itself."""
        return self.busy or self.background_tasks > 0

    @property
    def status_frame(self) -> Status:
        return Status(
            status=self.record.status,
            background_tasks=self.background_tasks,
            error=self.record.error,
            source=self.source,
        )

    @property
    def summary(self) -> SessionSummary:
        return summary_of(self.record, has_pending_approval=bool(self.approvals))

    @property
    def detail(self) -> SessionDetail:
        pending = self.approvals.pending
        return msgspec.structs.replace(
            detail_of(self.record),
            has_pending_approval=bool(pending),
            pending_approval=pending[0] if pending else None,
            pending_approvals=pending,
            queue=self.queue.shown,
            background_tasks=self.background_tasks,
            source=self.source,
        )

    def subscribe(self, subscriber: Subscriber, wanted: Subscribe) -> None:
        """Nothing can happen between what is replayed and what follows: all of it is one step of the event loop."""
        self.touch()
        self.story.subscribe(subscriber, self._present, wanted.cursor, wanted.message_limit)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self.touch()
        self.story.subscribers.discard(subscriber)

    def replace(self, conversation: Conversation) -> None:
        """Another program has rewritten the transcript."""
        self.story.replace(conversation, self._present)

    def touch(self) -> None:
        self.last_used = asyncio.get_running_loop().time()

    def set_status(self, status: SessionStatus, error: str | None = None) -> None:
        """Tell clients and the list, and write it down, when anything of it is new."""
        self.record.status, self.record.error = status, error
        self.tell_status()

    def tell_status(self) -> None:
        frame = self.status_frame
        if frame != self._told:
            self._told = frame
            self.story.tell(frame)
            if frame.status != "history":  # nothing was done with it here: it is listed as its transcript has it
                self.keep()

    def learn(self, past: SessionSummary) -> None:
        """Another program goes on with it, and its transcript tells how far."""
        learn(self.record, past)
        self.story.show(ModelChanged(model=self.record.model))
        self.story.show(self._usage)
        if self.record.status != "history":
            self.host.save(self)
            self.host.changed(self)

    def keep(self) -> None:
        """Write down what a restart must not forget, and refresh the list."""
        self.touch()
        record = self.record
        record.last_modified = now()
        record.total_messages = self.story.conversation.total
        waited = {item.id for item in (*record.queue, *record.unsaid)}
        record.queue, record.paused = list(self.queue.items), self.queue.paused
        record.unsaid, record.client_ids = list(self.unsaid), list(self.client_ids)
        for item_id in waited.difference(item.id for item in (*record.queue, *record.unsaid)):
            self.host.attached.drop(item_id)
        self.host.save(self)
        self.host.changed(self)

    def queue_changed(self) -> None:
        self.keep()
        self.story.tell(self.queue.frame)

    def ask(self, approval: Approval) -> None:
        self.approvals.add(approval)
        self.story.tell(_request(approval))
        self.set_status("waiting_for_approval")
        self.host.changed(self)

    def resolve(self, tool_use_id: str, outcome: Literal["allowed", "denied", "withdrawn"]) -> bool:
        """False when nobody waited for it."""
        if not self.approvals.remove(tool_use_id):
            return False
        self.story.tell(ToolApprovalResolved(tool_use_id=tool_use_id, outcome=outcome))
        self.host.changed(self)
        return True

    def withdraw_all(self) -> list[str]:
        """Nobody waits any more: the ids of what did."""
        waited = [approval.tool_use_id for approval in self.approvals.pending]
        for tool_use_id in waited:
            self.resolve(tool_use_id, "withdrawn")
        return waited

    def show(self, frame: Journaled) -> None:
        """What an agent tells that is a frame already."""
        match frame:
            case ModeChanged():
                self.set_mode(frame.mode)
            case ModelChanged():
                self.set_model(frame.model)
            case RateLimit():
                self.story.tell(frame)
                self.host.rate_limited(frame)
            case _:
                self.story.show(frame)

    def set_mode(self, mode: PermissionMode) -> None:
        if mode != self.record.permission_mode:
            self.record.permission_mode = mode
            self.story.show(ModeChanged(mode=mode))
            self.keep()

    def set_model(self, model: str | None) -> None:
        if model != self.record.model:
            self.record.model = model
            self.story.show(ModelChanged(model=model))
            self.keep()

    def want_model(self, model: str | None) -> None:
        self.record.wanted_model = model
        self.set_model(model)
        self.keep()

    def set_totals(self, **totals: Any) -> None:
        """Whichever of cost, tokens and turns are known."""
        for name, value in totals.items():
            if value is not None:
                setattr(self.record, name, value)
        self.story.show(self._usage)

    def redirect(self, session_id: str, *, begins_anew: bool = False) -> None:
        """Go on under another id; the present one keeps resolving. With `begins_anew` without what was said so far."""
        former = self.record.id
        if session_id != former:
            self.record.former_ids.append(former)
            self.record.id = session_id
            self.keep()
            self.host.redirected(self, former)
            self.story.tell(SessionRedirected(session_id=session_id))
        if begins_anew:
            self.replace(Conversation())

    @property
    def _present(self) -> list[Frame | ToolApprovalRequest]:
        requests = (_request(approval) for approval in self.approvals.pending)
        return [self.status_frame, *requests, self.queue.frame]

    @property
    def _usage(self) -> Usage:
        record = self.record
        return Usage(tokens=record.tokens, total_cost_usd=record.total_cost_usd, num_turns=record.num_turns)


def _request(approval: Approval) -> ToolApprovalRequest:
    return ToolApprovalRequest(**msgspec.structs.asdict(approval))
