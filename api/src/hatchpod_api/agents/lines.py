"""Lines on the unix socket and in a journal: one JSON object each, whatever text an agent produced."""

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(enc_hook=str)


def encode_line(message: object) -> bytes:
    """One line with its newline. What JSON cannot say (half of a surrogate pair) is replaced."""
    try:
        return _encoder.encode(message) + b"\n"
    except UnicodeEncodeError:
        return _encoder.encode(_clean(msgspec.to_builtins(message, enc_hook=str))) + b"\n"


def _clean(value: Any) -> Any:
    match value:
        case str():
            # Half of a surrogate pair is one UTF-16 code unit, and so is its replacement: offsets stay right.
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case dict():
            return {_clean(str(key)): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
    return value
