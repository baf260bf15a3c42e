"""One line of a transcript, as far as anybody here looks at it.

Messages that the `claude` command writes to its stream have the same shape, with some names in
snake case: `from_message` takes them. Whatever a line holds beyond these fields is skipped undecoded.
"""

import json
import re
from typing import Any

import msgspec

from hatchpod_api.history.capping import capped

LARGE_LINE = 1024 * 1024  # bytes; in a larger line a tool may have been given more than can be shown

_LONE_SURROGATE = re.compile(
    r"(?<!\\)((?:\\\\)*)"
    r"(?:(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


class Source(msgspec.Struct, gc=False):
    """Where an image comes from; its data is left where it is."""

    type: str | None = None
    media_type: str | None = None


class Block(msgspec.Struct):
    """One block of a message's content, of any type."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    tool_use_id: str | None = None
    content: Any = None
    is_error: bool | None = None
    source: Source | None = None


class Usage(msgspec.Struct, gc=False):
    """Tokens of one answer, as the Messages API counts them."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class ApiMessage(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    content: str | list[Block | str] | None = None
    usage: Usage | None = None


class CompactMetadata(msgspec.Struct, gc=False):
    trigger: str | None = None
    tokens_before: int | None = msgspec.field(default=None, name="preTokens")


class QueuedCommand(msgspec.Struct):
    """A prompt that was given while a turn ran. Attachments of other types tell the model, not people."""

    type: str = ""
    prompt: str | list[Block | str] | None = None
    command_mode: str | None = msgspec.field(default=None, name="commandMode")
    is_meta: bool | None = msgspec.field(default=None, name="isMeta")


class ModelCost(msgspec.Struct, rename="camel", gc=False):
    input_tokens: float = 0
    output_tokens: float = 0
    cache_read_input_tokens: float = 0
    cache_creation_input_tokens: float = 0
    cost: float = msgspec.field(default=0, name="costUSD")


class Entry(msgspec.Struct, rename="camel"):
    """A line of any type."""

    type: str = ""
    subtype: str | None = None
    uuid: str | None = None
    timestamp: str | None = None
    message: ApiMessage | None = None
    content: str | None = None
    is_sidechain: bool | None = None
    is_meta: bool | None = None
    is_synthetic: bool | None = None
    is_compact_summary: bool | None = None
    is_visible_in_transcript_only: bool | None = None
    is_api_error_message: bool | None = None
    error: Any = None
    parent_tool_use_id: str | None = None
    thinking_duration_ms: float | None = None
    compact_metadata: CompactMetadata | None = None
    attachment: QueuedCommand | None = None
    cwd: str | None = None
    git_branch: str | None = None
    slug: str | None = None
    permission_mode: str | None = None
    custom_title: str | None = None
    ai_title: str | None = None
    summary: str | None = None
    preceding_tool_use_ids: list[str] | None = None
    total_cost: float | None = msgspec.field(default=None, name="totalCostUSD")
    model_usage: dict[str, ModelCost] | None = None
    total_cost_usd: float | None = msgspec.field(default=None, name="total_cost_usd")
    num_turns: int | None = msgspec.field(default=None, name="num_turns")


_decoder = msgspec.json.Decoder(Entry)

_SNAKE = {
    "parent_tool_use_id": "parentToolUseId",
    "thinking_duration_ms": "thinkingDurationMs",
    "preceding_tool_use_ids": "precedingToolUseIds",
}


def parse(line: bytes) -> Entry | None:
    """The entry of one line; None when it is no JSON object, or not one that a person could be shown."""
    try:
        entry = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        repaired = _repaired(line)
        if repaired is None:
            return None
        entry = repaired
    except RecursionError:
        return None
    if len(line) > LARGE_LINE:
        _cap_inputs(entry)
    return entry


def from_message(message: dict[str, Any]) -> Entry | None:
    """The entry of a message that `claude` wrote to its stream (`--output-format stream-json`)."""
    named = {_SNAKE.get(name, name): value for name, value in message.items()}
    metadata = message.get("compact_metadata")
    if isinstance(metadata, dict):
        named["compactMetadata"] = {"trigger": metadata.get("trigger"), "preTokens": metadata.get("pre_tokens")}
    if message.get("type") == "assistant" and message.get("error"):
        named["isApiErrorMessage"] = True
    try:
        return msgspec.convert(named, Entry)
    except msgspec.ValidationError:
        return None


def _cap_inputs(entry: Entry) -> None:
    """Other texts are cut where they are read; what a tool was given is passed on as it is."""
    content = entry.message.content if entry.message else None
    for block in content if isinstance(content, list) else ():
        if isinstance(block, Block):
            block.input = capped(block.input)


def _repaired(line: bytes) -> Entry | None:
    """For lines with halves of emoji, bytes that are no UTF-8, or NaN, which some programs write as JSON."""
    text = _LONE_SURROGATE.sub(
        lambda match: match[0] if match[2] else match[1] + "\\ufffd", line.decode(errors="replace")
    )
    try:
        value = json.loads(text, parse_constant=lambda _: None)
        return msgspec.convert(value, Entry) if isinstance(value, dict) else None
    except (ValueError, RecursionError):
        return None
