"""The Docker engine on this host: its processes, its API, its files. No Ansible here."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import Any

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEFAULT_CONFIG = "/etc/docker/daemon.json"
DEFAULT_PIDFILE = "/var/run/docker.pid"
DEFAULT_SOCKET = "/var/run/docker.sock"
DEFAULT_EXEC_ROOT = "/var/run/docker"
OPEN_FILES = 1048576  # as the packages' own units and init scripts set it


class EngineError(RuntimeError):
    """The engine did not do what it was asked to; the text carries what it said."""


# --- the API ----------------------------------------------------------------------------------------------------------


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Api:
    """Requests to an engine's unix socket."""

    def __init__(self, path: str, timeout: float = 10) -> None:
        self.path = path
        self.timeout = timeout

    def get(self, target: str) -> Any:
        """The decoded answer. `OSError` and `HTTPException` mean that no engine answers there."""
        return json.loads(self._request("GET", target))

    def post(self, target: str, what: str, timeout: float = 120) -> None:
        """Ask for a change; that it is so already is as good."""
        try:
            self._request("POST", target, timeout, {204, 304})
        except (OSError, http.client.HTTPException) as error:
            raise EngineError(f"{what}: {error}") from error
        except EngineError as error:
            raise EngineError(f"{what}: {error}") from error

    def has_reloaded(self, since: float) -> bool:
        """Whether the engine has taken over a changed file since then."""
        filters = json.dumps({"type": ["daemon"], "event": ["reload"]})
        query = urllib.parse.urlencode({"since": f"{since:.9f}", "until": f"{time.time():.9f}", "filters": filters})
        return bool(self._request("GET", f"/events?{query}").strip())

    def _request(self, method: str, target: str, timeout: float | None = None, accept: Container[int] = (200,)) -> str:
        connection = _UnixConnection(self.path, timeout or self.timeout)
        try:
            connection.request(method, target)
            response = connection.getresponse()
            body = response.read().decode()
            if response.status not in accept:
                raise EngineError(f"the engine answered {response.status} to {target}: {body.strip()[:300]}")
            return body
        finally:
            connection.close()

    def info(self) -> dict[str, Any] | None:
        """`docker info`, or None when no engine answers."""
        try:
            info = self.get("/info")
        except (OSError, http.client.HTTPException, EngineError, ValueError):
            return None
        return info if isinstance(info, dict) and info.get("ServerVersion") else None

    def running_containers(self) -> dict[str, str]:
        """Name to id, the longest-running first."""
        rows = sorted(self.get("/containers/json"), key=lambda row: int(row["Created"]))
        return {row["Names"][0].lstrip("/"): row["Id"] for row in rows}

    def peer(self) -> int | None:
        """The process that listens on the socket."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(self.timeout)
            connection.connect(self.path)
            raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            return int(struct.unpack("3i", raw)[0])
        return None


# --- processes --------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Process:
    """A running process; `identity` outlives neither the process nor the boot."""

    pid: int
    ticks: int
    argv: tuple[str, ...]

    @property
    def identity(self) -> str:
        return f"{_boot_id()}:{self.pid}:{self.ticks}"

    @property
    def started(self) -> float:
        """When it started, in this moment's clock (a clock that was corrected since does not matter)."""
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - self.ticks / os.sysconf("SC_CLK_TCK")
        return time.time() - age

    @property
    def alive(self) -> bool:
        return process(self.pid) == self

    def wait_gone(self, timeout: float) -> bool:
        return wait_for(lambda: not self.alive, timeout, 0.1)


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def process(pid: int, name: str = "dockerd") -> Process | None:
    """The process of that number if it is alive and a `name`: numbers are used again after a reboot or a crash."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        argv = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    comm, rest = stat[stat.index("(") + 1 : stat.rindex(")")], stat[stat.rindex(")") + 2 :].split()
    if comm != name or rest[0] in "ZX":
        return None
    return Process(pid, int(rest[19]), tuple(word.decode(errors="replace") for word in argv.split(b"\0")[:-1]))


def pid_in(path: Path) -> int | None:
    try:
        return int(path.read_text().strip())
    except (OSError, ValueError):
        return None


def wait_for(ready: Callable[[], bool], timeout: float, pause: float = 0.2) -> bool:
    end = time.monotonic() + timeout
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def command(*argv: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": PATH, "LC_ALL": "C"}
    try:
        return subprocess.run(
            argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=timeout
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"`{' '.join(argv)}` did not end within {timeout:.0f} s") from error


def which(program: str) -> str | None:
    return shutil.which(program, path=PATH)


# --- files ------------------------------------------------------------------------------------------------------------


def write_atomically(path: Path, text: str, mode: int) -> None:
    """Replace a file in one step, owner root; an existing file keeps its mode and owner, a link its place."""
    target = path.resolve()
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            if target.exists():
                before = target.stat()
                os.fchown(handle, before.st_uid, before.st_gid)
                mode = before.st_mode & 0o7777
            os.fchmod(handle, mode)
            file.write(text)
            file.flush()
            os.fsync(handle)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def back_up(path: Path) -> Path | None:
    """A copy beside the file, named by the time; None when there is no file."""
    if not path.exists():
        return None
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    copy = path.with_name(f"{path.name}.{stamp}.bak")
    shutil.copy2(path, copy)
    return copy


@contextlib.contextmanager
def temporary_file(text: str) -> Iterator[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        yield file.name


def packages_installed(names: list[str]) -> set[str]:
    """Which of these Debian packages are installed."""
    if not names or not which("dpkg-query"):
        return set()
    result = command("dpkg-query", "-W", "-f", "${db:Status-Status} ${binary:Package}\n", *names)
    rows = (line.split() for line in result.stdout.splitlines())
    return {row[1].split(":")[0] for row in rows if len(row) == 2 and row[0] == "installed"}


def snap_docker() -> str | None:
    """Where Docker from a snap lives, if it is there."""
    places = ("/snap/bin/docker", "/snap/docker", "/var/snap/docker")
    return next((place for place in places if Path(place).exists()), None)


# --- starting and stopping --------------------------------------------------------------------------------------------


class Systemd:
    """An engine kept by systemd's docker.service."""

    name = "systemd"
    unit = "docker.service"

    def boots(self) -> bool:
        return command("systemctl", "is-enabled", self.unit).stdout.strip() in {"enabled", "enabled-runtime", "static"}

    def enable(self) -> None:
        self._systemctl("enable", self.unit)

    def start(self, _config: Mapping[str, Any]) -> None:
        command("systemctl", "reset-failed", self.unit)
        self._systemctl("start", self.unit)

    def restart(self, _engine: Process, _config: Mapping[str, Any], _timeout: float) -> None:
        command("systemctl", "reset-failed", self.unit)
        self._systemctl("restart", self.unit)

    def failed(self) -> str | None:
        state = command("systemctl", "is-active", self.unit).stdout.strip()
        return f"{self.unit} is {state}" if state in {"failed", "inactive"} else None

    def log_tail(self) -> str:
        return command("journalctl", "-u", self.unit, "-n", "20", "--no-pager", "-o", "cat").stdout.strip()

    def _systemctl(self, *words: str) -> None:
        result = command("systemctl", *words)
        if result.returncode:
            said = result.stderr.strip()
            hint = f" Run `systemctl unmask {self.unit}` if you want it to run." if "masked" in said else ""
            raise EngineError(f"`systemctl {' '.join(words)}` failed: {said}{hint}")


