"""Who a person is to others: git's identity, SSH and GPG keys, known hosts, and GitHub's command."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from hatchpod_home import gpg
from hatchpod_home.files import HomeError, read, write
from hatchpod_home.merge import MISSING, merge
from hatchpod_home.programs import run
from hatchpod_home.record import Change, Record

GITHUB_HELPER = "!gh auth git-credential"


def apply(record: Record, wanted: dict[str, Any], secrets: dict[str, str]) -> None:
    """Bring the keys, then git, which names them, in line with what is `wanted`."""
    record.attempt(_apply_ssh_key, secrets.get("SSH_KEY"))
    record.attempt(_apply_known_hosts, wanted.get("known_hosts") or MISSING)
    record.attempt(gpg.apply, secrets.get("GPG_KEY"))
    record.attempt(_apply_git, wanted)


def _apply_ssh_key(record: Record, key: str | None) -> None:
    """Put the key where `ssh` looks for one of its type."""
    base: dict[str, str] = record.ours.get("ssh_key", {})
    if key is None and not base:
        return
    folder = record.home / ".ssh"
    digest, public, file = "", "", base.get("file", "")
    if key is not None:
        key = f"{key.strip()}\n"  # without the newline, OpenSSH takes it for none
        digest = _digest(key)
        public = _public_half(key)
        file = f"id_{public.split()[0].removeprefix('ssh-').removeprefix('sk-').split('-')[0]}"
    if (base and base["file"] != file) or key is None:
        _remove_ssh_key(record, base)
    if key is None:
        return
    path = folder / file
    present = read(path)
    ours = base.get("digest") if base.get("file") == file else None
    if present is not None and _digest(present) == digest:
        return
    if (present is None and ours == digest) or (present is not None and _digest(present) != ours):
        record.kept.append(str(path))
        return
    record.changes.append(Change(str(path)))
    if not record.check:
        folder.mkdir(mode=0o700, exist_ok=True)
        write(path, key)
        write(path.with_name(f"{file}.pub"), f"{public}\n", 0o644)
    record.own("ssh_key", {"file": file, "digest": digest, "public": public})


def _remove_ssh_key(record: Record, base: dict[str, str]) -> None:
    path = record.home / ".ssh" / base["file"]
    present = read(path)
    if present is not None and _digest(present) == base["digest"]:
        record.changes.append(Change(str(path)))
        if not record.check:
            path.unlink()
            path.with_name(f"{path.name}.pub").unlink(missing_ok=True)
    elif present is not None:
        record.kept.append(str(path))
    record.own("ssh_key", None)


def _public_half(key: str) -> str:
    with tempfile.NamedTemporaryFile("w", dir="/dev/shm") as file:
        file.write(key)
        file.flush()
        try:
            return run("ssh-keygen", "-y", "-P", "", "-f", file.name).strip()
        except HomeError:
            raise HomeError("identity_ssh_key is no private SSH key without a pass phrase; set another one") from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()


def _apply_known_hosts(record: Record, wanted: Any) -> None:
    base = record.ours.get("known_hosts", MISSING)
    if base is MISSING and wanted is MISSING:
        return
    path = record.home / ".ssh/known_hosts"
    lines = (read(path) or "").splitlines()
    done = merge(base, lines, wanted)
    if done.changed:
        after = [] if done.value is MISSING else done.value
        record.changes.append(Change(str(path), "\n".join(lines), "\n".join(after)))
        if not record.check:
            write(path, "".join(f"{line}\n" for line in after))
    if done.kept:
        record.kept.append(str(path))
    record.own("known_hosts", done.base, missing=MISSING)


def _apply_git(record: Record, wanted: dict[str, Any]) -> None:
    """Settings of git, one value each; a key that somebody gave several values is theirs."""
    base = record.ours.get("git", MISSING)
    settings = _git_settings(record, wanted)
    if base is MISSING and not settings:
        return
    current = _git_config(record.home)
    done = merge(base, current, settings or MISSING)
    after = {} if done.value is MISSING else done.value
    for (key,) in done.changed:
        record.changes.append(Change(f"git config {key}", current.get(key), after.get(key)))
        if record.check:
            continue
        if key in after:
            run("git", "config", "--global", key, after[key])
        else:
            run("git", "config", "--global", "--unset", key)
    record.kept += [f"git config {key}" for (key,) in done.kept]
    record.own("git", done.base, missing=MISSING)


def _git_settings(record: Record, wanted: dict[str, Any]) -> dict[str, str]:
    """Return git's settings by their names; those about signing name the key that is there, if none is named."""
    settings = {_canonical(key): str(value) for key, value in (wanted.get("git") or {}).items()}
    if host := wanted.get("github_host"):
        settings.setdefault(f"credential.https://{host}.helper", GITHUB_HELPER)
    if settings.get("commit.gpgsign") == "true" and "user.signingkey" not in settings:
        if settings.get("gpg.format") == "ssh":
            key = record.ours.get("ssh_key", {}).get("file")
            name = f"~/.ssh/{key}.pub" if key else None
        else:
            name = record.ours.get("gpg_key", {}).get("fingerprint")
        if name:
            settings["user.signingkey"] = name
    return settings


def _git_config(home: Path) -> dict[str, Any]:
    """Return the user's settings; several values of one key as a list."""
    if not any((home / name).exists() for name in (".gitconfig", ".config/git/config")):
        return {}
    found: dict[str, Any] = {}
    for entry in run("git", "config", "--global", "--list", "-z").split("\0"):
        key, _, value = entry.partition("\n")
        if key:
            found[key] = [found[key], value] if key in found else value
    return found


def _canonical(key: str) -> str:
    """Return a setting's name as git lists it: section and last word in lower case."""
    section, _, rest = key.partition(".")
    middle, dot, last = rest.rpartition(".")
    return f"{section.lower()}.{middle}{dot}{last.lower()}"
