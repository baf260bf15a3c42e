"""Times as they go over the wire."""

from datetime import UTC, datetime


def now() -> str:
    return iso(datetime.now(UTC).timestamp())


def iso(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