class Detached:
    """An engine without a service manager: a dockerd of its own session that outlives whoever started it."""

    name = "process"

    def __init__(self, config_path: Path, log: Path) -> None:
        self.config_path = config_path
        self.log = log
        self.child: subprocess.Popen[bytes] | None = None
        self.log_start = 0

    def boots(self) -> bool:
        """Only where sysvinit is what boots this host: its link starts the engine."""
        init = Path("/proc/1/comm").read_text().strip() == "init"
        return init and any(Path("/etc").glob("rc[2-5].d/S??docker"))

    def start(self, config: Mapping[str, Any]) -> None:
        argument = [] if str(self.config_path) == DEFAULT_CONFIG else ["--config-file", str(self.config_path)]
        self._launch(("dockerd", *argument), config)

    def restart(self, engine: Process, config: Mapping[str, Any], timeout: float) -> None:
        """Stop that engine and start it again with the command line it had."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(engine.pid, signal.SIGTERM)
        if not engine.wait_gone(timeout):
            raise EngineError(f"dockerd (pid {engine.pid}) did not end within {timeout:.0f} s of SIGTERM")
        self._launch(engine.argv, config)

    def failed(self) -> str | None:
        code = self.child.poll() if self.child else None
        return None if code is None else f"dockerd ended with exit code {code}"

    def log_tail(self) -> str:
        with contextlib.suppress(OSError), self.log.open("rb") as file:
            file.seek(self.log_start)
            return "\n".join(file.read().decode(errors="replace").splitlines()[-20:])
        return ""

    def _launch(self, argv: tuple[str, ...], config: Mapping[str, Any]) -> None:
        program = which(argv[0])
        if program is None:
            raise EngineError(f"{argv[0]} is not installed")
        clear_leftovers(config)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        kept = {key: value for key, value in os.environ.items() if key.lower().endswith("_proxy")}
        if "DOCKER_RAMDISK" in os.environ:
            kept["DOCKER_RAMDISK"] = os.environ["DOCKER_RAMDISK"]
        self._raise_open_files()
        with self.log.open("ab") as log:
            self.log_start = log.tell()
            self.log.chmod(0o640)
            # The session of its own and the log in place of our pipes let it survive this module and the SSH session.
            self.child = subprocess.Popen(
                [program, *argv[1:]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**kept, "PATH": PATH},
                umask=0o022,
                start_new_session=True,
            )

    @staticmethod
    def _raise_open_files() -> None:
        """As high as this host permits; a container may lack the capability for more, and dockerd runs without."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for limit in ((OPEN_FILES, OPEN_FILES), (hard, hard)):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, limit)
                return


def clear_leftovers(config: Mapping[str, Any]) -> None:
    """Remove what a killed engine left: dockerd does not start while its pid file names any live process."""
    pidfile = Path(config.get("pidfile") or DEFAULT_PIDFILE)
    if process(pid_in(pidfile) or 0) is None:
        pidfile.unlink(missing_ok=True)
    containerd = Path(config.get("exec-root") or DEFAULT_EXEC_ROOT) / "containerd"
    pidfile = containerd / "containerd.pid"
    if process(pid_in(pidfile) or 0, "containerd") is None:
        for leftover in (pidfile, *containerd.glob("containerd*.sock"), *containerd.glob("containerd*.sock.ttrpc")):
            leftover.unlink(missing_ok=True)
