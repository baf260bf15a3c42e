"""Keeps what one message holds within what a browser can show: the transcript still has all of it."""

from typing import Any

MAX_TEXT = 256 * 1024  # characters of one text
MAX_DEPTH = 100


def cut(text: str) -> str:
    """The text, or its beginning and how much is left out."""
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[:MAX_TEXT]}\n[{len(text) - MAX_TEXT} more characters are in the transcript]"


def capped(value: Any, depth: int = 0) -> Any:
    """The same JSON value with every text in it cut."""
    if isinstance(value, str):
        return cut(value)
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [capped(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {name: capped(item, depth + 1) for name, item in value.items()}
    return value
