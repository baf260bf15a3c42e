"""A session as a document that stands alone: Markdown, JSON or HTML."""

import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Literal

import msgspec
from markdown_it import MarkdownIt

from hatchpod_api.messages.sessions import SessionSummary
from hatchpod_api.messages.transcript import (
    AssistantMessage,
    CompactBoundary,
    ErrorPart,
    ImagePart,
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

Format = Literal["md", "json", "html"]

MEDIA_TYPES: dict[Format, str] = {
    "md": "text/markdown",
    "json": "application/json",
    "html": "text/html",
}

# Nothing is loaded and nothing runs, wherever the file is opened.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
article { margin: 1.5rem 0; padding: .25rem 1rem; border-inline-start: 3px solid #8888 }
article.user { border-color: #2a78d6 } article.error { border-color: #c33 }
h2 { font-size: .9rem; opacity: .75 } time { font-weight: normal }
pre { overflow-x: auto; padding: .75rem; background: #8881; border-radius: .4rem }
code { font-family: ui-monospace, monospace; font-size: .9em }
table { border-collapse: collapse } td, th { border: 1px solid #8888; padding: .2rem .5rem }
details { margin: .5rem 0 } summary { cursor: pointer }
"""

# Markup of the text is shown as text; pictures are left out, since they would be loaded from elsewhere.
_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")

Block = tuple[Literal["text", "code", "aside"], str, str]


def export(summary: SessionSummary, messages: Sequence[NormalizedMessage], form: Format) -> bytes:
    """The whole document. Blocking: a long session takes a second."""
    if form == "json":
        return msgspec.json.format(msgspec.json.encode({"session": summary, "messages": messages}), indent=2)
    text = _html(summary, messages) if form == "html" else _md(summary, messages)
    return text.encode(errors="replace")


def file_name(summary: SessionSummary, form: Format) -> str:
    """A name of letters, digits and dashes only."""
    words = re.findall(r"[a-z0-9]+", (summary.title or summary.summary or summary.slug or "").lower())
    return f"{'-'.join([*words[:8], summary.id[:8]])[:80]}.{form}"


def _title(summary: SessionSummary) -> str:
    return summary.title or summary.summary or summary.slug or summary.id


def _about(summary: SessionSummary) -> str:
    parts = [summary.created_at[:16].replace("T", " "), summary.cwd, summary.model or "", summary.id]
    return " · ".join(part for part in parts if part)


def _md(summary: SessionSummary, messages: Sequence[NormalizedMessage]) -> str:
    lines = [f"# {_title(summary)}", "", _about(summary), ""]
    for message in messages:
        lines += [f"## {_speaker(message)}", ""]
        for kind, label, text in _blocks(message):
            if kind == "text":
                lines += [text, ""]
            else:
                lines += [f"**{label}**", "", *_fenced(text), ""]
    return "\n".join(lines)


def _fenced(text: str) -> list[str]:
    """A block of code whose fence is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    return ["`" * (longest + 1), text, "`" * (longest + 1)]


def _html(summary: SessionSummary, messages: Sequence[NormalizedMessage]) -> str:
    body = "\n".join(_article(message) for message in messages)
    title = escape(_title(summary))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n<p>{escape(_about(summary))}</p>\n{body}\n</body>\n</html>\n"
    )


def _article(message: NormalizedMessage) -> str:
    inner = []
    for kind, label, text in _blocks(message):
        if kind == "text":
            inner.append(_markdown.render(text))
        else:
            code = f"<pre><code>{escape(text)}</code></pre>"
            opened = " open" if kind == "code" else ""
            inner.append(f"<details{opened}><summary>{escape(label)}</summary>{code}</details>")
    at = f" <time>{escape(message.created_at)}</time>" if message.created_at else ""
    role = "user" if isinstance(message, UserMessage) else "other"
    return f'<article class="{role}" id="m{message.index}"><h2>{_speaker(message)}{at}</h2>{"".join(inner)}</article>'


def _speaker(message: NormalizedMessage) -> str:
    match message:
        case UserMessage():
            only_results = all(isinstance(part, ToolResultPart | ImagePart) for part in message.parts)
            return "Tool" if only_results else "User"
        case AssistantMessage():
            return "Claude"
        case _:
            return "Note"


def _blocks(message: NormalizedMessage) -> Iterator[Block]:
    if isinstance(message, UserMessage | AssistantMessage):
        for part in message.parts:
            yield from _part(part)
    elif isinstance(message, ToolSummaryMessage):
        yield "text", "", message.summary
    elif isinstance(message, SystemMessage):
        yield "text", "", _event(message)


def _event(message: SystemMessage) -> str:
    match message.event:
        case CompactBoundary():
            return "The conversation was compacted here."
        case SessionResult(total_cost_usd=cost, num_turns=turns):
            return f"{turns} turns, ${cost:.4f}"
        case StatusNote(text=text):
            return text


def _part(part: Part) -> Iterator[Block]:
    match part:
        case TextPart(text=text):
            yield "text", "", text
        case ReasoningPart(text=text) if text:
            yield "aside", "Thinking", text
        case ToolUsePart():
            label = f"{part.tool_name}: {part.summary}" if part.summary else part.tool_name
            yield "code", label, json.dumps(part.input, indent=2, ensure_ascii=False)
        case ToolResultPart():
            yield "aside", "Error" if part.is_error else "Result", part.output
        case ErrorPart(message=message):
            yield "code", "Error", message
        case ImagePart():
            yield "text", "", f"[Picture, {part.media_type}]"
