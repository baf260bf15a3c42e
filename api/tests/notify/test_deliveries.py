"""Webhooks to real servers on loopback; only the pauses between tries are not waited for."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from hatchpod_api.errors import ConflictError, NotFoundError, UpstreamError, ValueNotAllowedError
from hatchpod_api.messages.notify import ChangeWebhook, CreateWebhook, Webhook
from hatchpod_api.notify import deliveries as module
from hatchpod_api.notify import posting
from hatchpod_api.notify.deliveries import BACK_OFF, Deliveries
from hatchpod_api.notify.posting import is_public
from hatchpod_api.notify.webhooks import MAX_WEBHOOKS, Webhooks
from hatchpod_api.state.database import Database

pytestmark = pytest.mark.anyio

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DATA = {"sessionId": "s", "text": "Grün?"}


class Pauses:
    """Keeps how long would have been waited."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
async def webhooks(database: Database) -> Webhooks:
    return await Webhooks(database).__aenter__()


@pytest.fixture
def deliveries(webhooks: Webhooks, pauses: Pauses) -> Deliveries:
    return Deliveries(webhooks, allow_private=True, sleep=pauses)


async def settled(deliveries: Deliveries) -> None:
    async with asyncio.timeout(30):
        while deliveries.pending:  # noqa: ASYNC110 # there is nothing to wait for but its end
            await asyncio.sleep(0.01)


async def create(webhooks: Webhooks, url: str, **more: Any) -> Webhook:
    return await webhooks.create(CreateWebhook(name="mine", url=url, secret=SECRET, **more))


async def test_a_delivery_is_signed_in_both_ways(
    webhooks: Webhooks, deliveries: Deliveries, receive: Callable[..., Any]
) -> None:
    server = receive()
    await create(webhooks, f"{server.url}/hook?x=1")
    deliveries.announce("tool.approval", DATA, delivery_id="evt-1")
    await settled(deliveries)
    ((path, headers, body),) = server.requests
    assert path == "/hook?x=1"
    assert Verifier(SECRET).verify(body, headers) == json.loads(body)
    signed = hmac.new(SECRET.encode(), headers["x-hatchpod-timestamp"].encode() + b"." + body, hashlib.sha256)
    assert headers["x-hatchpod-signature"] == f"sha256={signed.hexdigest()}"
    assert headers["host"] == server.url.removeprefix("http://")
    content = json.loads(body)
    assert (content["type"], content["event"], content["deliveryId"], content["data"]) == (
        "tool.approval",
        "tool.approval",
        "evt-1",
        DATA,
    )
    assert deliveries.delivered == 1


async def test_what_may_pass_is_tried_again_with_growing_pauses_and_one_id(
    webhooks: Webhooks, deliveries: Deliveries, pauses: Pauses, receive: Callable[..., Any]
) -> None:
    server = receive(500, 429, 408, 204)
    server.headers["Retry-After"] = "30"
    webhook = await create(webhooks, server.url)
    deliveries.announce("session.completed", DATA)
    await settled(deliveries)
    assert len({headers["webhook-id"] for _, headers, _ in server.requests}) == 1
    wanted = [max(30.0, pause) for pause in BACK_OFF[:3]]
    assert [0.75 <= got / want <= 1.25 for got, want in zip(pauses.seconds, wanted, strict=True)] == [True] * 3
    last = webhooks.get(webhook.id).shown.last_delivery
    assert last is not None
    assert (last.ok, last.status, last.attempts, last.error) == (True, 204, 4, None)


@pytest.mark.parametrize(("status", "tries"), [(500, 5), (400, 1), (404, 1), (301, 1)])
async def test_what_fails_for_good_is_given_up_and_said(
    webhooks: Webhooks, deliveries: Deliveries, receive: Callable[..., Any], status: int, tries: int
) -> None:
    server, elsewhere = receive(status), receive()
    server.headers["Location"] = elsewhere.url
    webhook = await create(webhooks, server.url)
    deliveries.announce("session.error", DATA)
    await settled(deliveries)
    assert (len(server.requests), elsewhere.requests) == (tries, [])
    last = webhooks.get(webhook.id).shown.last_delivery
    assert last is not None
    assert (last.ok, last.status, last.attempts) == (False, status, tries)
    assert (deliveries.failed, webhooks.get(webhook.id).shown.enabled) == (1, True)


async def test_a_full_disk_keeps_nobody_from_trying_again(
    webhooks: Webhooks, deliveries: Deliveries, database: Database, receive: Callable[..., Any]
) -> None:
    server = receive(500, 500, 204)
    webhook = await create(webhooks, server.url)
    await database.run("PRAGMA query_only = 1")
    deliveries.announce("session.error", DATA)
    await settled(deliveries)
    last = webhooks.get(webhook.id).shown.last_delivery
    assert last is not None
    assert (last.ok, last.attempts, deliveries.delivered) == (True, 3, 1)


async def test_a_host_that_can_be_no_name_is_a_failure(webhooks: Webhooks, deliveries: Deliveries) -> None:
    webhook = await create(webhooks, "http://a..b/")
    with pytest.raises(UpstreamError, match="cannot be reached"):
        await deliveries.test(webhook.id)


async def test_one_that_is_gone_is_disabled(
    webhooks: Webhooks, deliveries: Deliveries, receive: Callable[..., Any]
) -> None:
    server = receive(410)
    webhook = await create(webhooks, server.url)
    for _ in range(2):
        deliveries.announce("session.error", DATA)
        await settled(deliveries)
    assert (len(server.requests), webhooks.get(webhook.id).shown.enabled) == (1, False)


