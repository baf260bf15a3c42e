"""config_tree: files are there with these contents and rights, one by one as a whole, and nowhere else."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import stat
import tempfile
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

MODULE = importlib.import_module("modules.config_tree")
AS_ROOT = os.geteuid() == 0


class Run(Protocol):
    def __call__(self, files: dict[str, Any], *exclusive: str, check_mode: bool = False) -> dict[str, Any]: ...


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "container"


@pytest.fixture
def run(root: Path, call_module: Any) -> Run:
    def call(files: dict[str, Any], *exclusive: str, check_mode: bool = False) -> dict[str, Any]:
        arguments = {"path": str(root), "files": files, "exclusive": list(exclusive)}
        result: dict[str, Any] = call_module("config_tree", arguments, check_mode=check_mode)
        return result

    return call


def tree(root: Path) -> dict[str, str]:
    """Return the text of every file under a folder."""
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- the ladder ---


@pytest.mark.parametrize(("given_", "missing"), [({"path": "/x"}, "files"), ({"files": {}}, "path")])
def test_missing_arguments(call_module: Any, given_: dict[str, Any], missing: str) -> None:
    assert call_module("config_tree", given_)["msg"] == f"missing required arguments: {missing}"


def test_ladder(root: Path, run: Run) -> None:
    files: dict[str, Any] = {"managed": [], "sshd/PORT": "2222", "sshd/KEYS": ["one", "two"]}

    planned = run(files, check_mode=True)
    assert planned["changed"] is True
    assert not root.exists()

    made = run(files)
    assert made["changed"] is True
    assert made["changed_folders"] == planned["changed_folders"] == ["managed", "sshd"]
    assert made["diff"] == planned["diff"]
    assert tree(root) == {"managed": "", "sshd/PORT": "2222\n", "sshd/KEYS": "one\ntwo\n"}

    for check_mode in (False, True):
        again = run(files, check_mode=check_mode)
        assert (again["changed"], again["changed_folders"], again["diff"]) == (False, [], [])

    files["sshd/PORT"] = "2200"
    planned = run(files, check_mode=True)
    assert (root / "sshd" / "PORT").read_text() == "2222\n"
    changed = run(files)
    assert changed["changed"] is planned["changed"] is True
    assert changed["changed_folders"] == ["sshd"]
    header = str(root / "sshd" / "PORT")
    expected = {"before_header": header, "before": "2222\n", "after_header": header, "after": "2200\n"}
    assert changed["diff"] == planned["diff"] == [expected]
    assert (root / "sshd" / "PORT").read_text() == "2200\n"

    files["sshd/KEYS"] = None
    planned = run(files, check_mode=True)
    assert (root / "sshd" / "KEYS").exists()
    removed = run(files)
    assert removed["changed"] is planned["changed"] is True
    assert removed["diff"][0]["before"] == "one\ntwo\n"
    assert removed["diff"][0]["after"] == ""
    assert tree(root) == {"managed": "", "sshd/PORT": "2200\n"}
    assert run(files)["changed"] is False


def test_removal_of_what_never_was_makes_nothing(root: Path, run: Run) -> None:
    assert run({"sshd/KEYS": None})["changed"] is False
    assert not root.exists()


def test_only_exclusive_folders_are_purged(root: Path, run: Run) -> None:
    run({"ca/old.crt": "x", "ca/kept.crt": "y", "sshd/PORT": "1", "ca/deeper/file": "z"})
    (root / "ca" / "dangling").symlink_to("nowhere")

    planned = run({"ca/kept.crt": "y"}, "ca", "not-there", check_mode=True)
    assert planned["changed"] is True
    assert (root / "ca" / "old.crt").exists()

    result = run({"ca/kept.crt": "y"}, "ca", "not-there")
    assert result["changed_folders"] == ["ca"]
    assert {entry["before_header"] for entry in result["diff"]} == {
        str(root / "ca" / "dangling"),
        str(root / "ca" / "old.crt"),
    }
    assert tree(root) == {"ca/kept.crt": "y\n", "ca/deeper/file": "z\n", "sshd/PORT": "1\n"}
    assert not (root / "ca" / "dangling").is_symlink()
    assert run({"ca/kept.crt": "y"}, "ca", "not-there")["changed"] is False


# --- rights ---


def test_folders_and_files_are_for_their_owner_alone(root: Path, run: Run) -> None:
    previous = os.umask(0)
    try:
        run({"a/b/c/file": "x", "top": "y"})
    finally:
        os.umask(previous)
    folders = [root, root / "a", root / "a" / "b", root / "a" / "b" / "c"]
    assert {mode(folder) for folder in folders} == {0o700}
    assert {mode(root / "top"), mode(root / "a" / "b" / "c" / "file")} == {0o600}


@pytest.mark.parametrize(("place", "wrong"), [("sshd/PORT", 0o644), ("sshd", 0o755), ("", 0o711), ("sshd/PORT", 0o400)])
def test_wrong_mode_is_put_right(root: Path, run: Run, place: str, wrong: int) -> None:
    run({"sshd/PORT": "1"})
    right = mode(root / place)
    (root / place).chmod(wrong)

    assert run({"sshd/PORT": "1"}, check_mode=True)["changed"] is True
    assert mode(root / place) == wrong
    result = run({"sshd/PORT": "1"})
    assert (result["changed"], result["changed_folders"]) == (True, [])
    assert mode(root / place) == right
    assert run({"sshd/PORT": "1"})["changed"] is False


def test_folders_above_are_put_right_as_far_as_asked_for(tmp_path: Path, call_module: Any) -> None:
    far, near = tmp_path / "far", tmp_path / "far/near"
    arguments = {"path": str(near / "root"), "files": {"one": "1"}, "above": 1}
    far.mkdir(mode=0o755)
    assert call_module("config_tree", arguments)["changed"]
    assert (mode(far), mode(near)) == (0o755, 0o700)
    near.chmod(0o755)
    assert call_module("config_tree", arguments, check_mode=True)["changed"]
    assert mode(near) == 0o755
    assert call_module("config_tree", arguments)["changed"]
    assert (mode(far), mode(near)) == (0o755, 0o700)
    assert not call_module("config_tree", arguments)["changed"]


def test_folder_of_which_no_file_is_ours_is_put_right(root: Path, run: Run, tmp_path: Path) -> None:
    run({"sshd/PORT": "1"})
    (root / "ttyd").mkdir(mode=0o755)
    (root / "ttyd/htpasswd").touch(0o640)
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (root / "link").symlink_to(tmp_path / "elsewhere")
    assert run({"sshd/PORT": "1"})["changed"]
    assert (mode(root / "ttyd"), mode(root / "ttyd/htpasswd")) == (0o700, 0o640)
    assert mode(tmp_path / "elsewhere") == 0o755
    assert not run({"sshd/PORT": "1"})["changed"]


def test_folder_is_put_right_even_without_files(root: Path, run: Run) -> None:
    root.mkdir(mode=0o755)
    assert run({"sshd/KEYS": None})["changed"] is True
    assert mode(root) == 0o700


@pytest.mark.skipif(not AS_ROOT, reason="only root can give files away")
@pytest.mark.parametrize("place", ["sshd/PORT", "sshd", ""])
def test_wrong_owner_is_put_right(root: Path, run: Run, place: str) -> None:
    run({"sshd/PORT": "1"})
    os.chown(root / place, 12345, 12345)
    assert run({"sshd/PORT": "1"})["changed"] is True
    assert ((root / place).stat().st_uid, (root / place).stat().st_gid) == (0, os.getegid())
    assert run({"sshd/PORT": "1"})["changed"] is False


# --- what is refused ---


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "", ".", "a/.."])
def test_path_that_leads_elsewhere_is_refused(root: Path, run: Run, name: str) -> None:
    (root.parent / "x").write_text("not ours")
    for result in (run({"fine": "1", name: "x"}), run({"fine": "1"}, name)):
        assert result["failed"] is True
        assert repr(name) in result["msg"]
        assert "without '..'" in result["msg"]
    assert not root.exists()
    assert (root.parent / "x").read_text() == "not ours"


@pytest.mark.parametrize("link", ["", "sshd", "sshd/PORT"])
@pytest.mark.parametrize("exclusive", [[], ["sshd"]])
def test_symbolic_link_is_refused(root: Path, run: Run, link: str, exclusive: list[str]) -> None:
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (elsewhere / "PORT").write_text("not ours")
    (root / link).parent.mkdir(parents=True, exist_ok=True)
    (root / link).symlink_to(elsewhere / "PORT" if link.endswith("PORT") else elsewhere)

    result = run({"sshd/PORT": "1", "other/x": "1"}, *exclusive)
    assert result["failed"] is True
    assert f"{(root / link)} is a symbolic link" in result["msg"]
    assert tree(elsewhere) == {"PORT": "not ours"}
    assert mode(elsewhere) == 0o755
    assert not (root / "other").exists()


def test_folder_in_the_place_of_a_file_is_named(root: Path, run: Run) -> None:
    (root / "sshd" / "PORT").mkdir(parents=True)
    result = run({"sshd/PORT": "1"})
    assert "cannot all be written" in result["msg"]
    assert "sshd/PORT" in result["msg"]
    assert list((root / "sshd").iterdir()) == [root / "sshd" / "PORT"]


def test_file_in_the_place_of_a_folder_is_named(root: Path, run: Run) -> None:
    root.mkdir()
    (root / "sshd").write_text("x")
    assert f"{root / 'sshd'}" in run({"sshd/PORT": "1"})["msg"]


# --- contents ---


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", "\n"),
        ("a", "a\n"),
        ("a\n", "a\n"),
        ("a\nb", "a\nb\n"),
        ([], ""),
        (["a", "b\n"], "a\nb\n"),
        (["a\nb", ""], "a\nb\n\n"),
        (22, "22\n"),
        (None, None),
    ],
)
def test_what_a_file_holds(value: object, text: str | None) -> None:
    assert MODULE.as_text(value) == text


@given(st.text(st.characters(blacklist_categories=["Cs"])) | st.lists(st.text("aé\r\n\t\x00 ")))
def test_any_content_is_kept_as_it_is(value: str | list[str]) -> None:
    text = MODULE.as_text(value)
    with tempfile.TemporaryDirectory() as folder:
        MODULE.write(Path(folder, "file"), text)
        assert MODULE.read(Path(folder, "file")) == text
        assert Path(folder, "file").read_bytes() == text.encode()


def test_line_ends_of_another_system_are_put_right(root: Path, run: Run) -> None:
    run({"file": "a"})
    (root / "file").write_bytes(b"a\r\n")
    assert run({"file": "a"})["changed"] is True
    assert (root / "file").read_bytes() == b"a\n"


def test_file_that_is_no_text_is_replaced(root: Path, run: Run) -> None:
    root.mkdir(mode=0o700)
    (root / "file").write_bytes(b"\xff\xfe\x00")
    assert run({"file": "a"})["changed"] is True
    assert tree(root) == {"file": "a\n"}


# --- all or nothing ---


def test_kill_before_the_file_is_in_place_leaves_the_old_one(root: Path, run: Run) -> None:
    run({"sshd/PORT": "old"})
    process = os.fork()
    if process == 0:  # a run that is killed when all is written and nothing renamed
        Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign,assignment]
        with contextlib.suppress(BaseException):
            MODULE.write(root / "sshd" / "PORT", "new\n")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL
    assert (root / "sshd" / "PORT").read_text() == "old\n"
    assert [path.read_text() for path in (root / "sshd").glob(".new-*")] == ["new\n"]  # the kill came that late
    assert run({"sshd/PORT": "new"})["changed"] is True
    assert (root / "sshd" / "PORT").read_text() == "new\n"


def test_write_that_fails_leaves_the_old_file_and_nothing_else(
    root: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run({"sshd/PORT": "old"})

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(MODULE.os, "fsync", full)
    assert "No space left on device" in run({"sshd/PORT": "new"})["msg"]
    assert tree(root) == {"sshd/PORT": "old\n"}
