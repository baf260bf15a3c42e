"""The agent's side of a session: prompts become turns, and what the agent tells becomes the session's story."""

import asyncio
from functools import partial
from typing import Literal

from hatchpod_api.agents.agent import Agent, Refuse
from hatchpod_api.agents.attachments import load
from hatchpod_api.agents.session import Session
from hatchpod_api.agents.surroundings import Occasion
from hatchpod_api.errors import HatchpodError
from hatchpod_api.messages.sessions import QueueItem
from hatchpod_api.messages.transcript import AssistantMessage, ToolResultPart, UserMessage
from hatchpod_api.providers import base
from hatchpod_api.workspace import Workspace

INTERRUPT_SECONDS = 15.0

_SUMMARY_LENGTH = 200
_GONE = base.Decision(allowed=False, message="The turn ended before anybody answered.")

Outcome = Literal["completed", "interrupted", "error"]


class Turns:
    """`begin` to start a turn, `steer` to speak into it, `interrupt` to end it. A run is started when one is needed."""

    def __init__(self, session: Session, workspace: Workspace) -> None:
        self._session = session
        self._workspace = workspace
        self.agent = Agent(session, self.take, self._ended)
        self._in_turn = False
        self._interrupting = False
        self._delivering: QueueItem | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def begin(self, item: QueueItem, refuse: Refuse, *, queued: bool = False) -> None:
        """Start a turn with this prompt, for which the session must not be busy."""
        session = self._session
        session.host.admit(session)
        session.client_ids.add(item.client_id)
        session.unsaid.add(item)
        if session.record.summary is None:
            session.record.summary = item.text[:_SUMMARY_LENGTH].strip() or None
        self._delivering, self._in_turn, self._interrupting = item, True, False
        session.set_status("running" if self.agent.started else "starting")
        self.agent.do(partial(self._deliver, item), partial(self._undelivered, item, refuse, queued))

    def steer(self, item: QueueItem, refuse: Refuse) -> None:
        """Into the turn that runs."""
        session = self._session
        session.client_ids.add(item.client_id)
        session.unsaid.add(item)
        session.keep()

        def failed(error: HatchpodError) -> None:
            session.client_ids.forget(item.client_id)
            session.unsaid.drop(item)
            session.keep()
            refuse(error)

        self.agent.do(partial(self._deliver, item), failed)

    def go_on(self) -> bool:
        """Take the next of the queue, unless a turn runs or the queue is paused. Whether it did."""
        session = self._session
        if session.busy or (item := session.queue.take()) is None:
            return False
        try:
            self.begin(item, _ignore, queued=True)
        except HatchpodError:
            session.queue.put_back(item)
            return False
        session.queue_changed()
        return True

    def interrupt(self) -> None:
        """End the turn. An agent that does not end it in time, or has not even started, is ended itself."""
        session = self._session
        if not session.busy:
            return
        if session.queue.items and not session.queue.paused:
            session.queue.paused = True
            session.queue_changed()
        session.withdraw_all()
        if not self.agent.started:
            self.agent.drop()
            self._finish("interrupted")
            return
        session.set_status("running")
        if not self._interrupting:
            self._interrupting = True
            self.agent.do(lambda run: run.interrupt(), _ignore)
            self._deadline = asyncio.get_running_loop().call_later(INTERRUPT_SECONDS, self._give_up)

    def answer(self, tool_use_id: str, decision: base.Decision, refuse: Refuse) -> None:
        """Answer what waits; the caller has checked that it does. It waits on when the agent refuses the answer."""
        session = self._session

        async def tell(run: base.Run) -> None:
            await run.answer(tool_use_id, decision)
            if decision.rule is not None and decision.rule not in session.record.allowed_tools:
                session.record.allowed_tools.append(decision.rule)
                session.keep()
            self._resolve(tool_use_id, "allowed" if decision.allowed else "denied")

        def failed(error: HatchpodError) -> None:
            if error.code == base.APPROVAL_GONE:
                self._resolve(tool_use_id, "withdrawn")
            refuse(error)

        self.agent.do(tell, failed)

    def _resolve(self, tool_use_id: str, outcome: Literal["allowed", "denied", "withdrawn"]) -> None:
        if self._session.resolve(tool_use_id, outcome) and not self._session.approvals:
            self._session.set_status("running" if self._in_turn else "completed")

    def take(self, event: base.Event) -> None:
        """One event of the agent."""
        session, story = self._session, self._session.story
        match event:
            case base.Delta():
                if (delta := story.conversation.grow(event)) is not None:
                    story.tell(delta)
            case base.Said():
                self._said(event)
            case base.ApprovalRequested():
                self._asked(event)
            case base.ApprovalWithdrawn():
                self._resolve(event.tool_use_id, "withdrawn")
            case base.TurnStarted():
                self._started()
            case base.TurnEnded():
                session.set_totals(total_cost_usd=event.total_cost_usd, tokens=event.tokens, num_turns=event.num_turns)
                self._finish(event.outcome, event.error)
            case base.BackgroundTasks():
                session.background_tasks = event.count
                session.tell_status()
            case base.Redirected():
                session.redirect(event.session_id, begins_anew=event.begins_anew)
            case _:
                session.show(event)

    def _started(self) -> None:
        self._in_turn = True
        if not self._session.approvals:
            self._session.set_status("running")

    def _said(self, event: base.Said) -> None:
        session, message = self._session, event.message
        session.story.tell_all(session.story.conversation.say(event.key, message))
        if isinstance(message, AssistantMessage):
            session.record.begun = True
        elif isinstance(message, UserMessage):
            if any(isinstance(part, ToolResultPart) for part in message.parts):
                session.host.disk_changed(session)
            elif session.unsaid.said(message.client_id):
                session.keep()

    def _asked(self, event: base.ApprovalRequested) -> None:
        if self._interrupting:
            return  # the agent does not know yet; nobody is to be asked for what will not happen
        approval = event.approval
        self._session.ask(approval)
        occasion: Occasion = "approval" if approval.kind == "tool" else approval.kind
        self._session.host.notify(
            self._session, occasion, approval.title or approval.tool_name, tool_use_id=approval.tool_use_id
        )

    def _finish(self, outcome: Outcome, error: str | None = None) -> None:
        session = self._session
        self._in_turn = self._interrupting = False
        self._delivering = None
        session.unsaid.clear()
        if self._deadline is not None:
            self._deadline.cancel()
        session.story.tell_all(session.story.conversation.discard_unsaid())
        waited = session.withdraw_all()
        if outcome == "completed":
            for tool_use_id in waited:  # by a task in the background, which would wait for ever
                self.agent.do(lambda run, gone=tool_use_id: run.answer(gone, _GONE), _ignore)  # type: ignore[misc]
        else:
            for frame in session.story.in_flight.stop():
                session.story.show(frame)
            if session.queue.items and not session.queue.paused:
                session.queue.paused = True
                session.queue_changed()
        session.set_status(outcome, error)
        session.host.disk_changed(session)
        session.host.turn_ended(session)
        if not self.go_on() and outcome != "interrupted":
            session.host.notify(session, outcome, error or session.record.summary or "")

    async def _deliver(self, item: QueueItem, run: base.Run) -> None:
        attachments = await load(await self._session.host.attached.get(item), self._workspace)
        await run.prompt(base.ProviderPrompt(text=item.text, client_id=item.client_id, attachments=attachments))
        self._session.unsaid.delivered(item)

    def _undelivered(self, item: QueueItem, refuse: Refuse, queued: bool, error: HatchpodError) -> None:
        session = self._session
        session.unsaid.drop(item)
        if not queued:
            session.client_ids.forget(item.client_id)
        else:
            session.queue.put_back(item)
            session.queue.paused = True
            session.queue_changed()
        refuse(error)
        if self._delivering is item:
            self._finish("error", error.message)

    def _ended(self, error: HatchpodError) -> None:
        """The run is over, and nobody asked for that."""
        session = self._session
        session.background_tasks = 0
        if lost := session.unsaid.clear():
            session.queue.put_back(*lost)
            session.queue.paused = True
            session.queue_changed()
        if session.busy:
            self._finish("error", error.message)
        else:
            session.story.tell_all(session.story.conversation.discard_unsaid())
            for frame in session.story.in_flight.stop():
                session.story.show(frame)
            session.tell_status()

    def _give_up(self) -> None:
        if self._interrupting:
            self.agent.drop()
            self._finish("interrupted")


def _ignore(_: HatchpodError) -> None:
    pass
