"""What `secret` withstands: links, loose umasks, many runs at once, kill -9, a full disk."""

import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.secrets_store import files, hashes

OLD = "Blau9Wiese kalt"
NEW = "Zug-um-8-nach-Bern"
Run = Callable[..., dict[str, Any]]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: changes owners or makes devices")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "secrets"


@pytest.fixture
def run(call_module: Callable[..., dict[str, Any]], store: Path) -> Run:
    def call(*entries: dict[str, Any], directory: Path = store, **options: Any) -> dict[str, Any]:
        return call_module("secret", {"directory": str(directory), "secrets": list(entries), **options})

    return call


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.new")]


# --- links and other things that are no files


@pytest.mark.parametrize("state", ["present", "rotated", "absent"])
@pytest.mark.parametrize("name", ["S", "HASH", "KEY", "KEY.pub"])
def test_a_symbolic_link_in_the_place_of_a_file_is_refused(
    run: Run, store: Path, tmp_path: Path, name: str, state: str
) -> None:
    target = tmp_path / "target"
    target.write_text(OLD + "\n")
    target.chmod(0o644)
    store.mkdir(mode=0o700)
    (store / name).symlink_to(target)
    entries = [
        {"name": "S", "derived": [{"path": "HASH", "algorithm": "plain"}]},
        {"name": "KEY", "kind": "ssh_keypair"},
    ]
    result = run(*entries, state=state)
    assert result["failed"]
    assert f"{store}/{name} is a symbolic link" in result["msg"]
    assert (store / name).is_symlink()
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == (OLD + "\n", 0o644)
    assert {path.name for path in store.iterdir()} == {name, ".lock"}


@pytest.mark.parametrize("link", ["etc", "etc/secrets", "etc/other"])
def test_a_symbolic_link_in_the_place_of_a_directory_is_refused(run: Run, tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(elsewhere)
    entry = {"name": "S", "derived": [{"path": f"{tmp_path}/etc/other/HASH", "algorithm": "plain"}]}
    result = run(entry, directory=tmp_path / "etc" / "secrets")
    assert f"{tmp_path}/{link} is a symbolic link" in result["msg"]
    assert list(elsewhere.iterdir()) == []
    assert not (tmp_path / "etc" / "secrets").exists() or link == "etc/secrets"


def test_a_symbolic_link_in_the_place_of_the_lock_is_refused(run: Run, store: Path, tmp_path: Path) -> None:
    store.mkdir(mode=0o700)
    (store / ".lock").symlink_to(tmp_path / "target")
    assert f"cannot open the lock file {store}/.lock" in run({"name": "S"})["msg"]
    assert not (tmp_path / "target").exists()


def make_device(path: str) -> None:
    os.mknod(path, stat.S_IFCHR, os.makedev(1, 5))


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, pytest.param(make_device, marks=needs_root)])
@pytest.mark.parametrize("state", ["present", "rotated", "absent"])
def test_a_directory_a_pipe_and_a_device_are_refused(
    run: Run, store: Path, make: Callable[[str], None], state: str
) -> None:
    store.mkdir(mode=0o700)
    make(str(store / "S"))
    result = run({"name": "S", "regenerate": "nonconforming"}, state=state)
    assert f"{store}/S is a symbolic link or no file at all" in result["msg"]


def test_a_huge_file_is_refused(run: Run, store: Path) -> None:
    store.mkdir(mode=0o700)
    (store / "S").write_bytes(b"x" * (files.MAXIMUM_BYTES + 1))
    assert "is larger than 65536 bytes" in run({"name": "S", "state": "rotated"})["msg"]


@pytest.mark.parametrize("below", [".", "one/two"])
def test_a_file_in_the_place_of_a_directory_is_refused(run: Run, store: Path, below: str) -> None:
    store.write_text("")
    assert f"{store} is a symbolic link or no directory at all" in run({"name": "S"}, directory=store / below)["msg"]


@needs_root
def test_a_directory_which_others_can_swap_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    message = run({"name": "S"}, directory=tmp_path / "open" / "secrets")["msg"]
    assert message.startswith(f"{tmp_path}/open can be written by others than its owner")
    (tmp_path / "open").chmod(0o755)
    os.chown(tmp_path / "open", 65534, 65534)
    message = run({"name": "S"}, directory=tmp_path / "open" / "secrets")["msg"]
    assert message.startswith(f"{tmp_path}/open belongs to user 65534")
    assert list((tmp_path / "open").iterdir()) == []


