"""Real servers for repositories, each a process of the test's own on the loopback interface: OpenSSH's sshd, and
versitygw, which speaks S3 and keeps objects as files.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SSHD = Path("/usr/sbin/sshd")
S3_SERVER = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
S3_CACHE = ROOT / ".cache/go"
ACCESS_KEY = "AKIATESTS0NLY"
SECRET_KEY = "a-secret-key-that-only-tests-have"


def free_port() -> int:
    """Return a port that nothing uses now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a process listens."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail(f"{process.args!r} does not listen:\n{log.read_text()}")


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path, **environment: str) -> Iterator[None]:
    """Run a server until it is no longer needed."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **environment})
    try:
        await_port(port, process, log)
        yield
    finally:
        process.terminate()
        process.wait(30)


def key_pair(path: Path) -> Path:
    """Make an SSH key without pass phrase."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)], check=True)
    return path


@dataclass
class SftpServer:
    """An sshd that lets one key in and offers SFTP alone."""

    folder: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        if not SSHD.exists():
            pytest.skip("sshd is not installed (openssh-server)")
        self.folder.mkdir()
        self.replace_host_key("host")
        self.authorized = self.folder / "authorized_keys"
        self.authorized.touch(mode=0o600)
        self.data = self.folder / "data"
        self.data.mkdir()

    def replace_host_key(self, name: str) -> None:
        self.host_key = key_pair(self.folder / name)

    @property
    def repository(self) -> str:
        return f"sftp:{getpass.getuser()}@127.0.0.1:{self.data}/pod home"

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        """Run it."""
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        options = [f"Port={self.port}", "ListenAddress=127.0.0.1", f"HostKey={self.host_key}", "PidFile=none"]
        options += [f"AuthorizedKeysFile={self.authorized}", "UsePAM=no", "PasswordAuthentication=no"]
        options += ["KbdInteractiveAuthentication=no", "StrictModes=no", "Subsystem=sftp internal-sftp"]
        options += ["ForceCommand=internal-sftp", "PermitRootLogin=prohibit-password"]
        arguments = [word for option in options for word in ("-o", option)]
        log = self.folder / "log"
        with running([str(SSHD), "-D", "-e", "-f", "/dev/null", *arguments], self.port, log):
            yield


def s3_program() -> Path:
    """Return the S3 server, built once."""
    program = S3_CACHE / "bin/versitygw"
    if not program.exists():
        go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin:/usr/lib/go/bin")
        if go is None:
            pytest.skip("there is no Go to build the S3 server with")
        environment = {**os.environ, "GOBIN": str(program.parent), "GOFLAGS": ""}
        built = subprocess.run([go, "install", S3_SERVER], env=environment, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr[-3000:]
    return program


@dataclass
class S3Server:
    """An S3 server behind TLS, with a certificate of its own authority."""

    folder: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.program = s3_program()
        (self.folder / "data").mkdir(parents=True)
        self.certificate, self.key = self.folder / "certificate.pem", self.folder / "key.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        command += ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        command += ["-keyout", str(self.key), "-out", str(self.certificate)]
        subprocess.run(command, check=True, capture_output=True)

    @property
    def repository(self) -> str:
        return f"s3:https://127.0.0.1:{self.port}/bucket/hatchpod"

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        """Run it."""
        command = [str(self.program), "--port", f"127.0.0.1:{self.port}", "--quiet"]
        command += ["--cert", str(self.certificate), "--key", str(self.key), "posix", str(self.folder / "data")]
        keys = {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}
        with running(command, self.port, self.folder / "log", **keys):
            yield
