"""The real program: a child process, a real socket, real signals."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import httpx
import pytest

from hatchpod_api.config import Places, Settings
from hatchpod_api.server import _listen

SOURCE = Path(__file__).parents[1] / "src"

Process = subprocess.Popen[str]
Start = Callable[..., Process]


@pytest.fixture
def start(password_hash: str) -> Iterator[Start]:
    """`start(*arguments, fds=(), before=(), **environment)`; what still runs at the end is killed."""
    started: list[Process] = []

    def start(*arguments: str, fds: tuple[int, ...] = (), before: tuple[str, ...] = (), **environment: str) -> Process:
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "hatchpod_api", "serve", *arguments],
            env={"PYTHONPATH": str(SOURCE), "PORT": "0", "API_PASSWORD_HASH": password_hash, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=fds,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def read_line(stream: IO[str], seconds: float = 20) -> str:
    assert select.select([stream], [], [], seconds)[0], "nothing was written in time"
    return stream.readline()


def base_url(process: Process) -> str:
    assert process.stdout is not None
    line = json.loads(read_line(process.stdout))
    assert line["event"] == "listening"
    return f"http://127.0.0.1:{line['port']}"


def finish(process: Process) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


def test_it_listens_where_it_says_and_serves_with_the_password(start: Start, password: str) -> None:
    url = base_url(start())
    assert httpx.get(f"{url}/healthz").json()["services"] == {"agents": "down"}
    assert httpx.get(f"{url}/api/sessions").status_code == 401
    assert httpx.get(f"{url}/api/sessions", headers={"Authorization": f"Bearer {password}"}).json() == []


def test_it_listens_on_loopback_unless_told_otherwise(start: Start) -> None:
    process = start()
    assert process.stdout is not None
    assert json.loads(read_line(process.stdout))["host"] == "127.0.0.1"


def test_readiness_is_a_newline_and_the_end_of_the_descriptor(start: Start) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        process = start("--notify-fd", str(writer), fds=(writer,))
        os.close(writer)
        assert select.select([pipe], [], [], 20)[0]
        assert pipe.read(10) == b"\n"
        assert httpx.get(f"{base_url(process)}/api/openapi.json").is_success
        assert select.select([pipe], [], [], 20)[0]
        assert pipe.read(10) == b""


@pytest.mark.parametrize("number", ["-1", "1", "77"])
def test_a_notify_descriptor_that_is_not_open_is_a_configuration_error(start: Start, number: str) -> None:
    code, out, err = finish(start("--notify-fd", number))
    assert (code, out) == (78, "")
    assert err.startswith(f"hatchpod-api: error: --notify-fd: {number} is not an open file descriptor")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_although_clients_are_connected(start: Start, number: signal.Signals) -> None:
    process = start()
    url = httpx.URL(base_url(process))
    with httpx.Client() as client, closing(socket.create_connection((url.host, url.port or 0))) as unfinished:
        client.get(url.join("/healthz"))  # stays connected
        unfinished.sendall(b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        client.get(url.join("/healthz"))
        process.send_signal(number)
        code, _, err = finish(process)
    assert code == 0
    assert "Traceback" not in err


def test_a_port_in_use_is_one_clear_line_and_exit_code_1(start: Start) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = finish(start(PORT=port))
    assert (code, out) == (1, "")
    assert err == f"hatchpod-api: error: PORT: 127.0.0.1 port {port} is in use; stop what listens there, or set PORT\n"


def test_an_address_of_another_machine_is_one_clear_line_and_exit_code_1(start: Start) -> None:
    code, _, err = finish(start(HOST="192.0.2.1"))
    assert code == 1
    assert err.startswith("hatchpod-api: error: HOST: cannot listen on 192.0.2.1")
    assert err.count("\n") == 1


def test_it_does_not_start_without_a_password(start: Start) -> None:
    code, out, err = finish(start(API_PASSWORD_HASH=""))
    assert (code, out) == (78, "")
    assert err.startswith("hatchpod-api: error: API_PASSWORD_HASH: not set")


def test_raw_bytes_on_the_socket_are_refused_and_the_next_client_is_served(start: Start) -> None:
    url = httpx.URL(base_url(start()))
    attempts = [
        b"\xff\xfe\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n",
        b"GET /api/sessions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff\xfe\xfd\r\n\r\n",
        b"GET /%ff%00%2e%2e HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /api/sessions HTTP/1.0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ]
    for attempt in attempts:
        with closing(socket.create_connection((url.host, url.port or 0), timeout=10)) as connection:
            connection.sendall(attempt)
            status = int(connection.recv(12).split()[1])
            assert status in {200, 400, 401, 403, 404}, attempt
    assert httpx.get(url.join("/api/openapi.json")).is_success


def test_the_log_never_holds_credentials(start: Start, password: str) -> None:
    process = start()
    url = base_url(process)
    httpx.get(f"{url}/api/sessions?token=query-secret", headers={"Authorization": "Bearer header-secret"})
    httpx.post(f"{url}/api/login", json={"password": "body-secret"})
    httpx.post(f"{url}/api/login", json={"password": password})
    process.terminate()
    _, out, err = finish(process)
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["wrong password"] * 2
    assert "secret" not in out + err
    assert password not in out + err


def test_its_own_user_does_not_read_its_environment(start: Start) -> None:
    """Agents are such. Root is not, but for one without its rights over others."""
    common = ("setpriv", "--bounding-set=-all") if os.geteuid() == 0 else ()
    process = start(before=common)
    base_url(process)
    with subprocess.Popen([*common, "sleep", "60"], env={"PATH": os.environ["PATH"], "A": "b"}) as other:
        seen = [
            subprocess.run([*common, "cat", f"/proc/{pid}/environ"], capture_output=True, check=False)
            for pid in (process.pid, other.pid)
        ]
        other.kill()
    assert (seen[0].stdout, b"Permission denied" in seen[0].stderr) == (b"", True)
    assert b"A=b\0" in seen[1].stdout


def test_a_kept_connection_does_not_wait_for_acknowledgements(places: Places) -> None:
    """An answer takes 2 ms; it would take 44 with Nagle's algorithm on."""
    with (
        _listen(Settings(password_hash="", places=places, port=0)) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_it_is_small(start: Start) -> None:
    process = start()
    httpx.get(f"{base_url(process)}/healthz")
    status = Path(f"/proc/{process.pid}/status").read_text()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    assert resident < 60_000  # 40,000 usually


def test_pydantic_is_not_loaded_even_where_it_is_installed(start: Start, tmp_path: Path) -> None:
    (tmp_path / "pydantic.py").write_text("import os; os._exit(99)")
    assert httpx.get(base_url(start(PYTHONPATH=f"{SOURCE}:{tmp_path}")) + "/api/openapi.json").is_success
