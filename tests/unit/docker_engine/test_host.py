"""The parts of docker_engine that ask the system: systemd, processes, files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ansible.module_utils import docker_engine_host as host


class Systemctl:
    """Answers for `systemctl`, and what was asked."""

    def __init__(self, **answers: tuple[int, str, str]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, *argv: str) -> subprocess.CompletedProcess[str]:
        self.asked.append(" ".join(argv))
        code, out, err = self.answers.get(argv[1].replace("-", "_"), (0, "", ""))
        return subprocess.CompletedProcess(argv, code, out, err)


@pytest.mark.parametrize(
    ("answer", "boots"),
    [
        ("enabled", True),
        ("enabled-runtime", True),
        ("static", True),
        ("disabled", False),
        ("masked", False),
        ("", False),
    ],
)
def test_systemd_boots(monkeypatch: pytest.MonkeyPatch, answer: str, boots: bool) -> None:
    monkeypatch.setattr(host, "command", Systemctl(is_enabled=(0, f"{answer}\n", "")))
    assert host.Systemd().boots() is boots


def test_systemd_starts_after_an_earlier_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "command", asked := Systemctl())
    host.Systemd().start({})
    host.Systemd().restart(host.Process(1, 1, ()), {}, 1)
    assert asked.asked == [
        "systemctl reset-failed docker.service",
        "systemctl start docker.service",
        "systemctl reset-failed docker.service",
        "systemctl restart docker.service",
    ]


def test_masked_unit_names_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = (1, "", "Failed to start docker.service: Unit docker.service is masked.")
    monkeypatch.setattr(host, "command", Systemctl(start=refused))
    with pytest.raises(host.EngineError, match=r"is masked.*systemctl unmask docker.service"):
        host.Systemd().start({})


@pytest.mark.parametrize(("state", "failed"), [("active", False), ("activating", False), ("failed", True)])
def test_systemd_failed(monkeypatch: pytest.MonkeyPatch, state: str, failed: bool) -> None:
    monkeypatch.setattr(host, "command", Systemctl(is_active=(0, state, "")))
    assert (host.Systemd().failed() is not None) is failed


def test_a_number_used_again_is_not_the_engine() -> None:
    assert host.process(os.getpid()) is None
    assert host.process(0) is None
    name = Path("/proc/self/comm").read_text().strip()
    found = host.process(os.getpid(), name)
    assert found is not None
    assert found.alive is (name == "dockerd")
    assert str(os.getpid()) in found.identity


def test_written_file_keeps_mode_and_link(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text("old")
    real.chmod(0o600)
    link = tmp_path / "daemon.json"
    link.symlink_to(real)
    host.write_atomically(link, "new", 0o644)
    assert (link.is_symlink(), real.read_text(), real.stat().st_mode & 0o777) == (True, "new", 0o600)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["daemon.json", "real.json"]


def test_new_file_and_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "etc/docker/daemon.json"
    host.write_atomically(file, "{}", 0o644)
    assert file.stat().st_mode & 0o777 == 0o644


def test_backup_only_of_a_file_that_is_there(tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    assert host.back_up(file) is None
    file.write_text("old")
    copy = host.back_up(file)
    assert copy is not None
    assert copy.read_text() == "old"
    assert copy.name.startswith("daemon.json.")
    assert copy.suffix == ".bak"


def test_leftovers_of_a_killed_engine_are_removed(tmp_path: Path) -> None:
    pidfile = tmp_path / "docker.pid"
    containerd = tmp_path / "x/containerd"
    containerd.mkdir(parents=True)
    for name in ("containerd.pid", "containerd.sock", "containerd-debug.sock", "containerd.sock.ttrpc"):
        (containerd / name).write_text(str(os.getpid()))
    (containerd / "containerd.toml").write_text("")
    pidfile.write_text(str(os.getpid()))
    host.clear_leftovers({"pidfile": str(pidfile), "exec-root": str(tmp_path / "x")})
    assert not pidfile.exists()
    assert [path.name for path in containerd.iterdir()] == ["containerd.toml"]


def test_no_engine_answers(tmp_path: Path) -> None:
    api = host.Api(str(tmp_path / "no.sock"), timeout=1)
    assert api.info() is None
    assert api.peer() is None
