"""Web Push to a stand-in for a push service, which decrypts as the browser would."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import http_ece  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02  # type: ignore[import-untyped]

from hatchpod_api.errors import ConflictError, NotFoundError, UpstreamError, ValueNotAllowedError
from hatchpod_api.messages.notify import PushKeys, PushMessage, PushSubscription, PushTested
from hatchpod_api.notify import push as module
from hatchpod_api.notify.push import WebPush
from hatchpod_api.state.database import Database

pytestmark = pytest.mark.anyio

MESSAGE = PushMessage(title="Grün?", body="May I?", kind="approval", session_id="s", url="/sessions/s", tag="e")


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Browser:
    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)

    def subscription(self, endpoint: str) -> PushSubscription:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return PushSubscription(endpoint=endpoint, keys=PushKeys(p256dh=b64(point), auth=b64(self._auth)))

    def decrypt(self, body: bytes) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth))
        return content


@pytest.fixture
def state(tmp_path: Path, database: Database) -> Path:
    return tmp_path / "state"


@pytest.fixture
def push(database: Database, state: Path) -> WebPush:
    return WebPush(database, state, allow_private=True)


async def test_a_message_arrives_that_only_the_browser_can_read(push: WebPush, receive: Callable[..., Any]) -> None:
    server, browser = receive(201), Browser()
    await push.subscribe(browser.subscription(f"{server.url}/push/1"))
    assert await push.send(MESSAGE, urgent=True) == PushTested(sent=1, forgotten=0)
    ((path, headers, body),) = server.requests
    assert path == "/push/1"
    assert browser.decrypt(body) == {
        "title": "Grün?",
        "body": "May I?",
        "kind": "approval",
        "sessionId": "s",
        "url": "/sessions/s",
        "tag": "e",
    }
    assert "May I" not in body.decode("latin-1")
    assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
    assert int(headers["ttl"]) > 0
    scheme, _, parts = headers["authorization"].partition(" ")
    fields = dict(part.split("=", 1) for part in parts.split(","))
    assert (scheme, fields["k"]) == ("vapid", (await push.key()).public_key)
    assert Vapid02.verify(headers["authorization"])
    claims = json.loads(base64.urlsafe_b64decode(fields["t"].split(".")[1] + "=="))
    assert claims["aud"] == server.url


async def test_a_long_text_is_cut_to_what_push_services_take(push: WebPush, receive: Callable[..., Any]) -> None:
    server, browser = receive(201), Browser()
    await push.subscribe(browser.subscription(server.url))
    long = PushMessage(title="ü" * 9000, body="😀" * 9000, kind="error", session_id="s", url="/", tag="t")
    await push.send(long, urgent=False)
    ((_, _, body),) = server.requests
    assert len(body) < 4096
    assert browser.decrypt(body)["body"] == "😀" * 300


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_forgotten(
    push: WebPush, receive: Callable[..., Any], status: int
) -> None:
    gone, there = receive(status), receive(201)
    for server in (gone, there):
        await push.subscribe(Browser().subscription(server.url))
    assert await push.send(MESSAGE, urgent=True) == PushTested(sent=1, forgotten=1)
    assert await push.send(MESSAGE, urgent=True) == PushTested(sent=1, forgotten=0)
    assert (len(gone.requests), len(there.requests)) == (1, 2)


async def test_a_failure_is_said_and_forgets_nothing(push: WebPush, receive: Callable[..., Any]) -> None:
    server = receive(500, 201)
    await push.subscribe(Browser().subscription(server.url))
    with pytest.raises(UpstreamError, match="status 500"):
        await push.send(MESSAGE, urgent=True)
    assert (await push.send(MESSAGE, urgent=True)).sent == 1
    assert (push.delivered, push.failed) == (1, 1)


async def test_a_push_address_on_a_private_machine_is_refused(
    database: Database, state: Path, receive: Callable[..., Any]
) -> None:
    server, push = receive(201), WebPush(database, state, allow_private=False)
    await push.subscribe(Browser().subscription(server.url))
    with pytest.raises(UpstreamError, match="public internet"):
        await push.send(MESSAGE, urgent=True)
    assert server.requests == []


async def test_the_key_is_made_once_for_its_owner_alone(push: WebPush, database: Database, state: Path) -> None:
    first = await push.key()
    assert len(base64.urlsafe_b64decode(first.public_key + "==")) == 65
    assert (state / "vapid.pem").stat().st_mode & 0o777 == 0o600
    assert await WebPush(database, state, allow_private=True).key() == first


OFF_THE_CURVE = b64(b"\4" + b"\1" * 64)


@pytest.mark.parametrize(("key", "value"), [("p256dh", "AAAA"), ("auth", "AAAA"), ("p256dh", OFF_THE_CURVE)])
async def test_keys_that_are_none_are_refused(push: WebPush, key: str, value: str) -> None:
    good = Browser().subscription("https://push.example.org/x")
    keys = PushKeys(**{"p256dh": good.keys.p256dh, "auth": good.keys.auth, key: value})
    with pytest.raises(ValueNotAllowedError) as caught:
        await push.subscribe(PushSubscription(endpoint=good.endpoint, keys=keys))
    assert caught.value.field == f"keys.{key}"


async def test_one_whose_key_is_none_keeps_no_other_from_being_told(
    push: WebPush, database: Database, receive: Callable[..., Any]
) -> None:
    server = receive(201)
    await push.subscribe(Browser().subscription(f"{server.url}/good"))
    await push.subscribe(Browser().subscription(f"{server.url}/bad"))
    await database.run("UPDATE push_subscriptions SET p256dh = ? WHERE endpoint LIKE '%/bad'", OFF_THE_CURVE)
    assert await push.send(MESSAGE, urgent=True) == PushTested(sent=1, forgotten=0)
    assert push.failed == 1


async def test_subscriptions_end_and_have_an_end(
    push: WebPush, receive: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = receive(201)
    subscription = Browser().subscription(server.url)
    for _ in range(2):
        await push.subscribe(subscription)
    assert (await push.send(MESSAGE, urgent=True)).sent == 1
    await push.unsubscribe(server.url)
    with pytest.raises(NotFoundError):
        await push.unsubscribe(server.url)
    assert (await push.send(MESSAGE, urgent=True)).sent == 0
    monkeypatch.setattr(module, "MAX_SUBSCRIPTIONS", 0)
    with pytest.raises(ConflictError):
        await push.subscribe(subscription)
