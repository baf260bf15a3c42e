"""Writes a data set of transcripts in the format of Claude Code: 5,000 of them with 300,000 messages, 294 MB.

The same seed gives the same files. Sizes are spread as those of real work: many short sessions, a few very long ones.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SESSIONS = 5_000
MESSAGES = 300_000
LONGEST = 10_000  # messages of the one session by which pages are measured
PROJECTS = 40
TEXT = 368  # characters of a message on average, so that all of it makes 294 MB

_VOCABULARY = (
    "the file test function module error server index request response value session client agent tool message"
    " deploy branch merge commit review refactor container volume network socket stream journal cursor approval"
    " config default password token provider transcript history search usage export markdown python ansible docker"
    " proxy certificate backup restore snapshot retention schedule timer service unit health probe metric counter"
)
_WORDS = _VOCABULARY.split()
_STEMS = ("alpha", "beta", "gamma", "delta", "sigma", "omega", "kappa", "theta")
_MODELS = ("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5")


class _Session:
    """One transcript in the making."""

    def __init__(self, chance: random.Random, number: int) -> None:
        self.chance = chance
        self.id = self._uuid()
        self.cwd = f"/home/hatchpod/workspace/project-{number % PROJECTS:02}"
        self.time = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=90 * number)
        self.model = chance.choice(_MODELS)
        self.parent: str | None = None

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def text(self, size: int) -> str:
        """Common words, and some that occur a few times only."""
        words = []
        while size > 0:
            rare = self.chance.random() < 0.1
            word = (
                f"{self.chance.choice(_STEMS)}{self.chance.randrange(20_000)}" if rare else self.chance.choice(_WORDS)
            )
            words.append(word)
            size -= len(word) + 1
        return " ".join(words)

    def entry(self, kind: str, message: dict[str, Any], **more: Any) -> dict[str, Any]:
        own = self._uuid()
        self.time += timedelta(seconds=self.chance.randrange(1, 30))
        entry = {
            "parentUuid": self.parent,
            "isSidechain": False,
            "userType": "external",
            "cwd": self.cwd,
            "sessionId": self.id,
            "version": "2.1.330",
            "gitBranch": "main",
            "type": kind,
            "message": message,
            "uuid": own,
            "timestamp": f"{self.time:%Y-%m-%dT%H:%M:%S}.{self.time.microsecond // 1000:03}Z",
            **more,
        }
        self.parent = own
        return entry

    def answer(self, content: list[dict[str, Any]]) -> dict[str, Any]:
        usage = {
            "input_tokens": self.chance.randrange(1, 3000),
            "cache_creation_input_tokens": self.chance.randrange(5000),
            "cache_read_input_tokens": self.chance.randrange(50_000),
            "output_tokens": self.chance.randrange(1, 2000),
            "service_tier": "standard",
        }
        message = {
            "id": f"msg_{self.chance.getrandbits(64):016x}",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": usage,
        }
        return self.entry("assistant", message, requestId=f"req_{self.chance.getrandbits(64):016x}")

    def entries(self, messages: int) -> Iterator[dict[str, Any]]:
        """A prompt, then answers with tools and their results, as often as there are messages to make."""
        made = 0
        while made < messages:
            yield self.entry("user", {"role": "user", "content": self.text(TEXT // 2)}, permissionMode="default")
            made += 1
            for _ in range(self.chance.randrange(1, 6)):
                if made + 3 > messages:
                    break
                tool = f"toolu_{self.chance.getrandbits(64):016x}"
                given = {"command": self.text(60), "description": self.text(30)}
                yield self.answer([
                    {"type": "text", "text": self.text(TEXT // 2)},
                    {"type": "tool_use", "id": tool, "name": "Bash", "input": given},
                ])  # fmt: skip
                result = {
                    "type": "tool_result",
                    "tool_use_id": tool,
                    "content": self.text(self.chance.randrange(3 * TEXT)),
                }
                yield self.entry("user", {"role": "user", "content": [result]})
                made += 2
            if made < messages:
                yield self.answer([{"type": "text", "text": self.text(TEXT)}])
                made += 1


def lengths(chance: random.Random, sessions: int, messages: int, longest: int) -> list[int]:
    """How many messages each session has: `longest` in the first, together exactly `messages`."""
    weights = [chance.lognormvariate(0, 1) for _ in range(sessions - 1)]
    rest = messages - longest - (sessions - 1)
    scale = rest / sum(weights)
    found = [longest, *(1 + int(weight * scale) for weight in weights)]
    for number in range(messages - sum(found)):
        found[1 + number % (sessions - 1)] += 1
    return found


def generate(
    projects: Path, *, sessions: int = SESSIONS, messages: int = MESSAGES, longest: int = LONGEST, seed: int = 1
) -> str:
    """Write the data set below `projects`; return the id of the session with most messages."""
    chance = random.Random(seed)  # noqa: S311 - the same data each time
    first = ""
    for number, length in enumerate(lengths(chance, sessions, messages, longest)):
        session = _Session(chance, number)
        first = first or session.id
        folder = projects / session.cwd.replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(entry, separators=(",", ":")) for entry in session.entries(length))
        (folder / f"{session.id}.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return first
