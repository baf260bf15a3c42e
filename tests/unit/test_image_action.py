"""The build context: the same bytes for the same files, wherever and whenever they were checked out."""

from __future__ import annotations

import importlib
import io
import json
import os
import random
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader
from ansible.template import Templar
from hypothesis import given
from hypothesis import strategies as st

REPOSITORY = Path(__file__).parents[2]
workstation_image = importlib.import_module("action.workstation_image")
assemble = workstation_image.assemble

names = st.text("abcXYZ.-_ é", min_size=1, max_size=6).filter(
    lambda name: name.strip(".") and not name.endswith(".pyc")
)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
trees = st.dictionaries(paths, st.tuples(st.binary(max_size=2000), st.booleans()), min_size=1, max_size=8).filter(
    lambda tree: not any(one != other and one.startswith(f"{other}/") for one in tree for other in tree)
)


def write(root: Path, tree: Mapping[str, tuple[bytes, bool]]) -> None:
    """Put files there, in the order of the mapping."""
    for name, (content, executable) in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o755 if executable else 0o644)


def members(archive: bytes) -> dict[str, tuple[bytes, bool]]:
    """Return what an archive holds, in the form of `write`."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        found = {}
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None
            found[member.name] = (content.read(), bool(member.mode & 0o100))
        return found


@given(trees)
def test_archive_holds_exactly_the_files(tree: dict[str, tuple[bytes, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), tree)
        assert members(assemble({".": folder}).archive) == tree


@given(trees, st.randoms(use_true_random=False), st.integers(1, 2**31), st.sampled_from([0o022, 0o027, 0o077]))
def test_digest_ignores_order_time_owner_and_umask(
    tree: dict[str, tuple[bytes, bool]], shuffle: random.Random, moment: int, umask: int
) -> None:
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        write(Path(first), tree)
        write(Path(second), dict(shuffle.sample(sorted(tree.items()), len(tree))))
        for path in Path(second).rglob("*"):
            path.chmod(path.stat().st_mode & ~umask)
            os.utime(path, (moment, moment))
            if os.geteuid() == 0:
                os.chown(path, 12345, 12345)
        assert assemble({".": first}) == assemble({".": second})


@given(trees, st.data())
def test_digest_changes_with_every_change(tree: dict[str, tuple[bytes, bool]], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(tree)))
    content, executable = tree[name]
    changed = data.draw(
        st.sampled_from(
            [
                tree | {name: (content + b"x", executable)},
                tree | {name: (content, not executable)},
                {other: file for other, file in tree.items() if other != name},
                tree | {f"{name}+": (content, executable)},
            ]
        )
    )
    with tempfile.TemporaryDirectory() as before, tempfile.TemporaryDirectory() as after:
        write(Path(before), tree)
        write(Path(after), changed)
        assert assemble({".": before}).digest != assemble({".": after}).digest


def test_only_the_owners_executable_bit_counts(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("x")
    (tmp_path / "script").chmod(0o654)  # executable for others: not for git, and not for us
    assert members(assemble({".": str(tmp_path)}).archive) == {"script": (b"x", False)}


def test_sources_have_their_places(tmp_path: Path) -> None:
    write(tmp_path, {"image/Dockerfile": (b"FROM x", False), "api/src/a/b.py": (b"", False), "one.toml": (b"1", False)})
    sources = {
        "api/src": str(tmp_path / "api" / "src"),
        "./api/pyproject.toml": str(tmp_path / "one.toml"),
        ".": str(tmp_path / "image"),
    }
    context = assemble(sources)
    assert list(members(context.archive)) == ["Dockerfile", "api/pyproject.toml", "api/src/a/b.py"]
    assert assemble(dict(sorted(sources.items()))) == context


def test_symbolic_links_stand_for_what_they_lead_to(tmp_path: Path) -> None:
    write(tmp_path, {"elsewhere/a": (b"text", True), "real/a": (b"text", True), "real/folder/a": (b"text", True)})
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "a").symlink_to(tmp_path / "elsewhere" / "a")
    (tmp_path / "links" / "folder").symlink_to("../elsewhere")
    assert assemble({".": str(tmp_path / "links")}) == assemble({".": str(tmp_path / "real")})


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "up").symlink_to("..")
    with pytest.raises(OSError, match=r"folder/up leads to a folder that it is in"):
        assemble({".": str(tmp_path)})


def test_what_tools_leave_behind_is_not_part_of_it(tmp_path: Path) -> None:
    write(tmp_path / "clean", {"a.py": (b"", False)})
    left = dict.fromkeys(
        ["__pycache__/a.cpython-311.pyc", "a.pyc", "x/.mypy_cache/a", ".ruff_cache/a", "x/node_modules/a", "x/dist/a"],
        (b"x", False),
    )
    write(tmp_path / "used", {"a.py": (b"", False), **left})
    assert assemble({".": str(tmp_path / "used")}) == assemble({".": str(tmp_path / "clean")})


def test_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"source .*/not-there does not exist"):
        assemble({".": str(tmp_path / "not-there")})


def run_play(folder: Path, task: Mapping[str, Any], *arguments: str) -> str:
    """Run one task on a host whose STAND-IN `docker` has no images; return the run's output."""
    write(folder, {"bin/docker": (b"#!/bin/sh\nexit 1\n", True)})
    (folder / "play.yml").write_text(
        json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [{"workstation_image": dict(task)}]}])
    )
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    command = ["ansible-playbook", "-i", "localhost,", "-c", "local", "-vv", *arguments, str(folder / "play.yml")]
    done = subprocess.run(command, cwd=REPOSITORY, env=os.environ | {"PATH": path}, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_sources_must_be_given(tmp_path: Path) -> None:
    task = {"name": "x", "base": "b", "base_suite": "s"}
    output = run_play(tmp_path, task)
    assert "sources must name the files and folders of the build context" in output
    assert "failed=1" in output


def test_check_mode_says_that_a_build_is_needed_and_sends_nothing(tmp_path: Path) -> None:
    write(tmp_path / "files", {"Dockerfile": (b"FROM x", False)})
    task = {"name": "x", "base": "b", "base_suite": "s", "build": True, "sources": {".": str(tmp_path / "files")}}
    output = run_play(tmp_path, task, "--check")
    assert "changed=1" in output
    assert "build_required: true" in output
    assert "context-" not in output


class Sent(Protocol):
    def __call__(self, *, build: bool, check_mode: bool = False) -> dict[str, Any]: ...


@pytest.fixture
def send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Run the action over a real connection to this machine, up to the call of the module; return its arguments."""
    monkeypatch.setattr(workstation_image, "REMOTE_FOLDER", tmp_path / "host" / "image")
    write(tmp_path / "files", {"Dockerfile": (b"FROM x", False)})

    def run(*, build: bool, check_mode: bool = False) -> dict[str, Any]:
        arguments = {"sources": {".": str(tmp_path / "files")}, "build": build}
        task = Task.load({"action": "workstation_image", "args": arguments, "check_mode": check_mode})
        connection = connection_loader.get("local", PlayContext())
        loader = DataLoader()
        action = workstation_image.ActionModule(task, connection, PlayContext(), loader, Templar(loader), None)
        given: dict[str, Any] = {}

        def execute(**arguments: Any) -> dict[str, Any]:
            given.update(arguments["module_args"])
            return {"changed": False}

        monkeypatch.setattr(action, "_execute_module", execute)
        action.run(task_vars={})
        return given

    return run


def test_context_is_sent_for_a_build_and_readable_by_its_owner_alone(send: Sent, tmp_path: Path) -> None:
    given = send(build=True)
    context, expected = Path(given["context"]), assemble({".": str(tmp_path / "files")})
    assert context.read_bytes() == expected.archive
    assert given["context_digest"] == expected.digest
    assert context.stat().st_mode & 0o777 == 0o600
    assert context.parent.stat().st_mode & 0o777 == 0o700


def test_each_run_has_a_context_of_its_own(send: Sent) -> None:
    assert send(build=True)["context"] != send(build=True)["context"]


@pytest.mark.parametrize(("build", "check_mode"), [(False, False), (True, True)])
def test_nothing_is_sent_where_nothing_is_built(send: Sent, tmp_path: Path, build: bool, check_mode: bool) -> None:
    given = send(build=build, check_mode=check_mode)
    assert "context" not in given
    assert given["context_digest"]
    assert [path.name for path in tmp_path.iterdir()] == ["files"]
