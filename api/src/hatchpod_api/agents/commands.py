"""What a client's frame does to a session. Each raises a `HatchpodError` when it does nothing."""

from hatchpod_api.agents import attachments
from hatchpod_api.agents.agent import Refuse
from hatchpod_api.agents.queue import queue_item
from hatchpod_api.agents.session import Session
from hatchpod_api.agents.turns import Turns
from hatchpod_api.errors import ConflictError, ForbiddenError, HatchpodError, NotFoundError, ValueNotAllowedError
from hatchpod_api.messages import commands
from hatchpod_api.messages.sessions import PermissionMode, QueueItem
from hatchpod_api.providers.base import Decision, Run

MAX_PROMPT = 1_000_000


class Commands:
    """`refuse` gets what turns out only later: the agent did not take it."""

    def __init__(self, session: Session, turns: Turns, *, allow_bypass: bool) -> None:
        self._session = session
        self._turns = turns
        self._allow_bypass = allow_bypass

    def execute(self, command: commands.Command, refuse: Refuse) -> None:
        self._session.touch()
        if self._session.unknown:
            raise NotFoundError("there is no such session; create one first")
        match command:
            case commands.Prompt():
                self.prompt(command, refuse)
            case commands.Approve():
                self._approve(command, refuse)
            case commands.Deny():
                self._session.approvals.get(command.tool_use_id)
                self._turns.answer(command.tool_use_id, Decision(allowed=False, message=command.message), refuse)
            case commands.Interrupt():
                self._turns.interrupt()
            case commands.SetMode():
                self.set_mode(command.mode, refuse)
            case commands.SetModel():
                self.set_model(command.model, refuse)
            case commands.QueueEdit():
                _check_text(command.text)
                self._session.queue.edit(command.id, command.text)
                self._session.queue_changed()
            case commands.QueueRemove():
                item = self._session.queue.remove(command.id)
                self._session.client_ids.forget(item.client_id)
                self._session.queue_changed()
            case commands.QueueResume():
                self._unpause()
                self._turns.go_on()

    def prompt(self, command: commands.Prompt, refuse: Refuse) -> None:
        """Run it, queue it, or say it into the turn; one that came before does nothing."""
        session = self._session
        if command.client_id in session.client_ids:
            return
        if not command.attachments:
            _check_text(command.text)
        attachments.check(command.attachments)
        attached = session.host.attached
        item = attached.put(queue_item(command))
        try:
            self._accept(command, item, refuse)
        except HatchpodError:
            attached.drop(item.id)
            raise

    def _accept(self, command: commands.Prompt, item: QueueItem, refuse: Refuse) -> None:
        session = self._session
        if not session.busy and not (command.mode == "queue" and session.queue.items):
            self._turns.begin(item, refuse)
            self._unpause()
        elif command.mode == "queue":
            session.queue.add(item)
            session.client_ids.add(item.client_id)
            session.queue.paused = False
            session.queue_changed()
            self._turns.go_on()
        elif command.mode == "steer":
            self._turns.steer(item, refuse)
        else:
            raise ConflictError(
                'a turn runs; send the prompt with mode "queue" to let it wait, or "steer" to speak into the turn',
                field="mode",
                code="session_busy",
            )

    def set_mode(self, mode: PermissionMode, refuse: Refuse) -> None:
        """At once, or as soon as the agent that runs has taken it."""
        self.check_mode(mode)

        async def tell(run: Run) -> None:
            await run.set_mode(mode)
            self._session.set_mode(mode)

        if self._turns.agent.live:
            self._turns.agent.do(tell, refuse)
        else:
            self._session.set_mode(mode)

    def set_model(self, model: str | None, refuse: Refuse) -> None:
        """Like `set_mode`."""

        async def tell(run: Run) -> None:
            await run.set_model(model)
            self._session.want_model(model)

        if self._turns.agent.live:
            self._turns.agent.do(tell, refuse)
        else:
            self._session.want_model(model)

    def check_mode(self, mode: PermissionMode | None) -> None:
        if mode == "bypassPermissions" and not self._allow_bypass:
            raise ForbiddenError(
                "The mode `bypassPermissions` is off on this workstation. Set ALLOW_BYPASS_PERMISSIONS=1 to permit it.",
                field="permissionMode",
                code="bypass_disabled",
            )

    def _approve(self, command: commands.Approve, refuse: Refuse) -> None:
        self.check_mode(command.target_mode)
        self._turns.answer(command.tool_use_id, self._session.approvals.decide(command), refuse)

    def _unpause(self) -> None:
        if self._session.queue.paused:
            self._session.queue.paused = False
            self._session.queue_changed()


def _check_text(text: str) -> None:
    if not text.strip():
        raise ValueNotAllowedError("text: the prompt is empty; write something, or attach a file", field="text")
    if len(text) > MAX_PROMPT:
        raise ValueNotAllowedError(
            f"text: the prompt has {len(text)} characters, more than {MAX_PROMPT}; put it into a file", field="text"
        )
