"""The module on real folders with every odd kind of file, and when it is cut off."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.claude_box import migrate

from unit.claude_box.home import SECRET, furnish, listing
from unit.conftest import CallModule

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="owners of files are changed")


class World:
    """Two volumes, and the module between them."""

    def __init__(self, folder: Path, call: CallModule) -> None:
        self.source, self.target = folder / "old/_data", folder / "new/_data"
        self.source.mkdir(parents=True)
        self.target.mkdir(parents=True)
        furnish(self.source)
        self._call = call

    def run(self, **more: Any) -> dict[str, Any]:
        internal = {name: more.pop(name) for name in ("check_mode", "diff") if name in more}
        arguments = {"source": str(self.source), "source_name": "old-volume", "target": str(self.target), **more}
        return self._call("claude_box_migration", arguments, **internal)

    @property
    def beside(self) -> list[str]:
        """What is in the new volume's folder."""
        return sorted(path.name for path in self.target.parent.iterdir())


@pytest.fixture
def world(tmp_path: Path, call_module: CallModule) -> World:
    return World(tmp_path, call_module)


def test_the_home_is_the_old_one_with_its_paths_owner_and_folders_changed(world: World) -> None:
    before = listing(world.source)
    result = world.run()
    assert result["changed"] is True
    after = listing(world.target)
    assert listing(world.source) == before
    assert world.beside == ["_data"]

    moved = ".claude/projects/-home-hatchpod-shop"
    expected = {name.replace(".claude/projects/-home-claude-shop", moved): found for name, found in before.items()}
    del expected["shop/socket"]
    assert set(after) == set(expected) | {".hatchpod", ".hatchpod/claude-box.json", "workspace"}
    changed = {name for name, found in expected.items() if after[name][5] != found[5]}
    assert changed == {
        ".claude.json",
        ".claude/history.jsonl",
        f"{moved}/one.jsonl",
        f"{moved}/one/agent.jsonl",
        "shop/home",
    }
    for name, (mode, uid, gid, when, links, _) in expected.items():
        owner = {1500: 1000}
        assert after[name][:5] == (mode, owner.get(uid, uid), owner.get(gid, gid), when, links), name  # type: ignore[call-overload]
    for folder in (world.target, world.target / "workspace"):
        assert (folder.lstat().st_uid, folder.lstat().st_gid) == (1000, 1000)
    assert (world.target / "shop/other name").samefile(world.target / "shop/two names\nof one")


def test_transcripts_settings_and_links_name_the_new_home(world: World) -> None:
    world.run()
    settings = json.loads((world.target / ".claude.json").read_text())
    assert settings["projects"]["/home/hatchpod/shop"]["mcpServers"]["a"]["command"] == "/home/hatchpod/bin/mcp"
    lines = (world.target / ".claude/projects/-home-hatchpod-shop/one.jsonl").read_text().splitlines()
    first = json.loads(lines[0])
    assert first["cwd"] == "/home/hatchpod/shop"
    assert first["message"]["content"] == "see /home/claude/shop/a"
    assert lines[2] == '{"cwd":"/home/claude/shop","cut'
    assert (world.target / "shop/home").readlink() == Path("/home/hatchpod/shop")
    assert (world.target / "shop/abroad").readlink() == Path("/etc/hostname")


def test_it_tells_what_it_left_alone_and_no_secret(world: World) -> None:
    result = world.run(check_mode=True, diff=True)
    said = json.dumps(result)
    assert SECRET not in said
    assert result["mentions"] == [".bashrc", "shop/run"]
    assert "settings.json is no valid JSON" in said
    assert "one.jsonl has lines that are no valid JSON" in said
    assert "sockets are left out: shop/socket" in said
    assert ".claude.json: 2 paths of the new home" in result["diff"]["after"]


def test_check_mode_tells_the_same_and_changes_nothing(world: World) -> None:
    before = listing(world.source.parent.parent)
    checked = world.run(check_mode=True)
    assert listing(world.source.parent.parent) == before
    done = world.run()
    assert (checked["changed"], checked["summary"]) == (True, done["summary"])


