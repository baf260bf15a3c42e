"""The images that hosts start from: as little as a provider's Debian image has, made from this machine's mirror."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
import tempfile
from pathlib import Path

import pytest
from ansible.module_utils.workstation_image import apt_sources, extra_certificates, mirror_lines

from e2e.machine import docker

NAME = "hatchpod-test/host"
ADMIN = "admin"
PACKAGES = "ca-certificates,dbus,iproute2,openssh-server,python3,sudo,systemd-sysv"
MIRROR_LIMIT = 600  # seconds
# What a provider's first boot would do, run in the new root. Timers that update by themselves are off, so that what
# a test sees of apt is its own; the kernel is this machine's, so that no module can be loaded.
CUSTOMIZE = f"""
chroot "$1" update-ca-certificates
chroot "$1" useradd --create-home --shell /bin/bash {ADMIN}
echo '{ADMIN} ALL=(ALL) NOPASSWD: ALL' > "$1/etc/sudoers.d/{ADMIN}"
chmod 0440 "$1/etc/sudoers.d/{ADMIN}"
chroot "$1" systemctl mask apt-daily.timer apt-daily-upgrade.timer systemd-modules-load.service
"""


def apt_lines(suite: str) -> list[str]:
    """Return apt's lines for a suite, with the mirrors that this machine uses itself."""
    folder = Path("/etc/apt/sources.list.d")
    files = [Path("/etc/apt/sources.list"), *sorted(folder.glob("*.list")), *sorted(folder.glob("*.sources"))]
    sources = [
        source
        for path in files
        if path.is_file()
        for source in apt_sources(path.read_text(), deb822=path.suffix == ".sources")
    ]
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return mirror_lines(sources, release["VERSION_CODENAME"].strip('"'), suite)


def machine_certificates() -> list[str]:
    """Return what this machine trusts beyond Debian: behind a proxy that inspects TLS its hosts must trust it, too."""
    return extra_certificates(Path("/etc/ssl/certs/ca-certificates.crt"), Path("/usr/share/ca-certificates"))


def host_image(suite: str) -> str:
    """Return the name of the image for hosts of this suite; make it where it is not there."""
    lines = apt_lines(suite)
    certificates = machine_certificates()
    recipe = "\n".join([*lines, PACKAGES, CUSTOMIZE, *certificates])
    image = f"{NAME}:{suite}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    known = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", NAME).split()
    if image not in known:
        _make(image, suite, lines, certificates)
        for superseded in known:
            if superseded.startswith(f"{NAME}:{suite}-"):
                docker("image", "rm", "--force", superseded)
    return image


def _make(image: str, suite: str, lines: list[str], certificates: list[str]) -> None:
    """Bootstrap a root and import it."""
    with tempfile.TemporaryDirectory(prefix="hatchpod-host-") as folder:
        for number, certificate in enumerate(certificates):
            Path(folder, f"machine-{number:03}.crt").write_text(certificate)
        copy = [
            f"--customize-hook=copy-in {shlex.quote(str(path))} /usr/local/share/ca-certificates"
            for path in sorted(Path(folder).iterdir())
        ]
        root, log = Path(folder, "root.tar"), Path(folder, "log")
        with log.open("wb") as output:
            done = subprocess.run(
                [
                    *("mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", *copy),
                    *(f"--customize-hook={CUSTOMIZE}", suite, str(root), "-"),
                ],
                input="".join(f"{line}\n" for line in lines).encode(),
                stdout=output,
                stderr=output,
                timeout=MIRROR_LIMIT,
                check=False,
            )
        if done.returncode:
            pytest.fail(f"no root of Debian {suite} could be made:\n{log.read_text()[-3000:]}")
        docker(
            *("import", "--change", 'CMD ["/lib/systemd/systemd"]', "--change", "ENV container=docker"),
            *(str(root), image),
        )
