import json
from pathlib import Path
from typing import Any

import pytest

from hatchpod_api.claude_code.settings_file import read_hooks, write_hooks
from hatchpod_api.errors import ConflictError, TooLargeError, ValueNotAllowedError

HOOKS: dict[str, Any] = {
    "PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "check.sh", "timeout": 5}]}],
    "Stop": [{"hooks": [{"type": "http", "url": "https://example.org"}, {"type": "of-tomorrow", "x": [1]}]}],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".claude/settings.json"


def test_hooks_are_kept_and_every_other_key_stays_where_it_is(path: Path) -> None:
    path.parent.mkdir()
    before = '{"zeta": {"ü": 1.50, "big": 12345678901234567890}, "hooks": {"Stop": []}, "alpha": [null, true]}'
    path.write_text(before)
    path.chmod(0o640)
    assert write_hooks(path, HOOKS) == HOOKS == read_hooks(path)
    after = json.loads(path.read_text())
    assert list(after) == ["zeta", "hooks", "alpha"]
    assert {**after, "hooks": None} == {**json.loads(before), "hooks": None}
    assert '"ü"' in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


def test_a_missing_file_has_no_hooks_and_is_made_for_its_owner(path: Path) -> None:
    assert read_hooks(path) == {}
    write_hooks(path, HOOKS)
    assert path.stat().st_mode & 0o777 == 0o600
    write_hooks(path, {})
    assert json.loads(path.read_text()) == {}


def test_a_file_that_is_a_link_stays_one(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles/settings.json").write_text('{"model": "opus"}')
    path.symlink_to("../dotfiles/settings.json")
    write_hooks(path, HOOKS)
    assert path.is_symlink()
    assert json.loads((tmp_path / "dotfiles/settings.json").read_text()) == {"model": "opus", "hooks": HOOKS}


@pytest.mark.parametrize("content", ['{"a": 1,}', "[]", "null", "\ufeff", '{"hooks": []}', "[" * 100_000])
def test_a_file_that_is_not_valid_is_a_conflict_and_stays_untouched(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(ConflictError, match="by hand"):
        read_hooks(path)
    if content != '{"hooks": []}':
        with pytest.raises(ConflictError):
            write_hooks(path, HOOKS)
        assert path.read_text() == content


@pytest.mark.parametrize(
    ("hooks", "field"),
    [
        ({"not an event": []}, "not an event"),
        ({"Stop": {}}, "Stop"),
        ({"Stop": [[]]}, "Stop.0"),
        ({"Stop": [{"hooks": []}]}, "Stop.0"),
        ({"Stop": [{"hooks": [{}]}]}, "Stop.0.hooks.0"),
        ({"Stop": [{"matcher": 1, "hooks": [{"type": "x"}]}]}, "Stop.0.matcher"),
        ({"Stop": [{"hooks": [{"type": "command", "command": " "}]}]}, "Stop.0.hooks.0.command"),
        ({"Stop": [{"hooks": [{"type": "http"}]}]}, "Stop.0.hooks.0.url"),
        ({"Stop": [{"hooks": [{"type": "x", "timeout": True}]}]}, "Stop.0.hooks.0.timeout"),
        ({"Stop": [{"hooks": [{"type": "x", "timeout": -1}]}]}, "Stop.0.hooks.0.timeout"),
    ],
)
def test_what_claude_code_would_not_take_is_named_and_changes_nothing(
    path: Path, hooks: dict[str, Any], field: str
) -> None:
    write_hooks(path, HOOKS)
    before = path.read_bytes()
    with pytest.raises(ValueNotAllowedError) as caught:
        write_hooks(path, hooks)
    assert (caught.value.field, path.read_bytes()) == (field, before)


def test_there_is_an_end_to_hooks(path: Path) -> None:
    with pytest.raises(TooLargeError):
        write_hooks(path, {"Stop": [{"hooks": [{"type": "command", "command": "x" * 300_000}]}]})
