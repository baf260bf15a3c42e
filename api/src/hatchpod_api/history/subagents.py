"""What a subagent did, from the transcript of its own that Claude Code keeps in a folder beside the session's."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from hatchpod_api.history.entries import parse
from hatchpod_api.history.lines import complete_lines, opened
from hatchpod_api.history.reading import read
from hatchpod_api.messages.frames import SubagentCompleted, SubagentStarted, SubagentToolCall
from hatchpod_api.messages.transcript import AssistantMessage, TextPart, ToolUsePart, UserMessage

MAX_CALLS = 100
SUFFIX = ".meta.json"

SubagentFrame = SubagentStarted | SubagentToolCall | SubagentCompleted


class _Meta(msgspec.Struct, rename="camel"):
    """What stands beside the transcript of a subagent. `tool_use_id` is the use of the tool that started it."""

    tool_use_id: str | None = None
    agent_type: str | None = None
    description: str | None = None
    finished: bool = True


_decode = msgspec.json.Decoder(_Meta).decode


def find(transcript: Path, tool_use_id: str) -> list[SubagentFrame] | None:
    """What a session's stream has told of the subagent that this tool use started; None when there is no word of it.

    Of very many calls the newest are in it.
    """
    for path in sorted(transcript.with_suffix("").glob(f"subagents/*{SUFFIX}")):
        try:
            meta = _decode(path.read_bytes())
            if meta.tool_use_id == tool_use_id:
                return _told(path.with_name(path.name.removesuffix(SUFFIX) + ".jsonl"), tool_use_id, meta)
        except (OSError, msgspec.MsgspecError, UnicodeError, RecursionError):
            continue  # it is being written, or was removed
    return None


def _told(path: Path, tool_use_id: str, meta: _Meta) -> list[SubagentFrame]:
    messages = list(_messages(path))
    parts = [part for message in messages for part in message.parts]
    calls = [
        SubagentToolCall(
            subagent_id=tool_use_id, tool_use_id=part.tool_use_id, tool_name=part.tool_name, input=part.input
        )
        for part in parts
        if isinstance(part, ToolUsePart)
    ]
    started = SubagentStarted(
        subagent_id=tool_use_id,
        description=meta.description or "",
        agent_type=meta.agent_type,
        prompt=next((part.text for part in parts if isinstance(part, TextPart)), None),
        started_at=messages[0].created_at if messages else None,
    )
    completed = SubagentCompleted(subagent_id=tool_use_id, is_error=not meta.finished, tool_uses=len(calls))
    return [started, *calls[-MAX_CALLS:], completed]


def _messages(path: Path) -> Iterator[UserMessage | AssistantMessage]:
    with opened(path) as file:
        for line in complete_lines(file):
            if entry := parse(line.content):
                entry.is_sidechain = False  # in its own transcript it is the conversation
                reading = read(entry, path.stem)
                if reading and isinstance(reading.message, UserMessage | AssistantMessage):
                    yield reading.message
