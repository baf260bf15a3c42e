"""Times on the wire: ISO 8601 in UTC, to the millisecond."""

import time
from datetime import UTC, datetime


def iso(seconds: float) -> str:
    """`2026-11-23T20:15:51.123Z` of seconds since the epoch."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> str:
    return iso(time.time())
