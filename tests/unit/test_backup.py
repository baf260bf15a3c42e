"""hatchpod-backup: real restic, and a stand-in for docker that keeps a container's state in a file."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

SOURCE = Path(__file__).parents[2] / "roles/backup/files/hatchpod_backup.py"
PASSWORD = "a password that only tests have"

needs_restic = pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")

DOCKER = """#!/usr/bin/python3
import json, os, pathlib, sys
here = pathlib.Path(os.environ["FAKE_DOCKER"])
state = json.loads((here / "state").read_text())
with (here / "calls").open("a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
what = sys.argv[1:3]
if what == ["container", "inspect"]:
    if state is None:
        sys.exit("Error: No such container: " + sys.argv[3])
    print(json.dumps([{"State": state}]))
elif what == ["volume", "inspect"]:
    if not (here / "volumes" / sys.argv[3]).exists():
        sys.exit("Error: No such volume: " + sys.argv[3])
    options = json.loads((here / "options").read_text()) if (here / "options").exists() else None
    print(json.dumps([{"Mountpoint": str(here / "volumes" / sys.argv[3] / "_data"), "Options": options}]))
elif what[0] == "logs":
    print("the end of the log")
elif what[0] == "exec":
    sys.exit("sshd is failed" if (here / "not-ready").exists() else 0)
else:
    change = {"pause": {"Paused": True}, "unpause": {"Paused": False}, "stop": {"Running": False, "Paused": False},
              "start": {"Running": True}}[what[0]]
    (here / "state").write_text(json.dumps({**state, **change}))
"""


class World(NamedTuple):
    """A host with one workstation."""

    program: Any
    folder: Path
    home: Path
    repository: Any

    def set(self, state: dict[str, bool] | None) -> None:
        (self.folder / "state").write_text(json.dumps(state))

    def state(self) -> Any:
        return json.loads((self.folder / "state").read_text())

    def calls(self) -> list[str]:
        """Return the first word of each docker call that changes something."""
        path = self.folder / "calls"
        words = [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []
        return [word for word in words if word not in {"container", "volume"}]

    def create(self, quiesce: str = "pause") -> dict[str, Any]:
        done: dict[str, Any] = self.program.create(self.repository, "pod", quiesce)
        return done

    def restore(self, snapshot: str = "latest") -> dict[str, Any]:
        done: dict[str, Any] = self.program.restore(self.repository, "pod", snapshot, 5)
        return done


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatchpod_backup", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "hatchpod_backup", module)
    spec.loader.exec_module(module)
    for name in ("RECORDS", "LOCKS"):
        monkeypatch.setattr(module, name, tmp_path / name)
        (tmp_path / name).mkdir()
    monkeypatch.setattr(module, "CACHE", str(tmp_path / "cache"))
    return module


@pytest.fixture
def world(program: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    folder = tmp_path / "docker"
    home = folder / "volumes/pod_home/_data"
    (home / ".hatchpod").mkdir(parents=True)
    (home / "notes").write_text("first")
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin/docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_DOCKER", str(folder))
    monkeypatch.setenv("RESTIC_REPOSITORY", "/nowhere")
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    world = World(program, folder, home, program.Repository(str(tmp_path / "repository"), str(password), "testhost"))
    world.set({"Running": True, "Paused": False})
    return world


def listing(folder: Path) -> dict[str, tuple[Any, ...]]:
    """Return all that a restore must bring back, by path."""
    found: dict[str, tuple[Any, ...]] = {}
    links: dict[int, str] = {}
    root = os.fsencode(folder)
    for place, folders, files in os.walk(root):
        for path in [os.path.join(place, name) for name in [b".", *folders, *files]]:  # noqa: PTH118 - names are bytes
            status = os.lstat(path)
            content: bytes | None = None
            if stat.S_ISREG(status.st_mode):
                content = Path(os.fsdecode(path)).read_bytes()
            elif stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)  # noqa: PTH115 - names are bytes
            name = repr(os.path.relpath(path, root))
            first = links.setdefault(status.st_ino, name) if stat.S_ISREG(status.st_mode) else name
            attributes = {one: os.getxattr(path, one, follow_symlinks=False) for one in _attributes(path)}
            found[name] = (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, content, first, attributes)
    return found


def _attributes(path: bytes) -> list[str]:
    return os.listxattr(path, follow_symlinks=False)


def furnish(home: Path) -> None:
    """Fill a home with what is easily lost on the way."""
    odd = [
        b"new\nline",
        b"quote \"' $HOME `id` * \\",
        b" blanks ",
        b"-rf",
        b"invalid-\xff\xfe",
        "日本語-😀".encode(),
        b"n" * 250,
    ]
    for name in odd:
        Path(os.fsdecode(os.path.join(os.fsencode(home), name))).write_bytes(name)  # noqa: PTH118 - names are bytes
    for plain, mode in (("suid", 0o4755), ("none", 0o000), ("secret", 0o600)):
        (home / plain).write_text(plain)
        (home / plain).chmod(mode)
    if os.geteuid() == 0:
        os.chown(home / "secret", 12345, 54321)
    (home / "shared").mkdir()
    (home / "shared").chmod(0o2770)
    os.link(home / "suid", home / "shared/hard link")
    (home / "dangling").symlink_to("../nowhere")
    os.utime(home / "dangling", (1, 2), follow_symlinks=False)
    os.mkfifo(home / "fifo")
    with contextlib.suppress(OSError):
        os.setxattr(home / "notes", "user.note", b"with\0zero")
    os.utime(home / "notes", ns=(0, 946684800123456789))
    os.utime(home / "shared", ns=(0, 1))


# --- snapshots ---


@needs_restic
def test_snapshot_is_made_while_the_workstation_is_frozen(world: World) -> None:
    done = world.create()
    assert world.calls() == ["pause", "unpause"]
    assert world.state() == {"Running": True, "Paused": False}
    assert done["added_bytes"] > 0
    assert json.loads((world.program.RECORDS / "pod.json").read_text()) == done
    found = world.repository.find("pod", done["snapshot"])
    assert (found["hostname"], found["tags"]) == ("testhost", ["pod"])


@needs_restic
@pytest.mark.parametrize(
    ("quiesce", "before", "calls"),
    [
        ("stop", {"Running": True, "Paused": False}, ["stop", "start"]),
        ("none", {"Running": True, "Paused": False}, []),
        ("pause", {"Running": False, "Paused": False}, []),
        ("stop", {"Running": True, "Paused": True}, []),
        ("pause", None, []),
    ],
)
def test_workstation_is_left_as_it_was(
    world: World, quiesce: str, before: dict[str, bool] | None, calls: list[str]
) -> None:
    world.set(before)
    world.create(quiesce)
    assert world.calls() == calls
    assert world.state() == before


@pytest.mark.parametrize("failure", [RuntimeError("disk"), KeyboardInterrupt(), SystemExit(143)])
@pytest.mark.parametrize("quiesce", ["pause", "stop"])
def test_workstation_goes_on_after_a_failure(world: World, quiesce: str, failure: BaseException) -> None:
    with pytest.raises(type(failure)), world.program.held("pod", quiesce):
        raise failure
    assert world.state() == {"Running": True, "Paused": False}


@needs_restic
def test_home_that_never_was_one_is_refused(world: World) -> None:
    shutil.rmtree(world.home / ".hatchpod")
    with pytest.raises(world.program.BackupError, match="nothing to back up"):
        world.create()
    assert not Path(world.repository.location).exists()


def test_missing_volume_is_named(world: World) -> None:
    with pytest.raises(world.program.BackupError, match="no volume other_home"):
        world.program.create(world.repository, "other", "pause")


# --- the repository ---


def test_other_content_is_left_alone(world: World) -> None:
    folder = Path(world.repository.location)
    folder.mkdir()
    (folder / "photo").write_text("mine")
    with pytest.raises(world.program.BackupError, match="Set backup_repository to another folder"):
        world.create()
    assert [path.name for path in folder.iterdir()] == ["photo"]
    assert world.calls() == []


@needs_restic
def test_wrong_password_changes_nothing(world: World, tmp_path: Path) -> None:
    world.create()
    before = sorted(path for path in Path(world.repository.location).rglob("*") if path.parent.name != "locks")
    (tmp_path / "password").write_text("another password")
    calls = world.calls()
    with pytest.raises(world.program.BackupError, match="does not open the repository"):
        world.create()
    with pytest.raises(world.program.BackupError, match="does not open the repository"):
        world.restore()
    assert sorted(path for path in Path(world.repository.location).rglob("*") if path.parent.name != "locks") == before
    assert world.calls() == calls


@needs_restic
def test_repository_without_its_password_asks_for_it(world: World, tmp_path: Path) -> None:
    world.create()
    (tmp_path / "password").unlink()
    with pytest.raises(world.program.BackupError, match="set backup_password"):
        world.create()


@needs_restic
def test_broken_repository_is_not_made_anew(world: World) -> None:
    world.create()
    config = Path(world.repository.location) / "config"
    config.chmod(0o600)
    config.write_bytes(b"x" * 200)
    with pytest.raises(world.program.BackupError, match="restic cat failed"):
        world.create()
    assert config.read_bytes() == b"x" * 200


# --- restore ---


@needs_restic
def test_restore_brings_everything_back(world: World) -> None:
    furnish(world.home)
    before = listing(world.home)
    world.create()
    for path in world.home.iterdir():
        if path.name != ".hatchpod":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (world.home / "notes").write_text("later")
    (world.home / "new").write_text("later")
    world.home.chmod(0o777)
    done = world.restore()
    assert listing(world.home) == before
    assert done["down_seconds"] <= done["seconds"]
    assert world.calls()[-3:] == ["stop", "start", "exec"]
    assert [path.name for path in world.home.parent.iterdir()] == ["_data"]


@needs_restic
def test_earlier_snapshot_by_its_id(world: World) -> None:
    first = world.create()["snapshot"]
    (world.home / "notes").write_text("second")
    world.create()
    (world.home / "notes").write_text("third")
    world.restore()
    assert (world.home / "notes").read_text() == "second"
    world.restore(first)
    assert (world.home / "notes").read_text() == "first"
    with pytest.raises(world.program.BackupError, match=f"ffffffff is no snapshot of pod on testhost; .*{first}"):
        world.restore("ffffffff")
    elsewhere = world.program.Repository(world.repository.location, world.repository.password_file, "elsewhere")
    with pytest.raises(world.program.BackupError, match="no snapshot of pod on elsewhere"):
        world.program.restore(elsewhere, "pod", first, 5)


@needs_restic
def test_home_that_does_not_start_gives_way_to_the_earlier_one(world: World) -> None:
    world.create()
    (world.home / "notes").write_text("second")
    (world.folder / "not-ready").touch()
    with pytest.raises(
        world.program.BackupError, match=r"as it was before.*sshd is failed\nIts log ends with:\nthe end of the log"
    ):
        world.restore()
    assert (world.home / "notes").read_text() == "second"
    assert world.state() == {"Running": True, "Paused": False}
    assert [path.name for path in world.home.parent.iterdir()] == ["_data"]


@needs_restic
def test_stopped_workstation_stays_stopped(world: World) -> None:
    world.create("none")
    world.set({"Running": False, "Paused": False})
    world.restore()
    assert world.calls() == []


@needs_restic
def test_failed_restore_does_not_stop_the_workstation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.create("none")
    (world.home / "notes").write_text("second")

    def fail(_self: Any, _snapshot: str, target: Path) -> None:
        (target / "half").write_text("")
        raise world.program.BackupError("pack is damaged")

    monkeypatch.setattr(world.program.Repository, "restore", fail)
    with pytest.raises(world.program.BackupError, match="pack is damaged"):
        world.restore()
    assert world.calls() == []
    assert (world.home / "notes").read_text() == "second"
    assert [path.name for path in world.home.parent.iterdir()] == ["_data"]


@needs_restic
def test_too_small_disk_is_noticed_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.create("none")
    monkeypatch.setattr(world.program.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(9, 9, 0))
    with pytest.raises(world.program.BackupError, match=r"only 0\.0 GB are free"):
        world.restore()
    assert world.calls() == []


@needs_restic
def test_restore_cut_off_between_its_steps_is_taken_up(world: World) -> None:
    world.create("none")
    (world.home / "notes").write_text("second")
    world.home.rename(world.home.with_name("before-restore"))
    (world.home.with_name("restoring") / "half").mkdir(parents=True)
    world.restore()
    assert (world.home / "notes").read_text() == "first"
    assert [path.name for path in world.home.parent.iterdir()] == ["_data"]


def test_earlier_home_is_never_overwritten(world: World) -> None:
    earlier = world.home.with_name("before-restore")
    earlier.mkdir()
    (earlier / "precious").touch()
    with pytest.raises(world.program.BackupError, match="still holds the home from before it"):
        world.restore()
    assert (earlier / "precious").exists()


def test_volume_on_a_mount_is_refused(world: World) -> None:
    (world.folder / "options").write_text(json.dumps({"device": "/data", "o": "bind", "type": "none"}))
    with pytest.raises(world.program.BackupError, match="mount of its own"):
        world.restore()


# --- the command ---


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-11-23T17:56:49.405549661Z", "2026-11-23T17:56:49.5Z"),
        ("2026-11-23T17:56:49+01:00", "2026-11-23T17:56:49Z"),
        ("2026-11-23T17:56:49.9+01:00", "2026-11-23T16:56:49.91Z"),
    ],
)
def test_times_of_snapshots_are_compared(program: Any, earlier: str, later: str) -> None:
    assert program.moment(earlier) < program.moment(later)


def test_one_at_a_time(program: Any) -> None:
    with (
        program.alone("pod"),
        program.alone("other"),
        pytest.raises(program.BackupError, match="Another backup or restore of pod runs"),
        program.alone("pod"),
    ):
        pass


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def call(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["hatchpod-backup", *arguments])

    return call


@needs_restic
def test_command_line(world: World, command: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--repository", world.repository.location, "--password-file", world.repository.password_file]
    command(*given, "check")
    world.program.main()
    assert json.loads(capsys.readouterr().out) == {"repository": "absent"}
    command(*given, "create", "pod", "--quiesce", "none")
    world.program.main()
    assert json.loads(capsys.readouterr().out)["workstation"] == "pod"
    command(*given, "check")
    world.program.main()
    assert json.loads(capsys.readouterr().out) == {"repository": "ready"}
    command(*given, "restore", "nope")
    with pytest.raises(SystemExit, match="no volume nope_home"):
        world.program.main()
    assert PASSWORD not in "".join(capsys.readouterr())
