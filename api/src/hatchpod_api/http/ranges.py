"""Parts of a file, as `Range` asks for them (RFC 9110, section 14)."""

import re

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class UnsatisfiableRangeError(Exception):
    """The range begins after the end."""


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte, or None for all of it: also for several ranges at once, which may be answered so."""
    match = _RANGE.fullmatch((header or "").replace(" ", "").lower())
    if match is None or match[0] == "bytes=-":
        return None
    if not match[1]:
        first, last = max(0, size - int(match[2])), size - 1
    else:
        first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
    if match[1] and match[2] and int(match[2]) < int(match[1]):
        return None
    if first >= size:
        raise UnsatisfiableRangeError
    return first, last
