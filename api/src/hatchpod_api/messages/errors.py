"""The one shape of every error."""

from hatchpod_api.messages.base import Wire


class ErrorBody(Wire, frozen=True, omit_defaults=True):
    """`error` is for people, `code` for programs; `field` names the input at fault."""

    error: str
    code: str
    field: str | None = None
