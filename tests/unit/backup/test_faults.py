"""Repositories that are broken, full or locked: a clear error, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.backup.conftest import World


def packs(world: World) -> list[Path]:
    return [path for path in (world.location / "data").rglob("*") if path.is_file()]


def damage(path: Path, *, keep: int = 0) -> None:
    """Overwrite a file's end, as a failing disk would."""
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:keep] + b"x" * 500)


def test_damaged_pack_fails_the_restore_and_the_home_stays(world: World) -> None:
    (world.home / "big").write_bytes(os.urandom(300_000))
    world.create("none")
    (world.home / "notes").write_text("second")
    for pack in packs(world):
        damage(pack)
    before, calls = world.content(), world.calls()
    with pytest.raises(world.program.BackupError, match=r"restic .* failed"):
        world.restore()
    assert (world.home / "notes").read_text() == "second"
    assert [path.name for path in world.home.parent.iterdir()] == ["_data"]
    assert (world.content(), world.calls()) == (before, calls)


def test_damaged_index_fails_the_restore_and_nothing_is_removed(world: World) -> None:
    world.configure(keep={"last": 1})
    world.create("none")
    for index in (world.location / "index").iterdir():
        damage(index)
    shutil.rmtree(world.program.settings.CACHE)  # which has a good copy
    before = world.content()
    with pytest.raises(world.program.BackupError, match="failed on"):
        world.restore()
    with pytest.raises(world.program.BackupError, match="failed on"):
        world.create()
    assert set(before) <= set(world.content())
    assert world.state() == {"Running": True, "Paused": False}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount = tmp_path / "disk"
    mount.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", str(mount)]
    mounted = subprocess.run(mounting, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield mount
    subprocess.run(["umount", mount], check=True)


def test_full_disk_is_named_and_earlier_snapshots_stay(world: World, small_disk: Path) -> None:
    world.configure(repository=str(small_disk / "repository"), keep={"last": 1})
    first = world.create("none")["snapshot"]
    (world.home / "big").write_bytes(os.urandom(5_000_000))
    with pytest.raises(world.program.BackupError, match="There is no room left in"):
        world.create()
    assert world.state() == {"Running": True, "Paused": False}
    (world.home / "notes").write_text("later")
    world.restore(first)
    assert (world.home / "notes").read_text() == "first"


@pytest.fixture
def stale_lock(world: World, tmp_path: Path) -> Callable[[], None]:
    """Leave an exclusive lock, by ending a restic that has it."""

    def leave() -> None:
        fifo = tmp_path / "new-password"
        os.mkfifo(fifo)
        command = ["restic", "--repo", str(world.location), "--password-file", str(world.store / "PASSWORD")]
        command += ["--no-cache", "key", "passwd", "--new-password-file", str(fifo)]
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
        deadline = time.monotonic() + 60
        while not any((world.location / "locks").iterdir()):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.wait()

    return leave


def test_stale_lock_is_explained_and_can_be_removed(
    world: World, stale_lock: Callable[[], None], command: Callable[..., dict[str, Any]]
) -> None:
    world.create("none")
    stale_lock()
    with pytest.raises(world.program.BackupError, match=r"is locked: .*PID.*run `hatchpod-backup unlock`"):
        world.create()
    assert world.state() == {"Running": True, "Paused": False}
    assert command("unlock") == {"repository": "unlocked"}
    world.create()


def test_repository_whose_disk_is_not_mounted_is_missed(world: World) -> None:
    world.create("none")
    world.location.rename(world.location.with_name("unmounted"))
    with pytest.raises(world.program.BackupError, match=r"held a repository.*as by mounting its disk"):
        world.create()
    assert not world.location.exists()
    (world.program.settings.RECORDS / "repository.json").unlink()
    world.create()
    assert world.location.exists()


def test_file_in_the_place_of_a_repository_is_left_alone(world: World) -> None:
    world.location.write_text("mine")
    with pytest.raises(world.program.BackupError, match="neither empty nor a restic repository"):
        world.create()
    assert world.location.read_text() == "mine"
