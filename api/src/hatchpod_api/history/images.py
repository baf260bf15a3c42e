"""Pictures that stand in transcripts as base64."""

import base64
import binascii
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from hatchpod_api.history.lines import opened
from hatchpod_api.history.normalise import fingerprint

# What a browser shows as a picture and never runs; SVG is not among them.
SAFE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

_NEW = 32 * 1024 * 1024  # bytes; more than a few prompts with the largest pictures


class Image(NamedTuple):
    media_type: str
    content: bytes


def find(connection: sqlite3.Connection, session_id: str, uuid: str, number: int) -> Image | None:
    """The entry's picture with this number, from 0; None when there is none, or none of a safe type.

    Raises OSError where the transcript is gone.
    """
    row = connection.execute(
        "SELECT s.path, e.offset, e.length FROM sessions s JOIN entries e ON e.session = s.number"
        " WHERE s.id = ? AND e.uuid = ?",
        (session_id, fingerprint(uuid)),
    ).fetchone()
    if row is None:
        return None
    with opened(row[0]) as file:
        file.seek(row[1])
        line = file.read(row[2])
    return _picture(line, number)


def find_new(path: Path, uuid: str, number: int) -> Image | None:
    """The same in the newest part of a transcript, which is told to clients before the index has it. Raises OSError."""
    with opened(str(path)) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _NEW))
        lines = file.read(_NEW).split(b"\n")
    name = f'"uuid":"{uuid}"'.encode()
    return next((_picture(line, number) for line in reversed(lines) if name in line), None)


def _picture(line: bytes, number: int) -> Image | None:
    try:
        entry = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return None
    for at, source in enumerate(_sources(entry)):
        if at == number:
            return _image(source)
    return None


def _sources(entry: Any) -> Iterator[dict[str, Any]]:
    """The sources of all pictures of an entry, in the order in which `reading` numbers them."""
    if not isinstance(entry, dict):
        return
    message, queued = entry.get("message"), entry.get("attachment")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(queued, dict):
        content = queued.get("prompt")
    for block in content if isinstance(content, list) else ():
        if not isinstance(block, dict):
            continue
        inner = block.get("content")
        if block.get("type") == "image":
            yield _mapping(block.get("source"))
        elif str(block.get("type")).endswith("tool_result") and isinstance(inner, list):
            yield from (
                one.get("source") or {} for one in inner if isinstance(one, dict) and one.get("type") == "image"
            )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _image(source: dict[str, Any]) -> Image | None:
    media_type, data = source.get("media_type"), source.get("data")
    if media_type not in SAFE_TYPES or not isinstance(data, str):
        return None
    try:
        return Image(media_type, base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        return None
