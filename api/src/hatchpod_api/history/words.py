"""The text by which a message is found, and the query of what people type."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from hatchpod_api.messages.transcript import (
    AssistantMessage,
    ErrorPart,
    NormalizedMessage,
    Part,
    ReasoningPart,
    StatusNote,
    SystemMessage,
    TextPart,
    ToolResultPart,
    ToolSummaryMessage,
    ToolUsePart,
    UserMessage,
)

MAX_TEXT = 64 * 1024  # characters of one entry
MAX_TOOL = 4 * 1024  # characters of a tool's input or output: their beginnings
MAX_WORDS = 16
MIN_PREFIX = 3

_QUOTED_OR_WORD = re.compile(r'"([^"]*)"?|([^\s"]+)')
_TOKEN = re.compile(r"[^\W_]+")


def searchable(message: NormalizedMessage) -> str:
    """What the full-text index holds of a message, or of what an entry adds to it."""
    if isinstance(message, UserMessage | AssistantMessage):
        return "\n".join(text for text in map(_text, message.parts) if text)[:MAX_TEXT]
    if isinstance(message, ToolSummaryMessage):
        return message.summary[:MAX_TEXT]
    if isinstance(message, SystemMessage) and isinstance(message.event, StatusNote):
        return message.event.text[:MAX_TEXT]
    return ""


def _text(part: Part) -> str:
    match part:
        case TextPart() | ReasoningPart():
            return part.text
        case ToolUsePart():
            return " ".join([part.tool_name, *_strings(part.input)])[:MAX_TOOL]
        case ToolResultPart():
            return part.output[:MAX_TOOL]
        case ErrorPart():
            return part.message
    return ""


def _strings(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value[:MAX_TOOL]
    elif depth < 8 and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item, depth + 1)


def phrases(typed: str) -> list[list[str]]:
    """The words that a query wants, and between quotation marks those that must follow each other; folded."""
    found = []
    for quoted, word in _QUOTED_OR_WORD.findall(typed):
        if tokens := [folded(token) for token in _TOKEN.findall(quoted or word)]:
            found.append(tokens)
    return found[:MAX_WORDS]


def is_prefix(typed: str) -> bool:
    """Whether the last word may be unfinished: it is being typed, and long enough to mean something."""
    wanted = phrases(typed)
    return bool(wanted) and typed[-1].isalnum() and len(wanted[-1][-1]) >= MIN_PREFIX


def match_expression(typed: str, *, whole: bool = False) -> str | None:
    """A query of FTS5 that asks for all of what was typed, whatever it is; None when it has no word at all.

    With `whole` the last word is taken as it stands.
    """
    wanted = phrases(typed)
    if not wanted:
        return None
    terms = ['"' + " ".join(tokens) + '"' for tokens in wanted]
    return " ".join(terms) + ("*" if is_prefix(typed) and not whole else "")


def ranges(text: str, typed: str) -> list[tuple[int, int]]:
    """Where words of the query stand in the text: (start, end) in characters, in order."""
    wanted = [token for tokens in phrases(typed) for token in tokens]
    beginning = wanted.pop() if wanted and is_prefix(typed) else None
    exact = frozenset(wanted)
    return [
        match.span()
        for match in _TOKEN.finditer(text)
        if (token := folded(match[0])) in exact or (beginning is not None and token.startswith(beginning))
    ]


def folded(token: str) -> str:
    """As the tokenizer folds it: lower case, without diacritics."""
    if token.isascii():
        return token.lower()
    return "".join(char for char in unicodedata.normalize("NFD", token.lower()) if not unicodedata.combining(char))


def utf16(text: str, spans: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The same ranges in UTF-16 code units, as JavaScript counts."""
    if text.isascii():
        return [list(span) for span in spans]
    return [[len(text[:edge].encode("utf-16-le", "replace")) // 2 for edge in span] for span in spans]
