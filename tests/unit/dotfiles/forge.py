"""Where dotfiles come from: real repositories, served by real sshd and by git over HTTPS, each of the test's own."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

GIT_HTTP = Path(__file__).parents[2] / "standins/git_http.py"
SSHD = Path("/usr/sbin/sshd")
TOKEN = "glpat-/a+token%that only:tests have".replace(" ", "_")
IDENTITY = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_CONFIG_GLOBAL": "/dev/null"}
IDENTITY |= {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org", "GIT_CONFIG_SYSTEM": "/dev/null"}


def git(folder: Path, *words: str | Path) -> str:
    """Run git as the owner of a folder would; return what it printed."""
    command = ["git", "-C", folder, "-c", "protocol.file.allow=always", *words]
    done = subprocess.run(command, env={**os.environ, **IDENTITY}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@dataclass
class Upstream:
    """A bare repository at `path`, and where its author works on it."""

    path: Path
    work: Path

    def __post_init__(self) -> None:
        self.path.mkdir(parents=True)
        git(self.path, "init", "--quiet", "--bare", "--initial-branch=main")
        self.work.mkdir(parents=True)
        git(self.work, "init", "--quiet", "--initial-branch=main")
        git(self.work, "remote", "add", "origin", self.path)

    def commit(self, files: Mapping[str, str], executable: str = "*.sh", branch: str = "main") -> str:
        """Commit files and push them; return the commit."""
        if branch != git(self.work, "symbolic-ref", "--short", "HEAD"):
            git(self.work, "switch", "--quiet", f"--create={branch}")
        for name, text in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755 if path.match(executable) else 0o644)
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--allow-empty", "--message=change")
        return self.push(branch)

    def push(self, branch: str = "main") -> str:
        """Push a branch, whatever is there; return its commit."""
        git(self.work, "push", "--quiet", "--force", "origin", branch)
        return git(self.work, "rev-parse", "HEAD")


def free_port() -> int:
    """Return a port that nothing uses now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """Run a server until it is no longer needed."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{command} does not listen:\n{log.read_text()}")
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(30)


def key_pair(path: Path, passphrase: str = "") -> Path:
    """Make an SSH key."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", path.name, "-f", str(path)]
    subprocess.run(command, check=True)
    return path


@dataclass
class SshForge:
    """OpenSSH's sshd, which lets one key in."""

    folder: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        if not SSHD.exists():
            pytest.skip("sshd is not installed (openssh-server)")
        self.folder.mkdir(parents=True)
        self.host_key = key_pair(self.folder / "host")
        self.key = key_pair(self.folder / "deploy")

    def address(self, path: Path) -> str:
        """Return the address of a repository."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{path}"

    @property
    def known_hosts(self) -> str:
        """The line of its host key."""
        return f"[127.0.0.1]:{self.port} {self.host_key.with_suffix('.pub').read_text()}"

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        """Run it."""
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        options = [f"Port={self.port}", "ListenAddress=127.0.0.1", f"HostKey={self.host_key}", "PidFile=none"]
        options += [f"AuthorizedKeysFile={self.key}.pub", "UsePAM=no", "PasswordAuthentication=no", "StrictModes=no"]
        options += ["KbdInteractiveAuthentication=no", "PermitRootLogin=prohibit-password"]
        arguments = [word for option in options for word in ("-o", option)]
        with running([str(SSHD), "-D", "-e", "-f", "/dev/null", *arguments], self.port, self.folder / "log"):
            yield


@dataclass
class WebForge:
    """git over HTTPS, with a certificate of its own authority; what is under private/ wants the token."""

    folder: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        (self.folder / "root").mkdir(parents=True)
        self.certificate, self.key = self.folder / "certificate.pem", self.folder / "key.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        command += ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        command += ["-keyout", str(self.key), "-out", str(self.certificate)]
        subprocess.run(command, check=True, capture_output=True)

    def upstream(self, name: str) -> Upstream:
        """Make a repository that it serves."""
        return Upstream(self.folder / "root" / name, self.folder / "work" / name)

    def address(self, name: str, *, quoted: bool = True) -> str:
        """Return the address of a repository."""
        return f"https://127.0.0.1:{self.port}/{quote(name) if quoted else name}"

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        """Run it."""
        command = [shutil.which("python3") or sys.executable, str(GIT_HTTP), str(self.folder / "root"), str(self.port)]
        command += ["--token", TOKEN, "--certificate", str(self.certificate), "--key", str(self.key)]
        with running(command, self.port, self.folder / "log"):
            yield
