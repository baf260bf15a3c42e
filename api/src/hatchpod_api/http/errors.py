"""Every error as the contract's JSON. The one table from error class to status."""

import logging
import re
import secrets
from collections.abc import Mapping
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import ResponseSpec
from litestar.types import ExceptionHandlersMap

from hatchpod_api import errors
from hatchpod_api.messages.errors import ErrorBody

# How the decoder words that a value has the right type and is yet not allowed.
_NOT_ALLOWED = re.compile(r"Invalid (enum )?value |Expected `\w+` (of length )?([<>]=? |matching |that's )")
_NO_BODY = "'data'"  # how the framework words the missing argument

AnyRequest = Request[Any, Any, Any]

logger = logging.getLogger(__name__)

STATUS: dict[type[errors.HatchpodError], int] = {
    errors.MalformedError: 400,
    errors.NotAuthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.HostNotAllowedError: 403,
    errors.OriginNotAllowedError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.StaleError: 412,
    errors.TooLargeError: 413,
    errors.ValueNotAllowedError: 422,
    errors.TooManyAttemptsError: 429,
    errors.ProviderError: 502,
    errors.UpstreamError: 502,
    errors.UnavailableError: 503,
}

_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    422: "value_not_allowed",
}
_DESCRIPTIONS = {
    400: "Not JSON, or a value of a wrong type",
    401: "No credential, or a wrong one",
    403: "Refused: the Host or the Origin is not this workstation's, or a setting forbids it",
    404: "There is no such thing",
    409: "Not in the state that it is in now",
    412: "It has changed since it was read",
    413: "The body, or what is asked for, is larger than is taken at once",
    422: "A well-formed value that is not allowed",
    429: "Too many wrong passwords from this address; see Retry-After",
    502: "The agent, or something outside the workstation, failed",
    503: "A part of the service is down; try again",
}


def documented(*statuses: int) -> dict[int, ResponseSpec]:
    """For a handler's `responses`: each of these statuses comes with an error body."""
    return {
        status: ResponseSpec(ErrorBody, description=_DESCRIPTIONS[status], generate_examples=False)
        for status in statuses
    }


def status_of(error: errors.HatchpodError) -> int:
    return next((STATUS[cause] for cause in type(error).__mro__ if cause in STATUS), 500)


def on_hatchpod_error(_: AnyRequest, error: errors.HatchpodError) -> Response[ErrorBody]:
    status = status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, errors.TooManyAttemptsError):
        headers["Retry-After"] = str(error.retry_after)
    return _respond(status, ErrorBody(error=error.message, code=error.code, field=error.field), headers)


def on_http_exception(request: AnyRequest, exception: HTTPException) -> Response[ErrorBody]:
    """What the framework found wrong with a request, before a handler saw it."""
    status = exception.status_code
    if status >= 500:
        return on_unexpected(request, exception)
    if isinstance(exception, ValidationException) and _NOT_ALLOWED.match(str(_first(exception).get("message", ""))):
        status = 422
    body = ErrorBody(
        error=_explain(request, exception), code=_CODES.get(status, "bad_request"), field=_field(exception)
    )
    return _respond(status, body, exception.headers)


def on_deep_nesting(_: AnyRequest, __: RecursionError) -> Response[ErrorBody]:
    """The JSON decoder's limit: it is the only recursion that a request can drive."""
    return _respond(400, ErrorBody(error="The body is nested too deeply. Send a flatter one.", code="bad_request"))


def on_unexpected(_: AnyRequest, exception: Exception) -> Response[ErrorBody]:
    log_id = secrets.token_hex(4)
    logger.error("unexpected error", exc_info=exception, extra={"fields": {"id": log_id}})
    text = f"The server failed to answer this request. Its log has the details under id {log_id}."
    return _respond(500, ErrorBody(error=text, code="internal"))


HANDLERS: ExceptionHandlersMap = {
    errors.HatchpodError: on_hatchpod_error,
    HTTPException: on_http_exception,
    RecursionError: on_deep_nesting,
    Exception: on_unexpected,
}


def _respond(status: int, body: ErrorBody, headers: Mapping[str, str] | None = None) -> Response[ErrorBody]:
    return Response(body, status_code=status, headers=headers, media_type=MediaType.JSON)


def _explain(request: AnyRequest, exception: HTTPException) -> str:
    match exception.status_code:
        case 404:
            return "There is nothing at this address. The routes are listed at /api/openapi.json."
        case 405:
            allowed = (exception.headers or {}).get("allow", "none")
            return f"This address does not take {request.method}. It takes {allowed}."
        case 413:
            return "The body is larger than this address takes. Send less; GET /api/config has the limits."
    problem = str(_first(exception).get("message", exception.detail))
    if problem == _NO_BODY:
        return "The body is empty. Send a JSON object."
    if isinstance(exception, ValidationException):
        return f"The request is not as described at /api/openapi.json: {problem}."
    return f"The request cannot be read: {exception.detail}."


def _field(exception: HTTPException) -> str | None:
    key = _first(exception).get("key")
    return str(key) if key and key != "data" else None


def _first(exception: HTTPException) -> dict[str, Any]:
    extra = exception.extra
    return extra[0] if isinstance(extra, list) and extra and isinstance(extra[0], dict) else {}
