"""Everything that goes over the wire, as typed structs: import it from here only.

The OpenAPI document is generated from these, and the UI's TypeScript types from that.
"""

from hatchpod_api.messages.errors import ErrorBody
from hatchpod_api.messages.rest import (
    Health,
    LoginRequest,
    PermissionMode,
    SessionCounts,
    SessionPage,
    SessionStatus,
    SessionSummary,
    TokenCounts,
)

__all__ = [
    "ErrorBody",
    "Health",
    "LoginRequest",
    "PermissionMode",
    "SessionCounts",
    "SessionPage",
    "SessionStatus",
    "SessionSummary",
    "TokenCounts",
]
