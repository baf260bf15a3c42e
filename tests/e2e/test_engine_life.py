"""docker_engine against a real engine: a second dockerd with a socket, data and a network namespace of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
LOG_OPTS = {"log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}}


def why_not() -> str | None:
    if shutil.which("dockerd") is None or shutil.which("containerd") is None:
        return "dockerd is not installed"
    if os.geteuid() != 0:
        return "an engine needs root"
    if subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True).returncode:
        return "no network namespace can be made here"
    return None


class Host:
    """A directory that holds everything of one engine, and a network namespace for it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "daemon.json"
        self.socket = root / "d.sock"
        self.log = root / "docker.log"
        self.record = root / "record.json"
        # Where the engine lives. In the file itself, as an owner would write it.
        self.own: dict[str, Any] = {
            "pidfile": str(root / "d.pid"),
            "hosts": [f"unix://{self.socket}"],
            "data-root": str(root / "data"),
            "exec-root": str(root / "x"),
            "storage-driver": "vfs",
        }
        self.config.write_text(json.dumps(self.own, indent=4) + "\n")
        self.namespace = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdout=subprocess.DEVNULL)
        # Until it is there, entering it would mean this machine's own network, and the bridge of its own engine.
        for _ in range(100):
            if Path(f"/proc/{self.namespace.pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink():
                break
            time.sleep(0.05)
        else:
            pytest.fail("the network namespace was not made")

    def inside(self, *argv: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["nsenter", "--net", "--target", str(self.namespace.pid), *argv],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            **more,
        )

    def run(self, *, check: bool = False, **options: Any) -> dict[str, Any]:
        arguments = {
            "config_path": str(self.config),
            "log_path": str(self.log),
            "record_path": str(self.record),
            "manager": "process",
            "timeout": 60,
            "_ansible_check_mode": check,
            **options,
        }
        code = (
            "import runpy, sys, ansible.module_utils as m; m.__path__.append(sys.argv[1]);"
            "from ansible.module_utils import basic; import ansible.module_utils.common.parameters;"
            "basic._ANSIBLE_ARGS = sys.stdin.buffer.read(); basic._ANSIBLE_PROFILE = 'legacy';"
            "runpy.run_path(sys.argv[2], run_name='__main__')"
        )
        result = self.inside(
            *(sys.executable, "-c", code, str(REPOSITORY / "plugins/module_utils")),
            str(REPOSITORY / "plugins/modules/docker_engine.py"),
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        )
        assert result.stdout.strip(), result.stderr
        answer: dict[str, Any] = json.loads(result.stdout.strip().splitlines()[-1])
        return answer

    def docker(self, *argv: str) -> str:
        result = self.inside("docker", "--host", f"unix://{self.socket}", *argv)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def sleeper(self, name: str, *options: str) -> None:
        """A container that sleeps, from this machine's own `sleep`."""
        if not self.docker("images", "-q", "sleeper"):
            with tempfile.TemporaryDirectory() as folder:
                needed = ["/bin/sleep"]
                libraries = subprocess.run(["ldd", "/bin/sleep"], capture_output=True, text=True, check=True).stdout
                needed += [word for word in libraries.split() if word.startswith("/")]
                for file in needed:
                    target = Path(folder) / file.lstrip("/")
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(Path(file).resolve(), target)
                archive = Path(folder).with_suffix(".tar")
                subprocess.run(["tar", "-C", folder, "-cf", str(archive), "."], check=True)
                self.docker("import", str(archive), "sleeper")
                archive.unlink()
        self.docker(
            "run", "-d", "--network", "none", "--stop-timeout", "1", "--name", name, *options, "sleeper", "sleep", "900"
        )

    @property
    def pid(self) -> int:
        return int(Path(self.own["pidfile"]).read_text())

    @property
    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = json.loads(self.config.read_text())
        return settings

    def end(self) -> None:
        with contextlib.suppress(OSError, ValueError, AssertionError):
            names = self.docker("ps", "-q").split()
            if names:
                self.docker("kill", *names)
        with contextlib.suppress(OSError, ValueError):
            pid = self.pid
            os.kill(pid, signal.SIGTERM)
            for _ in range(100):
                if not Path(f"/proc/{pid}").exists():
                    break
                time.sleep(0.1)
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str(self.root).encode() in (process / "cmdline").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)
        self.namespace.kill()
        self.namespace.wait()
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in sorted((m for m in mounts if m.startswith(f"{self.root}/")), reverse=True):
            subprocess.run(["umount", "--lazy", mount], check=False)


