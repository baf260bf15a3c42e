"""`/metrics` for Prometheus, and the audit log."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation
from litestar.types import ControllerRouterHandler

from hatchpod_api.audit import Audit
from hatchpod_api.auth.authenticator import Authenticator
from hatchpod_api.config import Settings
from hatchpod_api.errors import NotAuthenticatedError
from hatchpod_api.http.errors import AnyRequest, documented
from hatchpod_api.http.perimeter import identify
from hatchpod_api.messages.audit import AuditPage
from hatchpod_api.metrics import CONTENT_TYPE, Metrics
from hatchpod_api.peers import TrustedProxies


@get("/metrics", opt={"open": True}, media_type="text/plain", responses=documented(401, 403, 429), tags=["metrics"])
async def read_metrics(
    request: AnyRequest,
    settings: NamedDependency[SkipValidation[Settings]],
    metrics: NamedDependency[Metrics],
    authenticator: NamedDependency[Authenticator],
    proxies: NamedDependency[TrustedProxies],
) -> Response[bytes]:
    """Numbers for Prometheus; open to everybody only where OPEN_METRICS says so"""
    if not settings.open_metrics and await identify(request.scope, authenticator, proxies) is None:
        raise NotAuthenticatedError("Authentication is needed. Send the password, or set OPEN_METRICS=1.")
    return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE})


@get("/api/audit", responses=documented(400, 401, 403, 422, 429), tags=["audit"])
async def read_audit(
    audit: NamedDependency[Audit], limit: FromQuery[int] = 100, cursor: FromQuery[str | None] = None
) -> AuditPage:
    """Who did what, newest first"""
    return await audit.page(limit=limit, cursor=cursor)


HANDLERS: list[ControllerRouterHandler] = [read_metrics, read_audit]
