"""The examples of docs/api.md: shell and Python, each with the output that the guide shows after it."""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GUIDE = Path(__file__).parents[3] / "docs/api.md"
SECONDS = 120

_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROGRAMS = {"sh", "python"}
_OUTPUTS = {"json", "text"}
# What is different each time, and what it is called when outputs are compared.
_VARYING = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
    (r"\b[0-9a-f]{40}\b|\b[0-9a-f]{64}\b", "<hash>"),
    (r'("uptime": ?)\d+', r"\1<seconds>"),
    (r'("version": ?)"[^"]+"', r"\1<version>"),
)


@dataclass(frozen=True)
class Example:
    """A program of the guide. One with a `name` is kept as a file for those that follow; it is not run by itself."""

    language: str
    name: str | None
    code: str
    line: int
    shows: str | None
    is_json: bool


def examples(text: str) -> list[Example]:
    """The programs of a Markdown text, each with the output block that stands right after it."""
    blocks = list(_FENCE.finditer(text))
    found = []
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        if block[1] not in _PROGRAMS:
            continue
        output = after if after and after[1] in _OUTPUTS and not text[block.end() : after.start()].strip() else None
        found.append(
            Example(
                language=block[1],
                name=block[2],
                code=block[3],
                line=text.count("\n", 0, block.start()) + 1,
                shows=output[3] if output else None,
                is_json=bool(output and output[1] == "json"),
            )
        )
    return found


class Reader:
    """Somebody who types the guide's examples, one after the other, in one folder. Variables are kept from each."""

    def __init__(self, folder: Path, variables: dict[str, str], instead: dict[str, str]) -> None:
        """`instead` has what is typed in place of addresses and ports that the guide shows."""
        self._folder = folder
        self._instead = instead
        self._groups: list[int] = []
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **variables}
        (folder / "variables").write_text("")

    def run(self, example: Example) -> str:
        """What the example prints. Raises AssertionError when it fails."""
        code = self._typed(example.code)
        if example.name:
            (self._folder / example.name).write_text(code)
            return ""
        if example.language == "sh":
            code = f"set -eua; . ./variables; trap 'export -p > variables' EXIT\n{code}"
            return self._run(["sh", "-c", code], example)
        return self._run(["sh", "-c", '. ./variables; exec "$0" -c "$1"', sys.executable, code], example)

    def close(self) -> None:
        """End what the examples left in the background."""
        for group in self._groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _typed(self, code: str) -> str:
        for shown, real in self._instead.items():
            code = code.replace(shown, real)
        return code

    def _run(self, command: list[str], example: Example) -> str:
        # A file and no pipe: what goes on in the background holds its end open.
        shown = self._folder / "output"
        with shown.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._groups.append(process.pid)
        status = process.wait(SECONDS)
        text = shown.read_text()
        assert status == 0, f"{GUIDE.name}, line {example.line}: ended with {status}\n{text}"
        for printed, real in self._instead.items():
            text = text.replace(real, printed)
        return text


def comparable(text: str, *, is_json: bool) -> Any:
    """An output without what is different each time; as values where it is JSON, so that layout does not count."""
    if is_json:
        text = "\n".join(json.dumps(value, ensure_ascii=False, sort_keys=True) for value in _values(text))
    for pattern, name in _VARYING:
        text = re.sub(pattern, name, text)
    return text.strip()


def _values(text: str) -> list[Any]:
    """JSON values that stand one after the other."""
    decode, found, rest = json.JSONDecoder().raw_decode, [], text.strip()
    while rest:
        value, end = decode(rest)
        found.append(value)
        rest = rest[end:].lstrip()
    return found
