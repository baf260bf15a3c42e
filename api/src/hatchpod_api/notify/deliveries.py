"""Delivers events to webhooks: signed, tried again when that can help, and never in the way of anything else."""

import asyncio
import hashlib
import hmac
import logging
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import msgspec
from standardwebhooks import Webhook as Signer

from hatchpod_api.errors import HatchpodError, UpstreamError
from hatchpod_api.messages.notify import LastDelivery, WebhookBody
from hatchpod_api.notify.posting import Answer, post
from hatchpod_api.notify.webhooks import KeptWebhook, Webhooks, secret_bytes
from hatchpod_api.timestamps import now

MAX_PENDING = 1_000
BACK_OFF = (2.0, 10.0, 60.0, 300.0)

_AT_ONCE = 8
_LONGEST_WAIT = 900
_WORTH_RETRYING = frozenset({408, 425, 429})
_GONE = 410

Sleep = Callable[[float], Awaitable[None]]

logger = logging.getLogger(__name__)


class Deliveries(AbstractAsyncContextManager["Deliveries"]):
    """At most `MAX_PENDING` wait; more are dropped with a word in the log. What is pending at the end is lost."""

    def __init__(self, webhooks: Webhooks, *, allow_private: bool, sleep: Sleep = asyncio.sleep) -> None:
        self._webhooks = webhooks
        self._allow_private = allow_private
        self._sleep = sleep
        self._lanes = asyncio.Semaphore(_AT_ONCE)
        self._pending: set[asyncio.Task[None]] = set()
        self.delivered = 0
        self.failed = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._pending:
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)

    @property
    def pending(self) -> int:
        return len(self._pending)

    def announce(self, event: str, data: dict[str, Any], *, delivery_id: str | None = None) -> None:
        """Begin the delivery of an event to each webhook that wants it; returns at once."""
        for webhook in self._webhooks.all:
            if not webhook.wants(event):
                continue
            if len(self._pending) >= MAX_PENDING:
                logger.warning("a webhook's event was dropped", extra={"fields": {"webhook": webhook.shown.id}})
                self.failed += 1
                continue
            task = asyncio.create_task(self._deliver(webhook.shown.id, _body(event, data, delivery_id)))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)

    async def test(self, webhook_id: str) -> LastDelivery:
        """Send a test once. `UpstreamError` unless the other side accepts it."""
        kept = self._webhooks.get(webhook_id)
        body = _body("test", {"text": "This is a test of the webhook."}, None)
        delivery, _, refusal = await self._attempt(kept, body, 1)
        await self._webhooks.note(webhook_id, delivery)
        if not delivery.ok:
            code = refusal.code if refusal else "webhook_failed"
            raise UpstreamError(f"The webhook did not take the test: {delivery.error}", field="url", code=code)
        return delivery

    async def _deliver(self, webhook_id: str, body: WebhookBody) -> None:
        for attempt, pause in enumerate((*BACK_OFF, None), start=1):
            try:
                kept = self._webhooks.get(webhook_id)
            except HatchpodError:  # deleted meanwhile
                return
            async with self._lanes:
                delivery, answer, _ = await self._attempt(kept, body, attempt)
            gone = delivery.status == _GONE
            await self._webhooks.note(webhook_id, delivery, disable=gone)
            if delivery.ok:
                self.delivered += 1
                return
            if pause is None or not _worth_retrying(delivery.status):
                break
            asked = min(answer.retry_after or 0, _LONGEST_WAIT) if answer else 0
            await self._sleep(max(pause, asked) * random.uniform(0.75, 1.25))  # noqa: S311 # spreads load only
        self.failed += 1
        fields = {"webhook": webhook_id, "status": delivery.status, "attempts": delivery.attempts}
        logger.warning("a webhook's event was given up", extra={"fields": fields})

    async def _attempt(
        self, kept: KeptWebhook, body: WebhookBody, attempt: int
    ) -> tuple[LastDelivery, Answer | None, UpstreamError | None]:
        content = msgspec.json.encode(body)
        answer = refusal = None
        try:
            answer = await post(
                kept.shown.url, content, signed(kept.secret, body, content), allow_private=self._allow_private
            )
        except UpstreamError as error:
            refusal = error
        ok = answer is not None and 200 <= answer.status < 300
        status = answer.status if answer else None
        problem = refusal.message if refusal else None if ok else f"It answered with status {status}."
        delivery = LastDelivery(at=now(), event=body.event, ok=ok, status=status, error=problem, attempts=attempt)
        return delivery, answer, refusal


def signed(secret: str, body: WebhookBody, content: bytes) -> dict[str, str]:
    """Headers by Standard Webhooks, and Hatchpod's own: HMAC-SHA256 of `<timestamp>.<body>` with the secret's text."""
    at = datetime.fromtimestamp(int(time.time()), UTC)
    stamp = str(int(at.timestamp()))
    own = hmac.new(secret.encode(), stamp.encode() + b"." + content, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "webhook-id": body.delivery_id,
        "webhook-timestamp": stamp,
        "webhook-signature": Signer(secret_bytes(secret)).sign(body.delivery_id, at, content.decode()),
        "X-Hatchpod-Event": body.event,
        "X-Hatchpod-Delivery": body.delivery_id,
        "X-Hatchpod-Timestamp": stamp,
        "X-Hatchpod-Signature": f"sha256={own}",
    }


def _body(event: str, data: dict[str, Any], delivery_id: str | None) -> WebhookBody:
    return WebhookBody(
        type=event, event=event, timestamp=now(), delivery_id=delivery_id or str(uuid.uuid4()), data=data
    )


def _worth_retrying(status: int | None) -> bool:
    return status is None or status in _WORTH_RETRYING or status >= 500
