"""What one entry says, regardless of every other entry: who spoke, and the parts of it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from hatchpod_api.history.capping import cut
from hatchpod_api.history.entries import Block, Entry, Source, Usage
from hatchpod_api.history.tools import tool_summary
from hatchpod_api.history.wrappers import plain, read_prompt, tool_output
from hatchpod_api.messages.transcript import (
    AssistantMessage,
    CompactBoundary,
    ErrorPart,
    ImagePart,
    MessageUsage,
    NormalizedMessage,
    Part,
    ReasoningPart,
    SessionResult,
    StatusNote,
    SystemMessage,
    TextPart,
    ToolResultPart,
    ToolSummaryMessage,
    ToolUsePart,
    UserMessage,
)

SYNTHETIC_MODEL = "<synthetic>"
_USUAL = len("2026-01-31T12:00:00.000Z")

Content = str | Sequence[Block | str] | None


class Reading(NamedTuple):
    """`key` names the message that the entry belongs to; entries with the same one make one message together.

    The message's index is 0: it has none yet.
    """

    key: str | None
    message: NormalizedMessage


def read(entry: Entry, session_id: str) -> Reading | None:
    """What the entry adds to the conversation that people see; None when that is nothing."""
    if entry.is_sidechain or entry.is_meta or entry.is_synthetic or entry.parent_tool_use_id:
        return None
    if entry.is_compact_summary or entry.is_visible_in_transcript_only:
        return None
    match entry.type:
        case "user":
            return _user(entry, session_id, entry.message.content if entry.message else None)
        case "assistant":
            return _assistant(entry)
        case "attachment":
            return _queued(entry, session_id)
        case "system":
            return _system(entry)
        case "tool_use_summary" if entry.summary:
            summary = ToolSummaryMessage(
                index=0,
                summary=cut(entry.summary),
                preceding_tool_use_ids=entry.preceding_tool_use_ids or [],
                created_at=moment(entry),
            )
            return Reading(entry.uuid, summary)
        case "result" if entry.total_cost_usd is not None:
            result = SessionResult(total_cost_usd=entry.total_cost_usd, num_turns=entry.num_turns or 0)
            return Reading(entry.uuid, SystemMessage(index=0, event=result, created_at=moment(entry)))
    return None


def moment(entry: Entry) -> str | None:
    """The entry's time in UTC with milliseconds, where it has one."""
    text = entry.timestamp
    if not text or (len(text) == _USUAL and text[-1] == "Z" and text[4] == "-"):
        return text or None
    try:
        time = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"


def _user(entry: Entry, session_id: str, content: Content) -> Reading | None:
    images = 0
    parts: list[Part] = []
    for block in _blocks(content):
        if block.type == "text" and block.text:
            said = read_prompt(block.text)
            if said and said.by == "user":
                parts.append(TextPart(text=cut(said.text)))
            elif said and not parts:
                return _aside(entry, said.by, said.text)
        elif block.type == "image":
            parts.append(_image(block, entry, session_id, images))
            images += 1
        elif block.type.endswith("tool_result"):
            parts.append(_result(block))
            for inner in _blocks(block.content):
                if inner.type == "image":
                    parts.append(_image(inner, entry, session_id, images))
                    images += 1
    if not parts:
        return None
    return Reading(entry.uuid, UserMessage(index=0, parts=parts, created_at=moment(entry)))


def _aside(entry: Entry, by: str, text: str) -> Reading:
    """What Claude Code itself printed or noted, which its transcript attributes to the user."""
    if by == "output":
        printed = AssistantMessage(index=0, parts=[TextPart(text=cut(text))], created_at=moment(entry))
        return Reading(entry.uuid, printed)
    return Reading(entry.uuid, SystemMessage(index=0, event=StatusNote(text=text), created_at=moment(entry)))


