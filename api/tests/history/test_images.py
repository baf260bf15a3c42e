"""Pictures that stand in a transcript's newest lines, before the index has read those."""

import base64
import json
from pathlib import Path

import pytest

from hatchpod_api.history.images import Image, find_new

CONTENT = b"a picture"


def entry(uuid: str, media_type: str = "image/png") -> str:
    source = {"type": "base64", "media_type": media_type, "data": base64.b64encode(CONTENT).decode()}
    content = [{"type": "text", "text": "Look"}, {"type": "image", "source": source}]
    return json.dumps({"uuid": uuid, "message": {"role": "user", "content": content}}, separators=(",", ":"))


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    path = tmp_path / "session.jsonl"
    lines = [entry("first"), entry("scalable", "image/svg+xml"), entry("last"), '{"uuid":"half","mess']
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("uuid", ["first", "last"])
def test_a_picture_is_found_by_its_entry(transcript: Path, uuid: str) -> None:
    assert find_new(transcript, uuid, 0) == Image("image/png", CONTENT)


@pytest.mark.parametrize(("uuid", "number"), [("none", 0), ("first", 1), ("scalable", 0), ("half", 0), ('"', 0)])
def test_nothing_else_is_a_picture(transcript: Path, uuid: str, number: int) -> None:
    assert find_new(transcript, uuid, number) is None
