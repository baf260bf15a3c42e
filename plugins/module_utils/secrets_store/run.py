"""Carry a request out: lock, look, write everything beside its place, then put it there."""

from __future__ import annotations

import dataclasses
import os
import secrets
from collections import defaultdict
from pathlib import Path

from ansible.module_utils.secrets_store import kinds, ssh_keys
from ansible.module_utils.secrets_store.files import TEMPORARY_NAME, Files, attributes_of, set_attributes, untrusted
from ansible.module_utils.secrets_store.lock import locked
from ansible.module_utils.secrets_store.model import Action, Change, Plan, Request, Secret, SecretError
from ansible.module_utils.secrets_store.plan import paths_of, plan


def run(request: Request, *, check: bool) -> tuple[Change, Plan]:
    """What became of the directory and of its secrets; with `check`, what would become of them."""
    if found := untrusted(request.directory):
        issue, remedy = found
        raise SecretError(f"{issue}, so secrets in {request.directory} would not be safe. Put that right by: {remedy}")
    with Files(request.directory_attributes) as files:
        directory = _plan_directory(request, files)
        if check:
            return directory, plan(request, files, None)
        if directory.action == "absent":
            return directory, _apply(request, files)
        if directory.action == "created":
            plan(request, files, None)  # a problem with other files shall not leave a new directory behind
        folder = files.ensure(request.directory)
        if directory.action == "created" and request.directory not in files.made:
            directory = dataclasses.replace(directory, action="kept")  # another run was quicker
        if directory.action == "repaired":
            set_attributes(folder, request.directory_attributes)
        with locked(folder, request.directory, request.lock_timeout):
            return directory, _apply(request, files)


def _plan_directory(request: Request, files: Files) -> Change:
    folder = files.directory(request.directory)
    wanted = request.directory_attributes
    before = None if folder is None else attributes_of(os.fstat(folder))
    action: Action = "kept" if before == wanted else "repaired"
    if before is None:
        action = "created" if any(secret.state != "absent" for secret in request.secrets) else "absent"
    return Change(secret="", path=request.directory, action=action, before=before, after=wanted)


def _apply(request: Request, files: Files) -> Plan:
    _sweep(request, files)
    planned = plan(request, files, lambda secret: _make(secret, request.directory))
    for change in planned.changes:
        if change.content is not None and change.after is not None:
            files.stage(change.path, change.content, change.after)
    files.commit()
    for change in planned.changes:
        if change.action == "repaired" and change.after is not None:
            files.repair(change.path, change.after)
        if change.action == "removed":
            files.remove(change.path)
    return planned


def _make(secret: Secret, directory: str) -> str:
    if secret.kind != "ssh_keypair":
        return kinds.generate(secret)
    scratch = Path(directory, TEMPORARY_NAME.format(name=secret.name, token=secrets.token_hex(8)))
    return ssh_keys.generate(secret.key_type, secret.comment, scratch)


def _sweep(request: Request, files: Files) -> None:
    """Our own directory is swept of every left-over file, others only of those of our files."""
    names: dict[str, set[str]] = defaultdict(set)
    for path in (path for secret in request.secrets for path in paths_of(secret)):
        parent, name = os.path.split(path)
        names[parent].add(name)
    for parent, owned in names.items():
        files.sweep(parent, names=None if parent == request.directory else frozenset(owned))
