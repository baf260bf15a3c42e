"""Web Push: the key, subscriptions, a test."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from hatchpod_api.http.errors import documented
from hatchpod_api.messages.notify import PushKey, PushMessage, PushSubscription, PushTested, PushUnsubscription
from hatchpod_api.notify.push import WebPush

_TAGS = ["push"]


@get("/api/push/key", responses=documented(401, 403, 429, 503), tags=_TAGS)
async def push_key(push: NamedDependency[WebPush]) -> PushKey:
    """The key that a browser needs to subscribe"""
    return await push.key()


@post(
    "/api/push/subscriptions", status_code=204, responses=documented(400, 401, 403, 409, 413, 422, 429, 503), tags=_TAGS
)
async def subscribe(data: JSONBody[PushSubscription], push: NamedDependency[WebPush]) -> None:
    """Notify this browser from now on"""
    await push.subscribe(data)


@delete("/api/push/subscriptions", responses=documented(400, 401, 403, 404, 422, 429, 503), tags=_TAGS)
async def unsubscribe(data: JSONBody[PushUnsubscription], push: NamedDependency[WebPush]) -> None:
    """Notify this browser no longer"""
    await push.unsubscribe(data.endpoint)


@post("/api/push/test", status_code=200, responses=documented(401, 403, 429, 502, 503), tags=_TAGS)
async def check_push(push: NamedDependency[WebPush]) -> PushTested:
    """Send a test to every browser that is subscribed; 502 with the reason when none takes it"""
    test = PushMessage(title="Hatchpod", body="Notifications work.", kind="test", session_id="", url="/", tag="test")
    return await push.send(test, urgent=True)


HANDLERS: list[ControllerRouterHandler] = [push_key, subscribe, unsubscribe, check_push]