@pytest.mark.parametrize("status", [500, 404, 302])
async def test_a_test_fails_unless_the_other_side_accepts_it(
    webhooks: Webhooks, deliveries: Deliveries, receive: Callable[..., Any], status: int
) -> None:
    server = receive(status, 200)
    webhook = await create(webhooks, server.url)
    with pytest.raises(UpstreamError, match=f"status {status}"):
        await deliveries.test(webhook.id)
    last = webhooks.get(webhook.id).shown.last_delivery
    assert last is not None
    assert (last.ok, last.status) == (False, status)
    assert (await deliveries.test(webhook.id)).ok


async def test_a_server_that_is_down_or_silent_is_a_failure(
    webhooks: Webhooks, deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "SECONDS", 0.2)

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    webhook = await create(webhooks, f"http://127.0.0.1:{port}")
    with pytest.raises(UpstreamError) as caught:
        await deliveries.test(webhook.id)
    assert caught.value.code == "timeout"
    silent.close()
    await silent.wait_closed()
    await webhooks.change(webhook.id, ChangeWebhook(url="http://127.0.0.1:9"))
    with pytest.raises(UpstreamError, match="cannot be reached"):
        await deliveries.test(webhook.id)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433"])  # noqa: S104
async def test_private_addresses_are_refused_by_what_they_resolve_to(
    webhooks: Webhooks, receive: Callable[..., Any], host: str
) -> None:
    server = receive()
    port = server.url.rpartition(":")[2]
    webhook = await create(webhooks, f"http://{host}:{port}/")
    with pytest.raises(UpstreamError) as caught:
        await Deliveries(webhooks, allow_private=False).test(webhook.id)
    assert (caught.value.code, server.requests) == ("private_address", [])


async def test_a_name_that_resolves_differently_later_changes_nothing(
    webhooks: Webhooks, receive: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in for a rebinding name server: public when it is checked, loopback for whoever asks again."""
    server = receive()
    port = int(server.url.rpartition(":")[2])
    answers = [["192.0.2.1"], ["127.0.0.1"]]

    async def getaddrinfo(host: str, *_: Any, **__: Any) -> list[Any]:
        address = answers.pop(0)[0] if host == "rebind.test" else host
        return [(2, 1, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(posting, "is_public", lambda address: address == ip_address("192.0.2.1"))
    monkeypatch.setattr(posting, "SECONDS", 0.5)
    webhook = await create(webhooks, f"http://rebind.test:{port}/")
    with pytest.raises(UpstreamError):
        await Deliveries(webhooks, allow_private=False).test(webhook.id)
    assert (server.requests, len(answers)) == ([], 1), "resolved once, and never connected to loopback"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        *((a, False) for a in ("10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1")),
        *((a, False) for a in ("::1", "::", "fe80::1", "fd00::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::")),
        *((a, False) for a in ("255.255.255.255", "0.0.0.0", "::ffff:10.0.0.1", "fec0::1", "192.0.2.1")),  # noqa: S104
    ],
)
async def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    "url",
    ["ftp://x.org", "http://", "x.org/hook", "http://u:p@x.org/", "https://x.org/#f", "http://[::1", "http://\n.org"],
)
async def test_what_is_no_web_address_is_refused(webhooks: Webhooks, url: str) -> None:
    with pytest.raises(ValueNotAllowedError) as caught:
        await create(webhooks, url)
    assert (caught.value.field, webhooks.all) == ("url", [])


async def test_only_what_is_asked_for_is_sent(
    webhooks: Webhooks, deliveries: Deliveries, receive: Callable[..., Any]
) -> None:
    some, off, every = receive(), receive(), receive()
    await create(webhooks, some.url, events=["session.error"])
    await create(webhooks, off.url, enabled=False)
    await create(webhooks, every.url)
    for event in ("session.error", "tool.plan"):
        deliveries.announce(event, DATA)
    await settled(deliveries)
    assert [len(server.requests) for server in (some, off, every)] == [1, 0, 2]


async def test_the_queue_is_bounded(
    webhooks: Webhooks, receive: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PENDING", 3)
    never = asyncio.Event()

    async def sleep(_: float) -> None:
        await never.wait()

    await create(webhooks, receive(500).url)
    async with Deliveries(webhooks, allow_private=True, sleep=sleep) as deliveries:
        for _ in range(10):
            deliveries.announce("session.error", DATA)
        assert (deliveries.pending, deliveries.failed) == (3, 7)
    assert deliveries.pending == 0


async def test_webhooks_outlive_a_restart_and_change_only_where_asked(webhooks: Webhooks, database: Database) -> None:
    made = await webhooks.create(CreateWebhook(name="a", url="https://example.org/x"))
    assert made.secret.startswith("whsec_")
    changed = await webhooks.change(made.id, ChangeWebhook(name="b"))
    async with Webhooks(database) as again:
        assert again.get(made.id).shown == changed
        assert again.get(made.id).secret == made.secret
        assert (changed.name, changed.url, changed.events) == ("b", "https://example.org/x", [])
        await again.delete(made.id)
        with pytest.raises(NotFoundError):
            again.get(made.id)


@pytest.mark.parametrize("secret", ["whsec_short", "whsec_%%%%%%%%%%%%%%%%%%%%"])
async def test_a_weak_secret_is_refused(webhooks: Webhooks, secret: str) -> None:
    with pytest.raises(ValueNotAllowedError):
        await webhooks.create(CreateWebhook(name="a", url="https://example.org", secret=secret))


async def test_there_is_an_end_to_webhooks(webhooks: Webhooks) -> None:
    for number in range(MAX_WEBHOOKS):
        await webhooks.create(CreateWebhook(name=str(number), url="https://example.org"))
    with pytest.raises(ConflictError):
        await webhooks.create(CreateWebhook(name="more", url="https://example.org"))
