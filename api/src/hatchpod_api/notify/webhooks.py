"""The webhooks that people have set up."""

import asyncio
import base64
import json
import logging
import secrets
import uuid
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self

import msgspec
from msgspec import UNSET

from hatchpod_api.errors import ConflictError, NotFoundError, UnavailableError, ValueNotAllowedError
from hatchpod_api.messages.notify import (
    ChangeWebhook,
    CreateWebhook,
    LastDelivery,
    NewWebhook,
    Webhook,
    WebhookEvent,
)
from hatchpod_api.notify.posting import check_url
from hatchpod_api.state.database import Database, Row
from hatchpod_api.timestamps import now

MAX_WEBHOOKS = 50

logger = logging.getLogger(__name__)


class KeptWebhook(msgspec.Struct, frozen=True):
    """With its secret: never for a client."""

    shown: Webhook
    secret: str

    def wants(self, event: str) -> bool:
        return self.shown.enabled and (not self.shown.events or event in self.shown.events)


class Webhooks(AbstractAsyncContextManager["Webhooks"]):
    """Kept in the database, and in memory, so that an event waits for nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changing = asyncio.Lock()
        self._by_id: dict[str, KeptWebhook] = {}

    async def __aenter__(self) -> Self:
        rows = await self._database.all("SELECT * FROM webhooks ORDER BY created_at, id")
        self._by_id = {row["id"]: _from_row(row) for row in rows}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    @property
    def all(self) -> list[KeptWebhook]:
        return list(self._by_id.values())

    def get(self, webhook_id: str) -> KeptWebhook:
        if kept := self._by_id.get(webhook_id):
            return kept
        raise NotFoundError("There is no webhook with this id. The list is at GET /api/webhooks.")

    async def create(self, wanted: CreateWebhook) -> NewWebhook:
        check_url(wanted.url)
        secret = wanted.secret or "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        _check_secret(secret)
        async with self._changing:
            if len(self._by_id) >= MAX_WEBHOOKS:
                raise ConflictError(f"There are {MAX_WEBHOOKS} webhooks already. Delete one that is no longer used.")
            shown = Webhook(
                id=str(uuid.uuid4()),
                name=wanted.name,
                url=wanted.url,
                events=_once(wanted.events),
                enabled=wanted.enabled,
                created_at=now(),
                last_delivery=None,
            )
            await self._keep(KeptWebhook(shown, secret))
        return NewWebhook(**msgspec.structs.asdict(shown), secret=secret)

    async def change(self, webhook_id: str, changes: ChangeWebhook) -> Webhook:
        if changes.url is not UNSET:
            check_url(changes.url)
        if changes.secret is not UNSET:
            _check_secret(changes.secret)
        named: dict[str, Any] = {k: v for k, v in msgspec.structs.asdict(changes).items() if v is not UNSET}
        if changes.events is not UNSET:
            named["events"] = _once(changes.events)
        async with self._changing:
            kept = self.get(webhook_id)
            secret = named.pop("secret", kept.secret)
            await self._keep(KeptWebhook(msgspec.structs.replace(kept.shown, **named), secret))
        return self.get(webhook_id).shown

    async def note(self, webhook_id: str, delivery: LastDelivery, *, disable: bool = False) -> None:
        """Remember how the last delivery went, on a full disk until the end; harmless when the webhook is gone."""
        async with self._changing:
            if kept := self._by_id.get(webhook_id):
                enabled = kept.shown.enabled and not disable
                shown = msgspec.structs.replace(kept.shown, last_delivery=delivery, enabled=enabled)
                self._by_id[webhook_id] = noted = KeptWebhook(shown, kept.secret)
                try:
                    await self._keep(noted)
                except UnavailableError as error:
                    fields = {"webhook": webhook_id, "reason": error.message}
                    logger.warning("a delivery was not written down", extra={"fields": fields})

    async def delete(self, webhook_id: str) -> None:
        async with self._changing:
            self.get(webhook_id)
            await self._database.run("DELETE FROM webhooks WHERE id = ?", webhook_id)
            del self._by_id[webhook_id]

    async def _keep(self, kept: KeptWebhook) -> None:
        shown = kept.shown
        delivery = msgspec.json.encode(shown.last_delivery).decode() if shown.last_delivery else None
        await self._database.run(
            "INSERT OR REPLACE INTO webhooks (id, name, url, secret, events, enabled, created_at, last_delivery)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(shown.id, shown.name, shown.url, kept.secret, json.dumps(shown.events)),
            *(shown.enabled, shown.created_at, delivery),
        )
        self._by_id[shown.id] = kept


def secret_bytes(secret: str) -> bytes:
    """The key of a secret: what `whsec_` is followed by in base64, or else the secret as it stands."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    return secret.encode()


def _check_secret(secret: str) -> None:
    try:
        acceptable = len(secret_bytes(secret)) >= 16
    except ValueError:
        acceptable = False
    if not acceptable:
        message = "`secret` must have at least 16 bytes, after `whsec_` in base64. Leave it out to have one made."
        raise ValueNotAllowedError(message, field="secret")


def _once(events: list[WebhookEvent]) -> list[WebhookEvent]:
    return list(dict.fromkeys(events))


def _from_row(row: Row) -> KeptWebhook:
    delivery = row["last_delivery"]
    shown = Webhook(
        id=row["id"],
        name=row["name"],
        url=row["url"],
        events=json.loads(row["events"]),
        enabled=bool(row["enabled"]),
        created_at=row["created_at"],
        last_delivery=msgspec.json.decode(delivery, type=LastDelivery) if delivery else None,
    )
    return KeptWebhook(shown, row["secret"])
