"""What an engine keeps of the workstation image, made once and copied into hosts: 4 s where loading it takes 25 s."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.machine import PLAYBOOK_LIMIT, ROOT, docker, run
from hosts.privileges import PRIVILEGES

CACHE = ROOT / ".cache/hosts"
IMAGE = "hatchpod/workstation:latest"
# A STAND-IN for the base image: the workstation image without what the last steps of its build make. A build upon it
# runs all steps and takes nothing from a cache, but finds its packages installed.
BASE = "hatchpod-test/base:warm"
WARM = """
FROM {image}
RUN userdel hatchpod \\
 && rm -rf /opt/hatchpod/bin /opt/hatchpod/lib /opt/hatchpod/ui /usr/local/bin/* /etc/environment /etc/s6/env
"""
LOADER_NAME = "hatchpod-host-loader"
LOAD_LIMIT = 600  # seconds
# An engine of the image's own, without networks, that takes an image from standard input.
LOADER = """
echo '{}' >/tmp/daemon.json
dockerd --config-file=/tmp/daemon.json --bridge=none --iptables=false --ip6tables=false >/tmp/log 2>&1 &
for _ in $(seq 120); do docker info >/dev/null 2>&1 && break; sleep 0.5; done
docker load || { tail -20 /tmp/log; exit 1; }
kill %1
wait
"""


def machine_image() -> str:
    """Bring up this machine's engine and its workstation image as everybody does; return the image's name."""
    run(
        *(str(Path(sys.executable).with_name("ansible-playbook")), "--inventory", "inventory/localhost.yml"),
        *("playbooks/image.yml", "--extra-vars", "docker_host_restart=defer"),
        cwd=ROOT,
        timeout=PLAYBOOK_LIMIT,
    )
    names = docker("image", "inspect", "--format", '{{join .RepoTags "\\n"}}', IMAGE).split()
    return next(name for name in names if name != IMAGE)


def with_image() -> Path:
    """Return a copy of /var/lib/docker that holds the workstation image and BASE; made once for each image."""
    image = machine_image()
    recipe = hashlib.sha256((WARM + LOADER).encode()).hexdigest()[:8]
    folder = CACHE / f"engine-{image.rpartition(':')[2]}-{recipe}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another scenario, run by hand, may want the same
        if folder.is_dir():
            return folder
        docker("rm", "--force", LOADER_NAME, check=False)  # of a run that was killed
        for superseded in CACHE.glob("engine-*"):
            shutil.rmtree(superseded)
        partial = CACHE / "engine-partial"
        partial.mkdir()
        _load(image, partial)
        partial.rename(folder)
    return folder


def _load(image: str, folder: Path) -> None:
    """Let an engine of its own put the images into an empty folder."""
    run("docker", "build", "--quiet", "--tag", BASE, "-", input=WARM.format(image=image), timeout=LOAD_LIMIT)
    with subprocess.Popen(["docker", "save", image, IMAGE, BASE], stdout=subprocess.PIPE) as saving:
        done = subprocess.run(
            [
                *("docker", "run", "--name", LOADER_NAME, "--rm", "--interactive", "--network", "none", *PRIVILEGES),
                *("--tmpfs", "/run", "--volume", f"{folder}:/var/lib/docker", "--entrypoint", "bash"),
                *(image, "-c", LOADER),
            ],
            stdin=saving.stdout,
            capture_output=True,
            text=True,
            timeout=LOAD_LIMIT,
            check=False,
        )
    if done.returncode:
        pytest.fail(f"the workstation image could not be loaded:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    # Of the engine that loaded it nothing but the image stays: each host's engine is another one.
    for path in folder.iterdir():
        if path.name not in {"image", "overlay2"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
