"""What opens a private repository, there for as long as git needs it, and never in an address or an argument."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

from hatchpod_dotfiles import DotfilesError
from hatchpod_dotfiles.place import Place
from hatchpod_dotfiles.settings import Settings

# GitHub takes any user name with a token, GitLab too; one that the address names comes first.
USER_OF_TOKENS = "oauth2"


@contextlib.contextmanager
def access(settings: Settings, place: Place) -> Iterator[dict[str, str]]:
    """Give the variables with which git gets in without asking anybody; forget the secrets afterwards."""
    shutil.rmtree(place.secrets, ignore_errors=True)  # of a run that was killed
    place.secrets.mkdir(mode=0o700, parents=True)
    try:
        yield {
            **place.environment,
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": shlex.join(ssh(settings, place)),
            **credential(settings, place.secrets / "credentials"),
        }
    finally:
        shutil.rmtree(place.secrets, ignore_errors=True)


def put(path: Path, text: str) -> Path:
    """Write a file that its owner alone reads, from its first byte."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return path


def ssh(settings: Settings, place: Place) -> list[str]:
    """Return the ssh command. A host whose key is not known beforehand is refused: it could be anybody's."""
    known = put(place.secrets / "known_hosts", settings.known_hosts.rstrip("\n") + "\n")
    options = ["BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "ConnectTimeout=30"]
    options.append(f'UserKnownHostsFile="{known}" "{place.home}/.ssh/known_hosts"')
    command = ["ssh", *(word for option in options for word in ("-o", option))]
    if settings.ssh_key:
        key = put(place.secrets / "key", settings.ssh_key.strip() + "\n")
        # -P "": a key with a pass phrase would be asked for it at each use, by nobody.
        check = ["ssh-keygen", "-y", "-P", "", "-f", str(key)]
        if subprocess.run(check, env=dict(place.environment), capture_output=True, check=False).returncode:
            raise DotfilesError(
                f"{settings.name('DOTFILES_SSH_KEY')} is no private SSH key without pass phrase: make one by "
                f"`ssh-keygen -t ed25519 -N '' -f FILE` and set it to what FILE holds"
            )
        command += ["-i", str(key), "-o", "IdentitiesOnly=yes"]
    return command


def credential(settings: Settings, store: Path) -> dict[str, str]:
    """Return git's settings for the token: git's own helper reads it from a file, for the repository's host alone."""
    if not settings.token:
        return {}
    parts = urlsplit(settings.repository)
    user, _, host = parts.netloc.rpartition("@")
    put(store, f"https://{user or USER_OF_TOKENS}:{quote(settings.token, safe='')}@{host}\n")
    helpers = ["", f"store --file={shlex.quote(str(store))}"]  # an empty one drops those that the user has
    pairs = {
        f"GIT_CONFIG_{part}_{number}": value
        for number, helper in enumerate(helpers)
        for part, value in (("KEY", "credential.helper"), ("VALUE", helper))
    }
    return {"GIT_CONFIG_COUNT": str(len(helpers)), **pairs}