@pytest.fixture
def host(host: object) -> Iterator[Host]:  # this machine's own, which has the engine's packages installed
    if reason := why_not():
        pytest.skip(reason)
    # A short path: a unix socket's may have 107 characters.
    with tempfile.TemporaryDirectory(prefix="de", dir="/tmp", ignore_cleanup_errors=True) as folder:
        host = Host(Path(folder))
        try:
            yield host
        finally:
            host.end()


def test_check_mode_on_a_bare_host(host: Host) -> None:
    before = host.config.read_text()
    result = host.run(check=True, defaults=LOG_OPTS)
    assert (result["changed"], result["actions"]) == (True, ["write", "start"])
    assert result["engine"]["running"] is False
    assert '"max-size": "10m"' in result["diff"]["after"]
    assert host.config.read_text() == before
    assert not host.record.exists()


def test_only_the_file_while_a_package_is_missing(host: Host) -> None:
    result = host.run(defaults=LOG_OPTS, packages=["no-such-package", "base-files"])
    assert (result["missing"], result["actions"]) == (["no-such-package"], ["write"])
    assert host.settings == {**host.own, **LOG_OPTS}
    assert host.run(defaults=LOG_OPTS, packages=["no-such-package"])["changed"] is False
    assert not host.socket.exists()


def test_only_the_file_when_only_that_is_asked_for(host: Host) -> None:
    host.config.unlink()
    result = host.run(defaults=LOG_OPTS, state="configured")
    assert result["actions"] == ["write"]
    assert "backup_file" not in result
    assert host.config.stat().st_mode & 0o777 == 0o644


def test_a_conflicting_package_changes_nothing(host: Host) -> None:
    result = host.run(defaults=LOG_OPTS, conflicts=["base-files", "no-such-package"])
    assert result["failed"]
    assert "apt-get remove base-files" in result["msg"]
    assert host.settings == host.own


def test_a_broken_file_changes_nothing(host: Host) -> None:
    host.config.write_text('{\n  "mtu": 1400,\n}\n')
    result = host.run(defaults=LOG_OPTS)
    assert result["failed"]
    assert f"{host.config} is not valid JSON" in result["msg"]
    assert host.config.read_text() == '{\n  "mtu": 1400,\n}\n'


