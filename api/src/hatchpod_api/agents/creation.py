"""How sessions come to be: new, from a past one, or as a fork; and how they are changed from outside."""

import asyncio
from uuid import uuid4

from msgspec import UNSET

from hatchpod_api.agents.conversation import HELD_MESSAGES, Conversation
from hatchpod_api.agents.git import add_worktree
from hatchpod_api.agents.held import Held
from hatchpod_api.agents.host import Host
from hatchpod_api.agents.protocol import Create, Fork, Update
from hatchpod_api.agents.records import Record
from hatchpod_api.errors import HatchpodError, NotFoundError, ValueNotAllowedError
from hatchpod_api.messages.commands import Prompt
from hatchpod_api.messages.sessions import CreateSession, SessionCreated, SessionDetail
from hatchpod_api.timestamps import now

_REMEMBERED = 1000


class Creation:
    """A `client_id` that comes again creates nothing more."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._created: dict[str, asyncio.Future[SessionCreated]] = {}

    async def create(self, call: Create) -> SessionCreated:
        wanted = call.session
        if wanted.client_id is None:
            return await self._create(wanted)
        if (before := self._created.get(wanted.client_id)) is not None:
            return await asyncio.shield(before)
        if len(self._created) >= _REMEMBERED:
            del self._created[next(iter(self._created))]
        task = self._created[wanted.client_id] = asyncio.ensure_future(self._create(wanted))
        try:
            return await asyncio.shield(task)
        except HatchpodError:
            self._created.pop(wanted.client_id, None)
            raise

    async def fork(self, call: Fork) -> SessionCreated:
        """A new session that has everything that was said so far; the first one goes on by itself."""
        source = (await self._host.open(call.id)).session
        if source.unknown:
            raise NotFoundError("there is no session with this id to fork")
        total = source.story.conversation.total
        record = self._new_record(source.record.cwd, source.record.provider)
        record.permission_mode = source.record.permission_mode
        record.model = record.wanted_model = source.record.wanted_model
        record.effort = source.record.effort
        record.allowed_tools = list(source.record.allowed_tools)
        record.summary, record.title = source.record.summary, call.options.title
        record.fork_of = source.id if source.record.begun else source.record.fork_of
        held = self._host.hold(record, Conversation(source.story.conversation.newest(HELD_MESSAGES), total))
        held.session.keep()
        return self._prompted(held, Prompt(text=call.options.prompt))

    async def update(self, call: Update) -> SessionDetail:
        """Mode, model and effort, of the agent as well where it runs."""
        held = await self._host.open(call.id)
        if held.session.unknown:
            raise NotFoundError("there is no session with this id")
        mode, model, effort = call.changes.permission_mode, call.changes.model, call.changes.effort
        failed: list[HatchpodError] = []
        if mode is not UNSET:
            held.commands.check_mode(mode)
            held.commands.set_mode(mode, failed.append)
        if model is not UNSET:
            held.commands.set_model(model, failed.append)
        if effort is not UNSET and effort != held.session.record.effort:
            held.session.record.effort = effort
            held.session.keep()
            if held.turns.agent.live:
                held.turns.agent.do(lambda run: run.set_effort(effort), failed.append)
        await held.turns.agent.settled()
        if failed:
            raise failed[0]
        return held.session.detail

    async def _create(self, wanted: CreateSession) -> SessionCreated:
        if wanted.provider not in self._host.providers:
            enabled = ", ".join(self._host.providers)
            raise ValueNotAllowedError(
                f"provider: got {wanted.provider!r}; this workstation has {enabled}", field="provider"
            )
        if wanted.resume_session_id is not None:
            held = await self._resumed(wanted.resume_session_id)
        else:
            held = await self._new(wanted)
        prompt = Prompt(text=wanted.prompt, client_id=wanted.client_id, attachments=wanted.attachments)
        return self._prompted(held, prompt)

    async def _resumed(self, session_id: str) -> Held:
        held = await self._host.open(session_id)
        if held.session.unknown:
            raise NotFoundError(
                "resumeSessionId: there is no session with this id; leave it out for a new one", field="resumeSessionId"
            )
        if held.session.record.status == "history":
            held.session.set_status("idle")
        return held

    async def _new(self, wanted: CreateSession) -> Held:
        cwd = wanted.cwd or str(self._host.settings.places.default_cwd)
        worktree = None
        if wanted.worktree:
            cwd = worktree = str(await add_worktree(self._host.git, cwd, wanted.worktree))
        record = self._new_record(cwd, wanted.provider)
        record.worktree = worktree
        record.permission_mode = wanted.permission_mode or "default"
        record.model = record.wanted_model = wanted.model
        record.effort = wanted.effort
        record.allowed_tools = list(wanted.allowed_tools)
        held = self._host.hold(record, Conversation())
        try:
            held.commands.check_mode(wanted.permission_mode)
        except HatchpodError:
            del self._host.held[record.id]
            raise
        held.session.keep()
        return held

    def _prompted(self, held: Held, prompt: Prompt) -> SessionCreated:
        """With a prompt it begins at once. A session that may not begin is not created either."""
        if prompt.text.strip() or prompt.attachments:
            try:
                held.commands.prompt(prompt, lambda _: None)
            except HatchpodError:
                if not held.session.record.begun and held.session.record.fork_of is None:
                    self._host.held.pop(held.session.id, None)
                    self._host.remove(held.session.id)
                raise
        return SessionCreated(id=held.session.id, status=held.session.record.status)

    @staticmethod
    def _new_record(cwd: str, provider: str) -> Record:
        moment = now()
        return Record(id=str(uuid4()), cwd=cwd, provider=provider, created_at=moment, last_modified=moment)