def _assistant(entry: Entry) -> Reading | None:
    message = entry.message
    if message is None:
        return None
    parts = list(_assistant_parts(entry, message.content))
    if not parts:
        return None
    model = message.model if message.model != SYNTHETIC_MODEL else None
    thinking = entry.thinking_duration_ms
    said = AssistantMessage(
        index=0,
        parts=parts,
        created_at=moment(entry),
        thinking_duration_ms=int(thinking) if thinking is not None and 0 <= thinking < 1e12 else None,
        model=model,
        usage=counted(message.usage) if message.usage and model else None,
    )
    return Reading(message.id or entry.uuid, said)


def _assistant_parts(entry: Entry, content: Content) -> Iterator[Part]:
    for block in _blocks(content):
        if block.type == "text" and block.text:
            if entry.is_api_error_message:
                code = entry.error if isinstance(entry.error, str) else None
                yield ErrorPart(message=cut(block.text), code=code)
            else:
                yield TextPart(text=cut(block.text))
        elif block.type == "thinking" and (block.thinking or entry.thinking_duration_ms):
            yield ReasoningPart(text=cut(block.thinking or ""))
        elif block.type.endswith("tool_use") and block.id and block.name:
            given = block.input if isinstance(block.input, dict) else {}
            summary = tool_summary(block.name, given)
            yield ToolUsePart(tool_use_id=block.id, tool_name=block.name, input=given, summary=summary)
        elif block.type.endswith("tool_result"):
            yield _result(block)


def _queued(entry: Entry, session_id: str) -> Reading | None:
    """A prompt that was given while a turn ran."""
    queued = entry.attachment
    if queued is None or queued.type != "queued_command" or queued.is_meta:
        return None
    if queued.command_mode not in (None, "prompt"):
        return None
    return _user(entry, session_id, queued.prompt)


def _system(entry: Entry) -> Reading | None:
    if entry.subtype == "compact_boundary":
        metadata = entry.compact_metadata
        trigger: Literal["manual", "auto"] = "manual" if metadata and metadata.trigger == "manual" else "auto"
        boundary = CompactBoundary(trigger=trigger, tokens_before=metadata.tokens_before if metadata else None)
        return Reading(entry.uuid, SystemMessage(index=0, event=boundary, created_at=moment(entry)))
    if entry.subtype == "local_command" and entry.content and (said := read_prompt(entry.content)):
        if said.by == "user":
            prompt = UserMessage(index=0, parts=[TextPart(text=cut(said.text))], created_at=moment(entry))
            return Reading(entry.uuid, prompt)
        return _aside(entry, said.by, said.text)
    return None


def _result(block: Block) -> ToolResultPart:
    return ToolResultPart(
        tool_use_id=block.tool_use_id or "", output=cut(plain(_text(block.content))), is_error=bool(block.is_error)
    )


def _text(content: Any) -> str:
    """The text of a tool's result: a string, or some blocks of text among others."""
    return tool_output("\n".join(block.text for block in _blocks(content) if block.text))


def _image(block: Block, entry: Entry, session_id: str, number: int) -> ImagePart:
    media_type = (block.source and block.source.media_type) or "application/octet-stream"
    return ImagePart(media_type=media_type, ref=f"/api/sessions/{session_id}/images/{entry.uuid}/{number}")


def _blocks(content: Any) -> Iterator[Block]:
    """Content in each of the forms in which it is written."""
    if isinstance(content, str):
        yield Block(type="text", text=content)
    elif isinstance(content, list):
        for item in content:
            if isinstance(item, Block):
                yield item
            elif isinstance(item, str):
                yield Block(type="text", text=item)
            elif isinstance(item, dict):
                yield _inner_block(item)


def _inner_block(item: dict[str, Any]) -> Block:
    """A block inside a tool's result, which is decoded only as far as it is text or an image."""
    text, source = item.get("text"), item.get("source")
    media_type = source.get("media_type") if isinstance(source, dict) else None
    return Block(
        type=str(item.get("type", "")),
        text=text if isinstance(text, str) else None,
        source=Source(media_type=media_type) if isinstance(media_type, str) else None,
    )


def counted(usage: Usage) -> MessageUsage:
    return MessageUsage(
        input=usage.input_tokens or 0,
        output=usage.output_tokens or 0,
        cache_read=usage.cache_read_input_tokens or 0,
        cache_write=usage.cache_creation_input_tokens or 0,
    )
