"""The real Tailscale and Headscale, built by Go from the module proxy into `.cache/tailnet`, once for each version.

Each is built in the folder of its own module, so that its own go.mod and go.sum say what it is made of; the checksum
here pins the module itself.
"""

from __future__ import annotations

import fcntl
import functools
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

CACHE = Path(__file__).resolve().parents[2] / ".cache/tailnet"
BUILD_LIMIT = 1800  # seconds for one program; four minutes of two idle processors make both
DOWNLOAD_LIMIT = 600
GO_FOLDERS = "/usr/local/go/bin:/usr/lib/go/bin"
# Where the machine's own Go is older than the programs need, this one, which is a module as well.
GO_NEEDED = (1, 26, 4)
GO_MODULE, GO_VERSION = "golang.org/toolchain", "v0.0.1-go1.26.8"
GO_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Program:
    """A program of a Go module, by name; `tags` leave out of it, or put into it, what its authors made optional."""

    name: str
    module: str
    version: str
    checksum: str
    package: str
    tags: str = ""
    stamps: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Where it is once it is built."""
        return CACHE / f"{self.name}-{self.version.removeprefix('v')}"

    @property
    def link_flags(self) -> str:
        """What the linker writes into it: its version, where a build of the authors would have it."""
        return " ".join(["-s", "-w", *(f"-X {name}={self.version.removeprefix('v')}" for name in self.stamps)])


HEADSCALE = Program(
    name="headscale",
    module="github.com/juanfont/headscale",
    version="v0.29.2",
    checksum="h1:eW7zz5yiVlSP1+5zUgPM2YWOoSNkzgX0wBMt5T4zF9g=",
    package="./cmd/headscale",
)
# One program that is both, by the name that it is called by, as Tailscale builds it for small systems. What it leaves
# out is the storage of state in AWS and Kubernetes, half of what would have to be compiled.
TAILSCALE = Program(
    name="tailscaled",
    module="tailscale.com",
    version="v1.98.10",
    checksum="h1:kq9LiAavNNmtfM13LNuLAyWekcbuej95duR6ZkBBKYs=",
    package="./cmd/tailscaled",
    tags="ts_include_cli,ts_omit_aws,ts_omit_kube",
    stamps=("tailscale.com/version.longStamp", "tailscale.com/version.shortStamp"),
)


def headscale() -> Path:
    """Return the path of `headscale`."""
    return _built(HEADSCALE)


def tailscaled() -> Path:
    """Return the path of `tailscaled`."""
    return _built(TAILSCALE)


def tailscale() -> Path:
    """Return the path of `tailscale`, the same program under its other name."""
    program = _built(TAILSCALE)
    command = CACHE / "bin/tailscale"
    if not command.is_symlink() or command.readlink() != program:
        command.parent.mkdir(exist_ok=True)
        partial = command.with_name(f"tailscale.{os.getpid()}")
        partial.symlink_to(program)
        partial.replace(command)
    return command


@functools.cache
def _built(program: Program) -> Path:
    """Return a program's path; build it where it is not there."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may build the same
        if not program.path.exists():
            for superseded in CACHE.glob(f"{program.name}-*"):
                superseded.unlink()
            _build(program)
    return program.path


def _build(program: Program) -> None:
    """Build a program, at low priority and without a C compiler."""
    go = _go()
    source, checksum = _download(go, program.module, program.version)
    if checksum != program.checksum:
        pytest.fail(f"{program.module} {program.version} has the checksum {checksum}, expected {program.checksum}")
    partial = CACHE / "partial"
    command = ["nice", str(go), "build", "-mod=readonly", "-trimpath", "-tags", program.tags]
    command += ["-ldflags", program.link_flags, "-o", str(partial), program.package]
    done = _run(command, source, BUILD_LIMIT)
    if done.returncode:
        pytest.fail(f"{program.name} could not be built:\n{done.stderr[-3000:]}")
    partial.rename(program.path)


def _go() -> Path:
    """Return a Go that is new enough, from the module proxy where the machine's own is too old."""
    found = shutil.which("go") or shutil.which("go", path=GO_FOLDERS)
    if found is None:
        pytest.skip("there is no Go to build Headscale and Tailscale with (golang-go)")
    printed = _run([found, "version"], CACHE, DOWNLOAD_LIMIT).stdout
    version = re.search(r"go(\d+)\.(\d+)(?:\.(\d+))?", printed)
    if version and tuple(int(part or 0) for part in version.groups()) >= GO_NEEDED:
        return Path(found)
    architecture = GO_ARCHITECTURES[os.uname().machine]
    folder, _ = _download(Path(found), GO_MODULE, f"{GO_VERSION}.linux-{architecture}")
    for program in [*(folder / "bin").iterdir(), *(folder / "pkg/tool").rglob("*")]:
        if program.is_file():
            program.chmod(0o755)  # modules carry no modes
    return folder / "bin/go"


def _download(go: Path, module: str, version: str) -> tuple[Path, str]:
    """Download a module; return its folder and its checksum."""
    done = _run([str(go), "mod", "download", "-json", f"{module}@{version}"], CACHE, DOWNLOAD_LIMIT)
    if done.returncode:
        pytest.fail(f"{module} {version} could not be downloaded:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    answer = json.loads(done.stdout)
    return Path(answer["Dir"]), str(answer["Sum"])


def _run(command: list[str], folder: Path, limit: float) -> subprocess.CompletedProcess[str]:
    """Run Go in a folder, without what this machine's settings would add to a build."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=limit, check=False
    )
