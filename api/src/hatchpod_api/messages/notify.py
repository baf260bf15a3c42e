"""Webhooks and Web Push."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from hatchpod_api.messages.base import Wire

WebhookEvent = Literal[
    "session.created",
    "session.status",
    "session.completed",
    "session.interrupted",
    "session.error",
    "tool.approval",
    "tool.question",
    "tool.plan",
    "rate_limit",
]

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Url = Annotated[str, msgspec.Meta(min_length=8, max_length=2000)]
Secret = Annotated[str, msgspec.Meta(min_length=16, max_length=200)]
Key = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+={0,2}$", max_length=200)]


class LastDelivery(Wire, frozen=True):
    """`status` is null when there was no answer; `attempts` counts the tries so far, also of one that goes on."""

    at: str
    event: str
    ok: bool
    status: int | None
    error: str | None
    attempts: int


class Webhook(Wire, frozen=True):
    """The secret is never shown again. No `events` means all of them."""

    id: str
    name: str
    url: str
    events: list[WebhookEvent]
    enabled: bool
    created_at: str
    last_delivery: LastDelivery | None


class NewWebhook(Webhook, frozen=True, kw_only=True):
    """`secret` is shown this once."""

    secret: str


class CreateWebhook(Wire, frozen=True, forbid_unknown_fields=True):
    """Without a `secret` one is made: `whsec_...`, as the Standard Webhooks libraries take it."""

    name: Name
    url: Url
    secret: Secret | None = None
    events: list[WebhookEvent] = msgspec.field(default_factory=list)
    enabled: bool = True


class ChangeWebhook(Wire, frozen=True, forbid_unknown_fields=True):
    """What is not named does not change."""

    name: Name | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    secret: Secret | UnsetType = UNSET
    events: list[WebhookEvent] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class WebhookBody(Wire, frozen=True):
    """What is sent. `type` and `event` are the same; `delivery_id` stays when a delivery is tried again."""

    type: str
    event: str
    timestamp: str
    delivery_id: str
    data: dict[str, Any]


class PushKey(Wire, frozen=True):
    """The `applicationServerKey` for a browser's subscription."""

    public_key: str


class PushKeys(Wire, frozen=True):
    p256dh: Key
    auth: Key


class PushSubscription(Wire, frozen=True):
    """As a browser's `PushSubscription.toJSON()` has it; `name` says which device it is."""

    endpoint: Url
    keys: PushKeys
    name: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class PushUnsubscription(Wire, frozen=True, forbid_unknown_fields=True):
    endpoint: Url


class PushTested(Wire, frozen=True):
    """How many subscriptions took the message, and how many were gone and are forgotten now."""

    sent: int
    forgotten: int


class PushMessage(Wire, frozen=True):
    """What the service worker gets: `url` opens the session."""

    title: str
    body: str
    kind: str
    session_id: str
    url: str
    tag: str
