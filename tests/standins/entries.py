"""STAND-IN for what Claude Code writes into transcripts: entries in its format, one line each."""

from __future__ import annotations

import json
import uuid
from itertools import count
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Entries:
    """Makes entries with ids and times that count up, so that the same calls give the same entries."""

    def __init__(self, start: str = "2026-11-23T10") -> None:
        self._start = start
        self._numbers = count()

    def _entry(self, kind: str, more: Entry) -> Entry:
        number = next(self._numbers)
        return {
            "type": kind,
            "uuid": str(uuid.UUID(int=number + (7 << 100))),
            "timestamp": f"{self._start}:{number // 60 % 60:02}:{number % 60:02}.000Z",
            "isSidechain": False,
            "cwd": "/home/dev/workspace/shop",
            "gitBranch": "main",
            **more,
        }

    def user(self, content: Any, **more: Any) -> Entry:
        """A prompt, or results of tools."""
        return self._entry("user", {"message": {"role": "user", "content": content}, **more})

    def result(self, tool_use_id: str, content: Any, **more: Any) -> Entry:
        """The result of a tool."""
        return self.user([{"type": "tool_result", "tool_use_id": tool_use_id, "content": content, **more}])

    def assistant(self, *content: Any, id: str, model: str = "claude-sonnet-4-5", **more: Any) -> Entry:  # noqa: A002
        """An entry of the answer with this id; a text stands for a block of text."""
        blocks = [{"type": "text", "text": one} if isinstance(one, str) else one for one in content]
        usage = {
            "input_tokens": 10,
            "output_tokens": 20,
            "cache_read_input_tokens": 5,
            "cache_creation_input_tokens": 3,
        }
        message = {"id": id, "role": "assistant", "model": model, "content": blocks, "usage": usage}
        return self._entry("assistant", {"message": message, **more})

    def other(self, kind: str, **more: Any) -> Entry:
        """An entry of any other type."""
        return self._entry(kind, more)


def use(tool_use_id: str, name: str, **given: Any) -> Entry:
    """A block by which a tool is used."""
    return {"type": "tool_use", "id": tool_use_id, "name": name, "input": given}


def lines(*entries: Entry) -> bytes:
    """The entries as they stand in a transcript."""
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


def append(path: Path, *entries: Entry) -> None:
    """Write entries to the end of a transcript."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(lines(*entries))


def keep_subagent(path: Path, *entries: Entry, task: str, **more: Any) -> None:
    """Write the transcript of a subagent to where the session with the transcript `path` keeps it."""
    folder = path.with_suffix("") / "subagents"
    append(folder / f"agent-{task}.jsonl", *({**entry, "isSidechain": True} for entry in entries))
    meta = {"agentType": "Explore", "description": "Look around", "toolUseId": task, "finished": True, **more}
    (folder / f"agent-{task}.meta.json").write_text(json.dumps(meta))
