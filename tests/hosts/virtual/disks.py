"""The two disks that a machine's own are laid over: Debian 13 with its kernel, and `/var/lib/docker` with the image."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from e2e.machine import ROOT, run
from hosts import engine_data
from hosts.system import ADMIN, apt_lines, machine_certificates

CACHE = ROOT / ".cache/virtual"
SUITE = "trixie"
SIZE = "12G"  # each; sparse, so a disk takes what is written to it
BUILD_LIMIT = 1200  # seconds
# As little as a provider's image has: python3-apt comes there with unattended-upgrades.
PACKAGES = (
    *("ca-certificates", "dbus", "initramfs-tools", "iproute2", "linux-image-cloud-amd64", "openssh-server"),
    *("python3", "python3-apt", "sudo", "systemd-resolved", "systemd-sysv", "zstd"),
)
FILES = {
    "etc/fstab": "LABEL=root / ext4 defaults 0 1\nLABEL=docker /var/lib/docker ext4 defaults 0 2\n",
    "etc/hostname": "vps\n",
    "etc/hosts": "127.0.0.1 localhost\n127.0.1.1 vps\n",
    "etc/systemd/network/10-ethernet.network": "[Match]\nName=en*\n\n[Network]\nDHCP=yes\n",
    f"etc/sudoers.d/{ADMIN}": f"{ADMIN} ALL=(ALL:ALL) NOPASSWD: ALL\n",
}
# Timers that update by themselves are off, so that what a test sees of apt is its own.
SET_UP = f"""
set -eu
useradd --create-home --shell /bin/bash {ADMIN}
chmod 0440 /etc/sudoers.d/{ADMIN}
mkdir -m 0710 /var/lib/docker
systemctl --quiet enable ssh systemd-networkd systemd-resolved
systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer
update-ca-certificates
touch -d '30 days ago' /var/lib/apt/lists  # old lists are not taken for fresh ones
: > /etc/machine-id
"""


@dataclass(frozen=True)
class System:
    """A disk with Debian, and what starts it."""

    folder: Path

    @property
    def disk(self) -> Path:
        return self.folder / "disk.raw"

    @property
    def kernel(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        return self.folder / "initrd.img"

    @property
    def host_key(self) -> str:
        """The public half of the SSH host key that every machine of this disk shows."""
        return (self.folder / "ssh_host_ed25519_key.pub").read_text()


def system() -> System:
    """Return the disk with Debian; made where it is not there."""
    lines, certificates = apt_lines(SUITE), machine_certificates()
    recipe = json.dumps([lines, certificates, PACKAGES, FILES, SET_UP, SIZE], sort_keys=True)
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:12]
    return System(_kept(f"system-{digest}", lambda folder: _make_system(folder, lines, certificates)))


def engine() -> Path:
    """Return the disk for `/var/lib/docker` with the workstation image; made where it is not there."""
    data = engine_data.with_image()

    def make(folder: Path) -> None:
        run("mkfs.ext4", "-q", "-L", "docker", "-d", str(data), str(folder / "disk.raw"), SIZE, timeout=BUILD_LIMIT)

    return _kept(data.name, make) / "disk.raw"


def _kept(name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder of this name in the cache. `make` fills a new one; earlier ones of the same kind go."""
    folder = CACHE / name
    if folder.is_dir():
        return folder
    for superseded in CACHE.glob(f"{name.partition('-')[0]}-*"):
        shutil.rmtree(superseded)
    CACHE.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=CACHE, prefix=f"{name.partition('-')[0]}-partial-"))
    try:
        make(partial)
        partial.rename(folder)  # nobody sees a half-made disk
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder


def _make_system(folder: Path, lines: list[str], certificates: list[str]) -> None:
    """Bootstrap Debian and make a disk of it."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="system-partial-root-") as scratch:
        root = Path(scratch, "root")
        run(
            *(
                "mmdebstrap",
                "--mode=root",
                "--variant=minbase",
                f"--include={','.join(PACKAGES)}",
                SUITE,
                str(root),
                "-",
            ),
            input="".join(f"{line}\n" for line in lines),
            timeout=BUILD_LIMIT,
        )
        for name, content in FILES.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content)
        for number, certificate in enumerate(certificates):
            (root / f"usr/local/share/ca-certificates/machine-{number:03}.crt").write_text(certificate)
        run("chroot", str(root), "sh", "-c", SET_UP)
        for pattern, name in [("vmlinuz-*", "vmlinuz"), ("initrd.img-*", "initrd.img")]:
            shutil.copy(next((root / "boot").glob(pattern)), folder / name)
        shutil.copy(root / "etc/ssh/ssh_host_ed25519_key.pub", folder)
        run("mkfs.ext4", "-q", "-L", "root", "-d", str(root), str(folder / "disk.raw"), SIZE, timeout=BUILD_LIMIT)
