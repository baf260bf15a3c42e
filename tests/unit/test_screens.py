"""docs/screens.py: the pictures of docs/ui.md are there, each is shown, and all are small."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("screens", Path(__file__).parents[2] / "docs/screens.py")
assert SPEC is not None
assert SPEC.loader is not None
SCREENS = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(SCREENS)


def test_every_picture_is_there_shown_and_small() -> None:
    assert SCREENS.shown() != []
    assert SCREENS.problems() == []


def test_what_is_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SCREENS, "KEPT", tmp_path)
    monkeypatch.setattr(SCREENS, "PAGE", tmp_path / "page.md")
    (tmp_path / "page.md").write_text("![One](images/one.webp) ![Two](images/two.webp)")
    for name, size in (("one", 120_001), ("other", 900_000)):
        (tmp_path / f"{name}.webp").write_bytes(bytes(size))
    told = "\n".join(SCREENS.problems())
    for part in ("no two.webp", "not show other.webp", "one.webp has 120001 bytes", "1020001 bytes"):
        assert part in told