def test_a_second_run_changes_nothing_even_where_the_old_home_changed(world: World) -> None:
    world.run()
    (world.source / "later").write_text("x")
    (world.target / "mine").write_text("x")
    before = listing(world.target)
    result = world.run()
    assert (result["changed"], result["summary"]) == (False, [])
    assert result["record"]["source"] == "old-volume"
    assert listing(world.target) == before
    assert world.run(check_mode=True)["changed"] is False


def test_what_a_first_start_made_is_replaced_and_the_host_keys_stay(world: World) -> None:
    (world.target / ".hatchpod/ssh").mkdir(parents=True)
    (world.target / ".hatchpod/ssh/key").write_text("host key")
    (world.target / ".local/state/hatchpod").mkdir(parents=True)
    (world.target / ".local/state/hatchpod/tokens").write_text("tokens")
    (world.target / ".bashrc").write_text("as it comes")
    result = world.run(skeleton={".bashrc": hashlib.sha256(b"as it comes").hexdigest()})
    assert result["changed"] is True
    assert (world.target / ".hatchpod/ssh/key").read_text() == "host key"
    assert (world.target / ".local/state/hatchpod/tokens").read_text() == "tokens"
    assert ".npm-global" in (world.target / ".bashrc").read_text()
    assert world.beside == ["_data"]


@pytest.mark.parametrize("name", [".bashrc", "notes", ".claude.json"])
def test_a_home_that_is_in_use_is_refused(world: World, name: str) -> None:
    (world.target / name).write_text("mine")
    result = world.run(skeleton={".bashrc": hashlib.sha256(b"as it comes").hexdigest()})
    assert result["failed"] is True
    assert name in result["msg"]
    assert "Nothing was changed" in result["msg"]
    assert (world.target / name).read_text() == "mine"
    assert world.beside == ["_data"]


def test_a_missing_home_is_refused(world: World) -> None:
    result = world.run(source=str(world.source / "none"))
    assert "old-volume: there is no folder" in result["msg"]
    assert listing(world.target) == {}


def test_a_disk_that_is_too_small_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    result = world.run()
    assert "has only 0.00 GB free" in result["msg"]
    assert world.beside == ["_data"]


def test_a_failed_copy_leaves_the_new_home_as_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    result = world.run()
    assert result["failed"] is True
    assert listing(world.target) == {}
    monkeypatch.undo()
    assert world.run()["changed"] is True
    assert world.beside == ["_data"]


def _migrate_until_killed(world: World) -> None:
    world.run()


def test_killed_at_any_moment_the_next_run_completes_it(world: World, tmp_path: Path, call_module: CallModule) -> None:
    reference = World(tmp_path / "reference", call_module)
    reference.run()
    expected = listing(reference.target)
    del expected[".hatchpod/claude-box.json"]
    context = multiprocessing.get_context("fork")
    ends = set()
    for number in range(12):
        process = context.Process(target=_migrate_until_killed, args=[world])
        process.start()
        time.sleep(number * 0.01)  # spread over the run; where it lands does not matter
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        ends.add(tuple(world.beside))
        result = world.run()
        assert "failed" not in result, result
        assert world.beside == ["_data"]
        found = listing(world.target)
        assert found.pop(".hatchpod/claude-box.json", None) is not None
        assert found == expected
        shutil.rmtree(world.target)
        world.target.mkdir()


@pytest.mark.parametrize("stage", ["copied", "complete", "exchanging", "exchanged"])
def test_each_stage_that_can_be_left_behind_is_completed(world: World, stage: str, tmp_path: Path) -> None:
    if stage == "copied":
        (world.target.parent / "migrating").mkdir()
        (world.target.parent / "migrating/half").write_text("x")
    else:
        world.run()
        if stage == "complete":
            world.target.rename(migrate.staging(world.target))
            world.target.mkdir()
        elif stage == "exchanging":
            world.target.rename(migrate.staging(world.target))
            migrate.earlier(world.target).mkdir()
        else:
            migrate.earlier(world.target).mkdir()
    assert world.run(check_mode=True)["changed"] is True
    result = world.run()
    assert "failed" not in result, result
    assert world.beside == ["_data"]
    assert (world.target / "shop/run").exists()
    assert not (world.target / "half").exists()
    assert world.run()["changed"] is False
