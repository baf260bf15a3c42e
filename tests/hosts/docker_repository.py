"""`python -m hosts.docker_repository`: a STAND-IN for Docker's apt repository, made on the spot and served locally.

Debian's own Docker packages, renamed as Docker names its own and signed with a new key, are put into the scenario's
mirror; the variables that lead the role to them are written into its inventory. So the role goes the way that it
goes with Docker's repository: key, checksum, source, packages.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import tempfile
from email.utils import formatdate
from pathlib import Path

import yaml

from e2e.machine import docker, run
from hosts.scenario import Scenario

SUITE = "trixie"
LIMIT = 600  # seconds
# Docker's name: Debian's packages that it is made of.
PACKAGES = {
    "containerd.io": ["containerd", "runc"],
    "docker-buildx-plugin": ["docker-buildx"],
    "docker-ce": ["docker.io"],
    "docker-ce-cli": ["docker-cli"],
    "docker-compose-plugin": ["docker-compose"],
}
RENAMED = {debian: name for name, parts in PACKAGES.items() for debian in parts}


def _depends(controls: list[str]) -> str:
    """Return what the packages need besides each other, those of ours by their new names."""
    wanted = []
    for control in controls:
        field = re.search(r"^Depends: (.*)$", control, re.MULTILINE)
        wanted += re.split(r",\s*", field.group(1)) if field else []
    renamed = [RENAMED.get(one.split()[0].split(":")[0], one) for one in wanted]
    return ", ".join(dict.fromkeys(renamed))


def _repack(name: str, debs: list[Path], pool: Path, work: Path) -> str:
    """Build one package of Docker's name into the pool; return its entry in the repository's list."""
    root = work / name
    controls = [run("dpkg-deb", "--field", str(deb)).stdout for deb in debs]
    run("dpkg-deb", "--raw-extract", str(debs[0]), str(root))
    for deb in debs[1:]:
        run("dpkg-deb", "--extract", str(deb), str(root))
    fields = dict(re.findall(r"^(Version|Architecture): (.*)$", controls[0], re.MULTILINE))
    depends = ", ".join(one for one in _depends(controls).split(", ") if one != name)
    control = (
        f"Package: {name}\nVersion: {fields['Version']}\nArchitecture: {fields['Architecture']}\n"
        f"Maintainer: Hatchpod tests <tests@example.invalid>\nDepends: {depends}\n"
        f"Description: STAND-IN for Docker's package, from Debian's {' and '.join(PACKAGES[name])}\n"
    )
    (root / "DEBIAN/control").write_text(control)
    (root / "DEBIAN/md5sums").unlink(missing_ok=True)
    target = pool / f"{name}.deb"
    run("dpkg-deb", "--build", "--root-owner-group", "-Zgzip", str(root), str(target), timeout=LIMIT)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    return f"{control}Filename: pool/{target.name}\nSize: {target.stat().st_size}\nSHA256: {digest}\n"


def _sign(release: Path, key: Path) -> None:
    """Sign the repository with a key of its own; leave the public one beside it."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "GNUPGHOME": home}
        gpg = ["gpg", "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""]
        run(*gpg, "--quick-generate-key", "hatchpod-test", "default", "default", "1d", env=environment)
        run(*gpg, "--clearsign", "--output", str(release.with_name("InRelease")), str(release), env=environment)
        run(*gpg, "--armor", "--output", str(key), "--export", "hatchpod-test", env=environment)
        run("gpgconf", "--kill", "all", env=environment)


def make(scenario: Scenario) -> Path:
    """Make the repository in the scenario's mirror; return its folder."""
    repository = scenario.folder / "mirror/docker"
    shutil.rmtree(repository, ignore_errors=True)
    pool, lists = repository / "pool", repository / f"dists/{SUITE}/stable/binary-amd64"
    pool.mkdir(parents=True)
    lists.mkdir(parents=True)
    source = scenario.container("mirror")  # a Debian of that suite
    names = " ".join(RENAMED)
    fetch = f"apt-get update -qq && mkdir -p /var/debs && cd /var/debs && apt-get download -q {names}"
    run("docker", "exec", source, "sh", "-ec", fetch, timeout=LIMIT)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        docker("cp", f"{source}:/var/debs", str(work))
        found = {path.name.split("_")[0]: path for path in (work / "debs").iterdir()}
        entries = [_repack(name, [found[one] for one in PACKAGES[name]], pool, work) for name in sorted(PACKAGES)]
    listed = "\n".join(entries).encode()
    (lists / "Packages").write_bytes(listed)
    (lists / "Packages.gz").write_bytes(gzip.compress(listed))
    release = repository / f"dists/{SUITE}/Release"
    sums = [
        f" {hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_size} {path.relative_to(release.parent)}"
        for path in sorted(lists.iterdir())
    ]
    release.write_text(
        f"Origin: hatchpod-test\nSuite: {SUITE}\nCodename: {SUITE}\nDate: {formatdate(usegmt=True)}\n"
        f"Architectures: amd64\nComponents: stable\nSHA256:\n" + "\n".join(sums) + "\n"
    )
    _sign(release, repository / "gpg")
    return repository


def main() -> None:
    """Make the repository and write the variables that lead to it."""
    scenario = Scenario.current()
    repository = make(scenario)
    address = docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", scenario.container("mirror"))
    checksum = hashlib.sha256((repository / "gpg").read_bytes()).hexdigest()
    variables = {
        "docker_host_source": "docker",
        "docker_host_repository": f"http://{address}/docker",
        "docker_host_repository_key": f"http://{address}/docker/gpg",
        "docker_host_repository_key_checksum": f"sha256:{checksum}",
    }
    inventory = scenario.folder / "inventory/repository.yml"
    inventory.write_text(yaml.safe_dump({"all": {"vars": variables}}))


if __name__ == "__main__":
    main()
