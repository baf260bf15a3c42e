"""The base of every struct on the wire."""

import msgspec


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Immutable, built by name, camelCase outside."""