# --- modes


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, pytest.param(0o777, marks=needs_root)])
def test_modes_do_not_depend_on_the_umask(run: Run, store: Path, umask: int) -> None:
    entries = [
        {"name": "S", "derived": [{"path": "a/b/HASH", "algorithm": "plain", "mode": "0640"}]},
        {"name": "KEY", "kind": "ssh_keypair"},
    ]
    before = os.umask(umask)
    try:
        assert "failed" not in run(*entries)
    finally:
        os.umask(before)
    modes = {str(path.relative_to(store)): stat.S_IMODE(path.stat().st_mode) for path in store.rglob("*")}
    assert modes.pop(".lock") == 0o600
    assert modes == {"S": 0o600, "KEY": 0o600, "KEY.pub": 0o644, "a": 0o700, "a/b": 0o700, "a/b/HASH": 0o640}
    assert stat.S_IMODE(store.stat().st_mode) == 0o700


@needs_root
def test_a_file_has_its_owner_and_mode_before_its_first_byte(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    write = os.write

    def watched(descriptor: int, data: bytes) -> int:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_size == 0:
            seen.append((status.st_uid, stat.S_IMODE(status.st_mode)))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", watched)
    run({"name": "A", "mode": "0440", "owner": "nobody"}, {"name": "B"})
    assert seen == [(65534, 0o440), (0, 0o600)]


# --- many at once


def test_fifty_processes_racing_on_one_secret_agree_on_one_value(run: Run, store: Path, tmp_path: Path) -> None:
    entry = {"name": "S", "derived": [{"path": "HASH", "algorithm": "yescrypt"}]}
    start, go = os.pipe()
    children = [fork(lambda: race(run, entry, start, go, tmp_path)) for _ in range(50)]
    os.close(go)
    assert {os.waitpid(child, 0)[1] for child in children} == {0}
    os.close(start)
    results = [json.loads(path.read_text()) for path in tmp_path.glob("*.json")]
    assert sorted(result["secrets"]["S"]["action"] for result in results) == ["created"] + ["kept"] * 49
    assert sum(result["directory"]["action"] == "created" for result in results) == 1
    assert sum(len(result["changed_paths"]) for result in results) == 2, (
        "the secret and its hash, by the one that made it"
    )
    assert hashes.matches("yescrypt", (store / "S").read_text().strip(), (store / "HASH").read_text().strip())
    assert leftovers(store) == []


def race(run: Run, entry: dict[str, Any], start: int, go: int, folder: Path) -> None:
    os.close(go)
    os.read(start, 1)  # returns in all children at once, when the parent closes the other end
    result = run(entry, lock_timeout=120)
    (folder / f"{os.getpid()}.json").write_text(json.dumps(result))


def fork(call: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        try:
            call()
            os._exit(0)
        finally:
            os._exit(1)
    return child


def test_a_lock_that_is_held_is_waited_for_and_then_named(run: Run, store: Path) -> None:
    run({"name": "S"})
    before = (store / "S").read_text()
    with (store / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = run({"name": "S"}, state="rotated", lock_timeout=0.2)
        assert run({"name": "S"}, _ansible_check_mode=True).get("failed") is None, "check mode needs no lock"
    assert f"{store}/.lock is still locked by process {os.getpid()} after 0.2 seconds" in result["msg"]
    assert "Nothing was changed. Wait until that run has ended" in result["msg"]
    assert (store / "S").read_text() == before
    assert "failed" not in run({"name": "S"}, state="rotated", lock_timeout=0)


def test_a_lock_that_everybody_could_hold_is_for_its_owner_alone_again(run: Run, store: Path) -> None:
    run({"name": "S"})
    (store / ".lock").chmod(0o644)
    assert run({"name": "S"})["changed"] is False
    assert stat.S_IMODE((store / ".lock").stat().st_mode) == 0o600


def test_a_lock_that_is_released_in_time_is_taken(run: Run, store: Path) -> None:
    run({"name": "S"})
    hold = "import fcntl, sys, time; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX); print(flush=True); time.sleep(0.5)"
    with subprocess.Popen([sys.executable, "-c", hold, store / ".lock"], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        assert run({"name": "S"}, state="rotated", lock_timeout=30)["changed"]


# --- kill -9


STEPS = ["open", "write", "fsync", "rename", "fchmod", "fchown", "mkdir", "unlink"]


def killed_at(step: int, call: Callable[[], object]) -> bool:
    """Run `call` in a child which dies at its n-th step on disk, a write being half done. False if it got through."""

    def doomed() -> None:
        _die_at(step)
        call()

    child = fork(doomed)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _die_at(step: int) -> None:
    remaining = iter(range(step))

    def dying(name: str) -> Callable[..., Any]:
        genuine = getattr(os, name)

        def act(*arguments: Any, **options: Any) -> Any:
            if next(remaining, None) is None:
                if name == "write":
                    genuine(arguments[0], arguments[1][: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return genuine(*arguments, **options)

        return act

    for name in STEPS:
        setattr(os, name, dying(name))


def test_kill_9_at_any_step_leaves_old_or_new_and_the_next_run_puts_it_right(
    run: Run, store: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "container" / "COPY"
    entry = {"name": "S", "derived": [{"path": str(copy), "algorithm": "plain"}]}
    whole = {f"{OLD}\n", f"{NEW}\n"}
    step = 0
    while True:
        assert "failed" not in run({**entry, "value": OLD}, {"name": "FRESH", "kind": "hex", "state": "absent"})
        if not killed_at(step, lambda: run({**entry, "value": NEW}, {"name": "FRESH", "kind": "hex"})):
            break
        assert (store / "S").read_text() in whole
        assert copy.read_text() in whole
        assert not (store / "FRESH").exists() or len((store / "FRESH").read_text()) == 65
        assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.rglob("*"))
        mended = run({**entry, "value": NEW}, {"name": "FRESH", "kind": "hex"})
        assert "failed" not in mended
        assert (store / "S").read_text() == copy.read_text() == f"{NEW}\n"
        assert leftovers(tmp_path) == []
        step += 1
    assert step >= 25, "a run has that many steps, and each of them was the last one once"


def test_kill_9_while_a_key_is_made_leaves_nothing_for_long(run: Run, store: Path) -> None:
    entry = {"name": "KEY", "kind": "ssh_keypair"}
    run({"name": "S"})
    step = 0
    while killed_at(step, lambda: run(entry)):
        assert "failed" not in run(entry)
        assert leftovers(store) == []
        run(entry, state="absent")
        step += 1
    assert step > 15


def test_only_what_is_certainly_ours_is_swept_away(run: Run, store: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "container"
    elsewhere.mkdir(mode=0o700)
    store.mkdir(mode=0o700)
    token = "0123456789abcdef"
    foreign = [elsewhere / f".OTHER.{token}.new", elsewhere / "HASH.new", store / "S.new", store / f".S.{token}.old"]
    ours = [elsewhere / f".HASH.{token}.new", store / f".S.{token}.new", store / f".GONE.{token}.new"]
    for path in foreign + ours:
        path.write_text("x")
    run({"name": "S", "derived": [{"path": str(elsewhere / "HASH"), "algorithm": "plain"}]})
    assert all(path.exists() for path in foreign)
    assert not any(path.exists() for path in ours)


# --- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount = tmp_path / "disk"
    mount.mkdir(mode=0o700)
    mounting = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", str(mount)]
    mounted = subprocess.run(mounting, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield mount
    subprocess.run(["umount", mount], check=True)


def fill(disk: Path, *, leaving: int = 0) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"x" * 4096)
        except OSError:
            stream.truncate(stream.tell() - leaving)
    return filler


@pytest.mark.parametrize("pages_left", [0, 1, 2])
@pytest.mark.parametrize("change", [{"value": NEW}, {"state": "rotated"}])
def test_a_full_disk_changes_nothing(
    call_module: Callable[..., dict[str, Any]], small_disk: Path, pages_left: int, change: dict[str, Any]
) -> None:
    store = small_disk / "secrets"

    def run(*entries: dict[str, Any]) -> dict[str, Any]:
        return call_module("secret", {"directory": str(store), "secrets": list(entries)})

    entry = {"name": "S", "derived": [{"path": "COPY", "algorithm": "plain"}]}
    run({**entry, "value": OLD})
    filler = fill(small_disk, leaving=pages_left * 4096)
    entries = [{**entry, **change}, *({"name": name} for name in "ABC")]
    result = run(*entries)
    assert result["failed"]
    assert "No space left on device" in result["msg"]
    assert {path.name for path in store.iterdir()} == {"S", "COPY", ".lock"}
    assert (store / "S").read_text() == (store / "COPY").read_text() == f"{OLD}\n"
    filler.unlink()
    assert len(run(*entries)["changed_paths"]) == 5


def test_a_full_disk_makes_no_key(run: Run, small_disk: Path) -> None:
    fill(small_disk)
    result = run({"name": "KEY", "kind": "ssh_keypair"}, directory=small_disk / "secrets")
    assert "No space left on device" in result["msg"] or "ssh-keygen could not make a key" in result["msg"]
    assert {path.name for path in (small_disk / "secrets").iterdir()} == {".lock"}
