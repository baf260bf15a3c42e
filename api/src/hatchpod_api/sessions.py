"""What may be done with a session: checked here, done by the agent host, and noted in the web server's database."""

from contextlib import suppress

import msgspec
from msgspec import UNSET

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import Create, Delete, Fork, Update
from hatchpod_api.catalog import Catalog
from hatchpod_api.config import Settings
from hatchpod_api.errors import ForbiddenError, NotFoundError, ValueNotAllowedError
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.identifiers import checked
from hatchpod_api.messages.sessions import (
    CreateSession,
    ForkSession,
    PermissionMode,
    SessionCreated,
    SessionDetail,
    UpdateSession,
)
from hatchpod_api.state.notes import SessionNotes
from hatchpod_api.state.preferences import Preferences
from hatchpod_api.workspace import Workspace

MAX_TITLE = 200
MAX_TAGS = 20
MAX_TAG = 50


class Sessions:
    def __init__(
        self,
        settings: Settings,
        preferences: Preferences,
        workspace: Workspace,
        agents: AgentsClient,
        history: HistoryIndex,
        notes: SessionNotes,
        catalog: Catalog,
    ) -> None:
        self._settings = settings
        self._preferences = preferences
        self._workspace = workspace
        self._agents = agents
        self._history = history
        self._notes = notes
        self._catalog = catalog

    async def create(self, wanted: CreateSession) -> SessionCreated:
        """Begin or resume. What is left out comes from the settings; when a part is not allowed, nothing is done."""
        if wanted.provider not in self._settings.providers:
            enabled = ", ".join(self._settings.providers)
            raise ValueNotAllowedError(
                f"There is no provider {wanted.provider!r} here. Enabled: {enabled}.", field="provider"
            )
        self._check_mode(wanted.permission_mode)
        for attachment in wanted.attachments:
            if (attachment.data is None) == (attachment.path is None):
                raise ValueNotAllowedError("An attachment has either `data` or `path`.", field="attachments")
            if attachment.path is not None:
                self._workspace.resolve(attachment.path, field="attachments")
        if wanted.resume_session_id is not None:
            past = await self._catalog.detail(checked(wanted.resume_session_id))
            wanted = msgspec.structs.replace(wanted, resume_session_id=past.id, cwd=wanted.cwd or past.cwd)
        cwd = self._workspace.folder(wanted.cwd, field="cwd") if wanted.cwd else self._settings.places.default_cwd
        defaults = self._preferences.current
        complete = msgspec.structs.replace(
            wanted,
            cwd=str(cwd),
            permission_mode=wanted.permission_mode or defaults.default_permission_mode,
            model=wanted.model or defaults.default_model,
            effort=wanted.effort or defaults.default_effort,
        )
        return await self._agents.call(Create(session=complete), SessionCreated)

    async def update(self, session_id: str, changes: UpdateSession) -> SessionDetail:
        """All of the changes, or none when one is not allowed."""
        session = await self._catalog.detail(session_id)
        self._check_notes(changes)
        if changes.permission_mode is not UNSET:
            self._check_mode(changes.permission_mode)
        if any(value is not UNSET for value in (changes.permission_mode, changes.model, changes.effort)):
            await self._agents.call(Update(id=session.id, changes=changes), SessionDetail)
        await self._notes.change(session.id, title=changes.title, tags=changes.tags, archived=changes.archived)
        return await self._catalog.detail(session.id)

    async def delete(self, session_id: str, *, transcript: bool) -> None:
        session = await self._catalog.detail(session_id)
        with suppress(NotFoundError):  # past sessions are not the host's
            await self._agents.call(Delete(id=session.id), type(None))
        if transcript:
            await self._history.delete(session.id)
        await self._notes.forget(session.id)

    async def fork(self, session_id: str, options: ForkSession) -> SessionCreated:
        session = await self._catalog.detail(session_id)
        created = await self._agents.call(Fork(id=session.id, options=options), SessionCreated)
        note = self._notes.of(session.id)
        title = options.title or (f"{note.title or session.title} (fork)" if note.title or session.title else None)
        await self._notes.change(created.id, title=title, tags=list(note.tags))
        return created

    def _check_mode(self, mode: PermissionMode | None) -> None:
        if mode == "bypassPermissions" and not self._settings.allow_bypass:
            raise ForbiddenError(
                "The mode `bypassPermissions` is off on this workstation. Set ALLOW_BYPASS_PERMISSIONS=1 to permit it.",
                field="permissionMode",
                code="bypass_disabled",
            )

    def _check_notes(self, changes: UpdateSession) -> None:
        if isinstance(changes.title, str) and len(changes.title) > MAX_TITLE:
            raise ValueNotAllowedError(f"A title has at most {MAX_TITLE} characters.", field="title")
        tags = [] if changes.tags is UNSET else changes.tags
        if len(tags) > MAX_TAGS or any(not tag.strip() or len(tag) > MAX_TAG for tag in tags):
            raise ValueNotAllowedError(f"At most {MAX_TAGS} tags of 1 to {MAX_TAG} characters are kept.", field="tags")
