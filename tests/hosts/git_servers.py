"""`python -m hosts.git_servers SCENARIO FOLDER`: repositories of dotfiles, served by sshd and over HTTP and HTTPS.

The servers are one more container of the scenario, of the workstation image, which has git and sshd. What they serve is
in FOLDER/git; FOLDER/inventory/dotfiles.yml leads two workstations to it.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from e2e.machine import docker, run
from hosts.container import container
from hosts.engine_data import IMAGE

GIT_HTTP = Path(__file__).parents[1] / "standins/git_http.py"
TOKEN = "glpat-a-token-that-only-tests-have"
ODD = "dot files; $(touch oops) & 'quoted'"
ODD_BRANCH = "topic/it's;$(touch${IFS}oops)&`x`"
SSHD = (
    "mkdir -p /run/sshd; exec /usr/sbin/sshd -D -f /dev/null -o HostKey=/srv/keys/host -o PasswordAuthentication=no "
    "-o AuthorizedKeysFile=/srv/keys/deploy.pub -o StrictModes=no -o UsePAM=no -o PermitRootLogin=prohibit-password"
)
SERVE = "exec python3 /srv/git_http.py /srv/git"
TLS = "--certificate /srv/keys/certificate.pem --key /srv/keys/key.pem"
IDENTITY = {f"GIT_{who}_{what}": "t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *words: str | Path) -> str:
    """Run git in a folder; return what it printed."""
    command = ["git", "-c", "protocol.file.allow=always", *map(str, words)]
    return run(*command, cwd=folder, env={**os.environ, **IDENTITY}).stdout.strip()


def publish(folder: Path, name: str, files: dict[str, str], branch: str = "main") -> str:
    """Commit files (scripts can be executed), push them to a repository that is served, and return the commit."""
    bare, work = folder / "git" / name, folder / "authors" / name
    if not bare.exists():
        bare.mkdir(parents=True)
        git(bare, "init", "--quiet", "--bare", f"--initial-branch={branch}")
        work.parent.mkdir(parents=True, exist_ok=True)
        git(folder, "clone", "--quiet", bare, work)
    for path, text in files.items():
        (work / path).write_text(text)
        (work / path).chmod(0o755 if path.endswith(".sh") else 0o644)
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--allow-empty", "--message=change")
    git(work, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
    return git(work, "rev-parse", "HEAD")


def serve(scenario: str, folder: Path) -> str:
    """Start the servers; return their address."""
    name, keys = container(scenario, "git"), folder / "keys"
    keys.mkdir(exist_ok=True)
    (folder / "git").mkdir(exist_ok=True)
    for key in ("host", "deploy"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", str(keys / key))
    volumes = [f"{folder / 'git'}:/srv/git", f"{keys}:/srv/keys", f"{GIT_HTTP}:/srv/git_http.py"]
    mounted = [word for volume in volumes for word in ("--volume", f"{volume}:ro")]
    docker("run", "--detach", "--name", name, "--entrypoint", "sleep", *mounted, IMAGE, "infinity")
    address = docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", name)
    run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
        *("-subj", f"/CN={address}", "-addext", f"subjectAltName=IP:{address}"),
        *("-keyout", str(keys / "key.pem"), "-out", str(keys / "certificate.pem")),
    )
    web = f"{SERVE} 443 --address 0.0.0.0 --token {TOKEN} {TLS}"
    for command in (SSHD, web, f"{SERVE} 80 --address 0.0.0.0"):
        docker("exec", "--detach", name, "sh", "-c", command)
    return address


def workstations(folder: Path, address: str) -> list[dict[str, Any]]:
    """Return two workstations: one with a deploy key and odd names, one with a token."""
    host_key = (folder / "keys/host.pub").read_text()
    return [
        {
            "name": "key",
            "dotfiles_repository": f"ssh://root@{address}/srv/git/{ODD}",
            "dotfiles_branch": ODD_BRANCH,
            "dotfiles_ssh_key": (folder / "keys/deploy").read_text(),
            "dotfiles_known_hosts": [f"{address} {host_key.strip()}"],
        },
        {
            "name": "token",
            "ssh_port": 2223,
            "web_terminal_port": 7682,
            "api_port": 8081,
            "mosh_ports": "60004-60007",
            "dotfiles_repository": f"https://{address}/private/top.git",
            "dotfiles_token": TOKEN,
            "dotfiles_update": True,
        },
    ]


def main() -> None:
    """Make all of it."""
    scenario, folder = sys.argv[1], Path(sys.argv[2])
    for made in ("keys", "git", "authors"):
        shutil.rmtree(folder / made, ignore_errors=True)  # by an earlier run
    address = serve(scenario, folder)
    install = {"install.sh": "#!/bin/sh\necho $(id -un) ran ${0##*/}\n"}
    publish(folder, ODD, install, ODD_BRANCH)
    publish(folder, "private/inner.git", {"inner": "1"})
    publish(folder, "private/top.git", install)
    top = folder / "authors/private/top.git"
    git(top, "submodule", "--quiet", "add", folder / "git/private/inner.git", "sub")
    modules = (top / ".gitmodules").read_text().replace(str(folder / "git"), f"https://{address}")
    publish(folder, "private/top.git", {".gitmodules": modules})
    variables = {"workstations": workstations(folder, address), "git_address": address}
    (folder / "inventory/dotfiles.yml").write_text(yaml.safe_dump({"all": {"vars": variables}}))


def web_address(address: str, name: str) -> str:
    """Return the address at which anybody reads a repository."""
    return f"http://{address}/{quote(name)}"


if __name__ == "__main__":
    main()
