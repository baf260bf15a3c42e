"""Webhooks: make, list, change, delete, test."""

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from hatchpod_api.http.errors import documented
from hatchpod_api.identifiers import checked
from hatchpod_api.messages.notify import ChangeWebhook, CreateWebhook, LastDelivery, NewWebhook, Webhook
from hatchpod_api.notify.deliveries import Deliveries
from hatchpod_api.notify.webhooks import Webhooks

_TAGS = ["webhooks"]


@post("/api/webhooks", status_code=201, responses=documented(400, 401, 403, 409, 413, 422, 429, 503), tags=_TAGS)
async def create_webhook(data: JSONBody[CreateWebhook], webhooks: NamedDependency[Webhooks]) -> NewWebhook:
    """Make a webhook. Its secret is shown this once"""
    return await webhooks.create(data)


@get("/api/webhooks", responses=documented(401, 403, 429), tags=_TAGS)
async def list_webhooks(webhooks: NamedDependency[Webhooks]) -> list[Webhook]:
    """The webhooks, oldest first, each with how its last delivery went"""
    return [kept.shown for kept in webhooks.all]


@get("/api/webhooks/{webhook_id:str}", responses=documented(400, 401, 403, 404, 429), tags=_TAGS)
async def get_webhook(webhook_id: FromPath[str], webhooks: NamedDependency[Webhooks]) -> Webhook:
    """One webhook"""
    return webhooks.get(checked(webhook_id)).shown


@patch("/api/webhooks/{webhook_id:str}", responses=documented(400, 401, 403, 404, 413, 422, 429, 503), tags=_TAGS)
async def change_webhook(
    webhook_id: FromPath[str], data: JSONBody[ChangeWebhook], webhooks: NamedDependency[Webhooks]
) -> Webhook:
    """Change what is named, and nothing else"""
    return await webhooks.change(checked(webhook_id), data)


@delete("/api/webhooks/{webhook_id:str}", responses=documented(400, 401, 403, 404, 429, 503), tags=_TAGS)
async def delete_webhook(webhook_id: FromPath[str], webhooks: NamedDependency[Webhooks]) -> None:
    """Delete a webhook; nothing is sent to it from now on"""
    await webhooks.delete(checked(webhook_id))


@post(
    "/api/webhooks/{webhook_id:str}/test",
    status_code=200,
    responses=documented(400, 401, 403, 404, 429, 502, 503),
    tags=_TAGS,
)
async def check_webhook(webhook_id: FromPath[str], deliveries: NamedDependency[Deliveries]) -> LastDelivery:
    """Send a test now; 502 with the reason unless the other side answers with a 2xx status"""
    return await deliveries.test(checked(webhook_id))


HANDLERS: list[ControllerRouterHandler] = [
    create_webhook,
    list_webhooks,
    get_webhook,
    change_webhook,
    delete_webhook,
    check_webhook,
]
