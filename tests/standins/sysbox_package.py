"""Build a STAND-IN for Sysbox's Debian package, for machines that cannot download the real one.

It has the real one's name, version, file name, services and manners: it does not install beside containers while
`daemon.json` lacks `bip` and `default-address-pools`, registers its runtime there and reloads the engine, and takes it
out again on `purge` but not on `remove`. The runtime is the stand-in `sysbox-runc` in this folder: it isolates nothing.

    python3 tests/standins/sysbox_package.py [--version 0.7.1] [--architecture amd64] [--fails] FOLDER

puts it where the role `sysbox` looks for it with `sysbox_mirror` pointing at FOLDER (by `python3 -m http.server`, or as
`file://`), and prints its SHA-256.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUNTIME = Path(__file__).with_name("sysbox-runc")
# The values that the real package sets at boot.
LIMITS = {
    "fs.inotify.max_queued_events": 1048576,
    "fs.inotify.max_user_instances": 1048576,
    "fs.inotify.max_user_watches": 1048576,
    "kernel.keys.maxbytes": 1400000,
    "kernel.keys.maxkeys": 20000,
    "kernel.pid_max": 4194304,
    "vm.max_map_count": 262144,
}
UNITS = ("sysbox", "sysbox-mgr", "sysbox-fs")

CONTROL = """\
Package: sysbox-ce
Version: {version}.linux
Architecture: {architecture}
Maintainer: Hatchpod tests <tests@example.invalid>
Depends: fuse3, iptables, jq, lsb-release, python3, rsync
Description: STAND-IN for Sysbox, for tests only
 Registers a runtime of Sysbox's name which isolates nothing.
"""

UNIT = """\
[Unit]
Description={name} (STAND-IN for tests)
{relations}
[Service]
ExecStart=/bin/sleep infinity

[Install]
WantedBy=multi-user.target
"""
MAIN_RELATIONS = "Requires=sysbox-mgr.service sysbox-fs.service\nAfter=sysbox-mgr.service sysbox-fs.service\n"
PART_RELATIONS = "PartOf=sysbox.service\n"

PREINST = """\
#!/bin/sh
set -eu
config=/etc/docker/daemon.json
[ "$1" = install ] || exit 0
if ! { grep -Eq '^ +"bip": "[0-9]' $config && grep -Eq '^ +"default-address-pools"' $config; } 2>/dev/null &&
  [ -n "$(docker ps --all --quiet 2>/dev/null)" ]; then
  echo 'STAND-IN sysbox-ce: there are containers, and the networks of Docker are not configured' >&2
  exit 1
fi
"""

POSTINST = """\
#!/bin/sh
set -eu
config=/etc/docker/daemon.json
[ "$1" = configure ] || exit 0
{failure}
mkdir -p /var/lib/sysboxfs /etc/docker
[ -s $config ] || echo '{{}}' >$config
if [ "$(jq 'has("runtimes") and (.runtimes | has("sysbox-runc"))' $config)" = false ]; then
  changed=$(mktemp)
  jq --indent 4 '.runtimes["sysbox-runc"] = {{"path": "/usr/bin/sysbox-runc"}}' $config >"$changed"
  cat "$changed" >$config
  rm "$changed"
fi
! engine=$(pidof dockerd) || kill -HUP $engine
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl enable --quiet {units}
  systemctl start {units}
fi
"""

PRERM = """\
#!/bin/sh
set -eu
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable --quiet --now {units}
fi
"""

POSTRM = """\
#!/bin/sh
set -eu
config=/etc/docker/daemon.json
[ ! -d /run/systemd/system ] || systemctl daemon-reload
[ "$1" = purge ] && [ -s $config ] || exit 0
changed=$(mktemp)
jq 'del(.runtimes["sysbox-runc"])' $config >"$changed"
cat "$changed" >$config
rm "$changed"
! engine=$(pidof dockerd) || kill -HUP $engine
"""


@dataclass(frozen=True)
class Package:
    """A package as it was built, in the folder that serves as a mirror."""

    mirror: Path
    version: str
    architecture: str

    @property
    def path(self) -> Path:
        name = f"sysbox-ce_{self.version}-0.linux_{self.architecture}.deb"
        return self.mirror / f"v{self.version}" / name

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @property
    def release(self) -> dict[str, Any]:
        """The value of `sysbox_release` for it."""
        return {"version": self.version, "sha256": {self.architecture: self.sha256}}


def own_architecture() -> str:
    """Return Debian's name of this machine's architecture."""
    command = ["dpkg", "--print-architecture"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def build(mirror: Path, version: str = "0.7.1", architecture: str = "", *, fails: bool = False) -> Package:
    """Build the package into a mirror's folder. With `fails` its installation ends with an error."""
    package = Package(mirror, version, architecture or own_architecture())
    failure = "echo 'STAND-IN sysbox-ce: made to fail' >&2; exit 1" if fails else ""
    units = " ".join(f"{unit}.service" for unit in UNITS)
    scripts = {
        "preinst": PREINST,
        "postinst": POSTINST.format(failure=failure, units=units),
        "prerm": PRERM.format(units=units),
        "postrm": POSTRM,
    }
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        for folder in ("DEBIAN", "usr/bin", "usr/lib/sysctl.d", "usr/lib/systemd/system"):
            (root / folder).mkdir(parents=True)
        control = CONTROL.format(version=version, architecture=package.architecture)
        (root / "DEBIAN/control").write_text(control)
        for script, text in scripts.items():
            (root / "DEBIAN" / script).write_text(text)
            (root / "DEBIAN" / script).chmod(0o755)
        shutil.copy(RUNTIME, root / "usr/bin/sysbox-runc")
        (root / "usr/bin/sysbox-runc").chmod(0o755)
        limits = "".join(f"{limit} = {value}\n" for limit, value in LIMITS.items())
        (root / "usr/lib/sysctl.d/99-sysbox-sysctl.conf").write_text(limits)
        for unit in UNITS:
            relations = MAIN_RELATIONS if unit == "sysbox" else PART_RELATIONS
            text = UNIT.format(name=unit, relations=relations)
            (root / "usr/lib/systemd/system" / f"{unit}.service").write_text(text)
        package.path.parent.mkdir(parents=True, exist_ok=True)
        command = ["dpkg-deb", "--build", "--root-owner-group", str(root), str(package.path)]
        subprocess.run(command, check=True, capture_output=True)
    return package


def main() -> None:
    """Build what the arguments say, and print its SHA-256."""
    parser = argparse.ArgumentParser(description="Build the STAND-IN package of Sysbox for tests.")
    parser.add_argument("folder", type=Path, help="folder that serves as a mirror")
    parser.add_argument("--version", default="0.7.1")
    parser.add_argument("--architecture", default="", help="amd64 or arm64; this machine's by default")
    parser.add_argument("--fails", action="store_true", help="make its installation fail")
    given = parser.parse_args()
    sys.stdout.write(build(given.folder, given.version, given.architecture, fails=given.fails).sha256 + "\n")


if __name__ == "__main__":
    main()
