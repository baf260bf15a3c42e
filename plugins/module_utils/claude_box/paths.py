"""Paths of the old home, changed to the new one in Claude Code's own files. All on bytes: what is not a path stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

# Not in the middle of another name; a JSON text may have \n right before it.
_BEFORE = rb"(?:(?<![\w.~-])|(?<=\\[nrtbf]))"
_AFTER = rb"(?![\w-]|\.\w)"
# What Claude Code keeps a folder under in each line of a transcript or of its history.
_LINE_KEYS = rb"cwd|originalCwd|project|projectPath"


@dataclass(frozen=True)
class Homes:
    """The two homes, as absolute paths inside their containers."""

    old: str
    new: str

    @cached_property
    def anywhere(self) -> re.Pattern[bytes]:
        """Match the old home as a path; its slashes may be escaped, as JSON allows."""
        parts = [re.escape(part.encode()) for part in self.old.strip("/").split("/")]
        first, *rest = parts
        return re.compile(_BEFORE + rb"(\\?/)" + first + b"".join(rb"\1" + part for part in rest) + _AFTER)

    @cached_property
    def in_line(self) -> re.Pattern[bytes]:
        """Match the old home at the start of a folder that a line names. Quotes inside of texts are escaped."""
        return re.compile(rb'("(?:' + _LINE_KEYS + rb')"\s*:\s*")' + re.escape(self.old.encode()) + rb'(?=[/"])')

    def moved(self, path: str) -> str | None:
        """Return a path of the old home in the new one, None for a path elsewhere."""
        if path == self.old or path.startswith(f"{self.old}/"):
            return self.new + path[len(self.old) :]
        return None


@dataclass
class Rewritten:
    """A file's new content, how many paths in it changed, and what is wrong with it."""

    content: bytes
    count: int = 0
    troubles: list[str] = field(default_factory=list)


def settings(content: bytes, homes: Homes) -> Rewritten:
    """Change each path of the old home in a JSON file. What is no JSON stays as it is."""

    def path(match: re.Match[bytes]) -> bytes:
        return homes.new.encode().replace(b"/", match[1])

    changed, count = homes.anywhere.subn(path, content)
    if not count:
        return Rewritten(content)
    try:
        repeated = _repeated_keys(changed) - _repeated_keys(content)
    except ValueError:
        return Rewritten(content, troubles=["is no valid JSON: it was copied as it is"])
    if repeated:
        return Rewritten(content, troubles=["has entries for the old and for the new home: it was copied as it is"])
    return Rewritten(changed, count)


def lines(content: Iterator[bytes], homes: Homes) -> Iterator[Rewritten]:
    """Change the folders that lines of JSON name as theirs. Texts, and lines that are no JSON, stay as they are."""
    for line in content:
        changed, count = homes.in_line.subn(rb"\g<1>" + homes.new.encode(), line)
        if count and not _is_json(line):
            yield Rewritten(line, troubles=["has lines that are no valid JSON: they were copied as they are"])
        else:
            yield Rewritten(changed, count)


def project_folder(path: str) -> str:
    """Return the name of the folder that holds the transcripts of a project, as Claude Code builds it."""
    return re.sub(r"[^A-Za-z0-9]", "-", path)


def moved_project(name: str, cwd: str | None, homes: Homes) -> str:
    """Return the new name of a project's folder. `cwd` is what its transcripts name, None where they name nothing.

    `-home-claude-box` may stand for /home/claude/box and for /home/claude-box: the transcripts know.
    """
    if cwd is not None and project_folder(cwd) == name:
        moved = homes.moved(cwd)
        return name if moved is None else project_folder(moved)
    old = project_folder(homes.old)
    if name == old or name.startswith(f"{old}-"):
        return project_folder(homes.new) + name[len(old) :]
    return name


def working_folder(line: bytes) -> str | None:
    """Return the folder that a line of a transcript names."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    cwd = found.get("cwd") if isinstance(found, dict) else None
    return cwd if isinstance(cwd, str) else None


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _repeated_keys(content: bytes) -> set[str]:
    """Return the keys that one object in a JSON text has twice. Raises ValueError for what is no JSON."""
    repeated: set[str] = set()

    def check(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            repeated.update(name for name in names if names.count(name) > 1)
        return dict(pairs)

    try:
        json.loads(content, object_pairs_hook=check)
    except RecursionError as error:
        raise ValueError("too deep") from error
    return repeated
