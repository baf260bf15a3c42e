"""The audit log: who did what, from where, and whether it was done. Never contents, never secrets."""

import json
import logging

from hatchpod_api.auth.principal import Principal
from hatchpod_api.errors import UnavailableError, ValueNotAllowedError
from hatchpod_api.messages.audit import AuditEntry, AuditPage
from hatchpod_api.state.database import Database
from hatchpod_api.timestamps import now

MAX_ENTRIES = 20_000
MAX_PAGE = 500

_TRIM_EVERY = 100
_MAX_TEXT = 500

logger = logging.getLogger(__name__)


class Audit:
    """The newest `MAX_ENTRIES`, and up to a hundred more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._since_trim = 0

    async def note(
        self,
        principal: Principal | None,
        client: str,
        action: str,
        target: str | None = None,
        status: int | None = None,
    ) -> None:
        """Write an entry. `principal` is None for somebody who could not say who they are.

        Never raises: what is done goes on on a full disk, and the log has the entry.
        """
        actor = f"{principal.kind} {principal.name}" if principal else "unknown"
        entry = (actor[:_MAX_TEXT], action[:_MAX_TEXT], target[:_MAX_TEXT] if target else None)
        try:
            await self._database.run(
                "INSERT INTO audit (at, actor, action, target, detail) VALUES (?, ?, ?, ?, ?)",
                *(now(), *entry, json.dumps({"client": client, "status": status})),
            )
            await self._trim()
        except UnavailableError as error:
            fields = dict(zip(("actor", "action", "target"), entry, strict=True))
            logger.warning("not in the audit log", extra={"fields": {**fields, "reason": error.message}})

    async def _trim(self) -> None:
        self._since_trim += 1
        if self._since_trim >= _TRIM_EVERY:
            self._since_trim = 0
            await self._database.run("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?", MAX_ENTRIES)

    async def page(self, *, limit: int, cursor: str | None) -> AuditPage:
        if not 1 <= limit <= MAX_PAGE:
            raise ValueNotAllowedError(f"`limit` must be from 1 to {MAX_PAGE}, got {limit}.", field="limit")
        if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 16):
            raise ValueNotAllowedError("`cursor` must be a `next_cursor` of this list.", field="cursor")
        before = int(cursor) if cursor else 2**62
        rows = await self._database.all("SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?", before, limit + 1)
        items = []
        for row in rows[:limit]:
            detail = json.loads(row["detail"] or "{}")
            items.append(
                AuditEntry(
                    id=row["id"],
                    at=row["at"],
                    actor=row["actor"],
                    client=detail.get("client", "unknown"),
                    action=row["action"],
                    target=row["target"],
                    status=detail.get("status"),
                )
            )
        return AuditPage(items=items, next_cursor=str(items[-1].id) if len(rows) > limit else None)