def test_life_of_an_engine(host: Host) -> None:
    """Start, no change, reload, refusal, live restart, deferral, force: in the order in which a host meets them."""
    # It starts, survives the module, and says what it is. What a killed run left does not stand in the way.
    Path(host.own["pidfile"]).write_text(str(os.getpid()))
    leftover = Path(host.own["exec-root"]) / "containerd/containerd.pid"
    leftover.parent.mkdir(parents=True)
    leftover.write_text(str(os.getpid()))
    result = host.run(defaults={"bip": "172.30.0.1/24"})
    assert result["actions"] == ["write", "start"], result
    engine = result["engine"]
    assert (engine["running"], engine["manager"], engine["boot"]) == (True, "process", False)
    assert (engine["storage_driver"], engine["live_restore"], engine["socket"]) == ("vfs", False, str(host.socket))
    assert "runc" in engine["runtimes"]
    assert "172.30.0.1/24" in host.inside("ip", "-4", "addr", "show", "docker0").stdout
    pid = host.pid
    assert os.getsid(pid) == pid
    assert Path(result["backup_file"]).read_text() == json.dumps(host.own, indent=4) + "\n"

    # Nothing to do.
    result = host.run(defaults={"bip": "172.30.0.1/24"})
    assert (result["changed"], result["actions"], host.pid) == (False, [], pid)

    # A changed default is followed, and an owner's value is not touched.
    result = host.run(defaults={"bip": "172.31.0.1/24", "storage-driver": "overlay2"}, check=True)
    assert result["actions"] == ["write", "restart"]
    result = host.run(defaults={"bip": "172.31.0.1/24", "storage-driver": "overlay2"})
    assert (result["actions"], result["engine"]["storage_driver"]) == (["write", "restart"], "vfs")
    assert "172.31.0.1/24" in host.inside("ip", "-4", "addr", "show", "docker0").stdout
    defaults: dict[str, Any] = {"bip": "172.31.0.1/24"}
    pid = host.pid

    # Reload is enough.
    result = host.run(defaults=defaults, config={"debug": True, "labels": ["a=b"]}, check=True)
    assert result["actions"] == ["write", "reload"]
    result = host.run(defaults=defaults, config={"debug": True, "labels": ["a=b"]})
    assert (result["actions"], host.pid) == (["write", "reload"], pid)
    assert host.docker("info", "--format", "{{.Debug}} {{.Labels}}") == "true [a=b]"
    assert host.run(defaults=defaults, config={"debug": True})["changed"] is False

    # A runtime that a package registers and reloads by itself is no news for the next run.
    host.config.write_text(json.dumps({**host.settings, "runtimes": {"other": {"path": "/usr/sbin/runc"}}}, indent=2))
    os.kill(pid, signal.SIGHUP)
    time.sleep(1)
    result = host.run(defaults=defaults)
    assert (result["changed"], host.pid) == (False, pid)
    assert "other" in result["engine"]["runtimes"]

    # Containers run and live restore would not come on: refused, and nothing has changed.
    host.sleeper("plex")
    before = host.config.read_text()
    result = host.run(defaults={**defaults, **LOG_OPTS})
    assert result["failed"]
    assert "docker stop plex" in result["msg"]
    assert host.config.read_text() == before

    # With live restore it is switched on first, and the container outlives the restart.
    started = host.docker("inspect", "plex", "--format", "{{.State.StartedAt}}")
    defaults |= {**LOG_OPTS, "live-restore": True}
    result = host.run(defaults=defaults)
    assert result["actions"] == ["write", "reload", "restart"], result
    assert host.pid != pid
    assert host.docker("inspect", "plex", "--format", "{{.State.StartedAt}} {{.State.Running}}") == f"{started} true"
    assert result["engine"]["live_restore"] is True
    assert host.run(defaults=defaults)["changed"] is False
    pid = host.pid

    # Live restore does not cover the bridge: refused, deferred and remembered, forced.
    assert "bip" in host.run(defaults=defaults, config={"bip": "172.30.9.1/24"})["msg"]
    result = host.run(defaults=defaults, config={"bip": "172.30.9.1/24", "debug": False}, restart="defer")
    assert (result["actions"], result["pending"], host.pid) == (["write", "reload"], ["bip"], pid)
    assert "takes over bip when it starts next" in str(result["warnings"])
    result = host.run(defaults=defaults, config={"bip": "172.30.9.1/24"}, restart="defer")
    assert (result["changed"], result["pending"]) == (False, ["bip"])
    result = host.run(defaults=defaults, config={"bip": "172.30.9.1/24"}, restart="force")
    assert result["actions"] == ["stop", "restart"], result
    assert "172.30.9.1/24" in host.inside("ip", "-4", "addr", "show", "docker0").stdout
    assert host.docker("ps", "--format", "{{.Names}}") == "plex"
    assert host.run(defaults=defaults, config={"bip": "172.30.9.1/24"})["changed"] is False

    defaults["bip"] = "172.30.9.1/24"

    # What the engine does not accept is taken back.
    before, pid = host.config.read_text(), host.pid
    result = host.run(defaults=defaults, config={"no-such-setting": 1})
    assert result["failed"]
    assert "no-such-setting" in result["msg"]
    assert host.config.read_text() == before
    assert host.docker("ps", "--format", "{{.Names}}") == "plex"
    assert host.run(defaults=defaults)["changed"] is False

    # Cut off between writing and restarting: the next run still restarts.
    host.config.write_text(json.dumps({**host.settings, "max-concurrent-downloads": 4, "log-level": "warn"}, indent=2))
    pid = host.pid
    result = host.run(defaults=defaults)
    assert (result["actions"], host.pid != pid) == (["restart"], True)

    # Killed: it is started again, and its containers are still there.
    os.kill(host.pid, signal.SIGKILL)
    time.sleep(1)
    result = host.run(defaults=defaults)
    assert result["actions"] == ["start"], result
    assert host.docker("ps", "--format", "{{.Names}}") == "plex"


def test_a_start_that_fails_says_why_and_leaves_the_file(host: Host) -> None:
    before = host.config.read_text()
    result = host.run(config={"storage-driver": "nonsense"})
    assert result["failed"]
    assert "nonsense" in result["msg"]
    assert "put back" in result["msg"]
    assert host.config.read_text() == before
