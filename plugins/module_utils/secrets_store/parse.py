"""From the task's arguments to a `Request`. All problems are reported together, before anything is touched."""

from __future__ import annotations

import grp
import os
import pwd
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from ansible.module_utils.secrets_store import hashes, kinds
from ansible.module_utils.secrets_store.lock import LOCK_NAME
from ansible.module_utils.secrets_store.model import Attributes, Derived, Request, Secret, SecretError, State
from ansible.module_utils.secrets_store.plan import paths_of

DIRECTORY_MODE = 0o700
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_MODE = re.compile(r"0?[0-7]{3}")
_WIDEST_MODE = 0o640

Arguments = Mapping[str, Any]


def parse(arguments: Arguments) -> Request:
    problems: list[str] = []
    directory = arguments["directory"]
    if not _is_plain_path(directory):
        problems.append("directory must be an absolute path without '..', '//' or a '/' at its end")
    if arguments["lock_timeout"] < 0:
        problems.append("lock_timeout must not be negative")
    secrets = []
    for entry in arguments["secrets"]:
        try:
            secret = _secret(entry, arguments["state"], directory)
        except SecretError as error:
            problems.append(f"{entry['variable'] or entry['name']}: {error}")
        else:
            secrets.append(secret)
            problems += _problems(secret)
    problems += _collisions(directory, secrets)
    if problems:
        raise SecretError("\n".join(problems))
    return Request(
        directory=directory,
        directory_attributes=Attributes(os.geteuid(), os.getegid(), DIRECTORY_MODE),
        lock_timeout=arguments["lock_timeout"],
        secrets=tuple(secrets),
    )


def _secret(entry: Arguments, state: State, directory: str) -> Secret:
    if not _NAME.fullmatch(entry["name"]):
        raise SecretError("name must be a file name of letters, digits, '_', '-' and '.', not beginning with a '.'")
    kind = entry["kind"]
    value = str(entry["value"]) if entry["value"] else None
    if kind in {"ssh_keypair", "text"} and value:
        value = value.strip()
    return Secret(
        name=entry["name"],
        path=f"{directory}/{entry['name']}",
        kind=kind,
        state=cast("State", entry["state"] or state),
        regenerate=entry["regenerate"],
        variable=entry["variable"],
        length=kinds.DEFAULT_LENGTH.get(kind, 0) if entry["length"] is None else entry["length"],
        alphabet=kinds.DEFAULT_ALPHABET if entry["alphabet"] is None else entry["alphabet"],
        key_type=entry["key_type"],
        comment=entry["comment"],
        attributes=_attributes(entry),
        derived=tuple(_derived(item, directory) for item in entry["derived"] or ()),
        value=value,
    )


def _derived(entry: Arguments, directory: str) -> Derived:
    algorithm = entry["algorithm"]
    path = entry["path"] if entry["path"].startswith("/") else f"{directory}/{entry['path']}"
    if not _is_plain_path(path):
        raise SecretError("path of derived must be a path without '..', '//' or a '/' at its end")
    placeholder = "{value}" if algorithm == "plain" else "{hash}"
    template = entry["format"] or placeholder
    if template.count(placeholder) != 1 or not (template.isascii() and template.isprintable()):
        raise SecretError(f"format of {path} must be one line of ASCII with {placeholder} in it exactly once")
    rounds = hashes.SHA512CRYPT_ROUNDS if entry["rounds"] is None else entry["rounds"]
    if not hashes.SHA512CRYPT_FEWEST_ROUNDS <= rounds <= hashes.SHA512CRYPT_MOST_ROUNDS:
        raise SecretError(f"rounds of {path} must be between {hashes.SHA512CRYPT_FEWEST_ROUNDS} and 10 million")
    if entry["rounds"] is not None and algorithm != "sha512crypt":
        raise SecretError(f"rounds of {path} mean nothing to {algorithm}, only to sha512crypt")
    return Derived(path=path, algorithm=algorithm, template=template, rounds=rounds, attributes=_attributes(entry))


def _problems(secret: Secret) -> list[str]:
    """What is wrong with one well-formed entry."""
    if secret.state == "absent":
        return []
    found = []
    if issue := kinds.length_problem(secret.kind, secret.length, secret.alphabet):
        found.append(f"{secret.label}: {issue}")
    if secret.kind in {"ssh_keypair", "text"} and secret.derived:
        found.append(f"{secret.label}: derived cannot be made from an SSH key pair or a text")
    if not (secret.comment.isascii() and secret.comment.isprintable()):
        found.append(f"{secret.label}: comment must be one line of ASCII")
    if secret.state == "rotated" and (secret.value or secret.kind in kinds.GIVEN_KINDS):
        found.append(_cannot_rotate(secret))
    if secret.value and (issue := kinds.problem(secret, secret.value) or _hash_problem(secret, secret.value)):
        found.append(_refused(secret, issue))
    return found


def _hash_problem(secret: Secret, value: str) -> str | None:
    return next(filter(None, (hashes.problem(derived.algorithm, value) for derived in secret.derived)), None)


def _refused(secret: Secret, issue: str) -> str:
    fix = f"Set {secret.label} to {kinds.expectation(secret)}"
    if secret.kind == "password":
        fix += " which is not well known"
    if secret.kind not in kinds.GIVEN_KINDS:
        fix += ", or leave it empty to have one generated"
    return f"{secret.label} is refused: {issue}. {fix}"


def _cannot_rotate(secret: Secret) -> str:
    fix = "give it another value to change it"
    if secret.kind not in kinds.GIVEN_KINDS:
        fix += ", or empty it and rotate again to have one generated"
    return f"{secret.label} cannot be rotated, because its value is given and not generated: {fix}"


def _collisions(directory: str, secrets: list[Secret]) -> list[str]:
    """Two secrets, or their files, in one place."""
    paths = Counter(path for secret in secrets for path in paths_of(secret))
    paths[f"{directory}/{LOCK_NAME}"] += 1
    return [f"{path} is used more than once" for path, count in paths.items() if count > 1]


def _is_plain_path(path: str) -> bool:
    return path.startswith("/") and path != "/" and os.path.normpath(path) == path and "\0" not in path


def _attributes(entry: Arguments) -> Attributes:
    mode = str(entry["mode"])
    if not _MODE.fullmatch(mode) or int(mode, 8) & ~_WIDEST_MODE or not int(mode, 8) & 0o400:
        raise SecretError(
            "mode must be a quoted octal number that lets the owner read and gives others nothing, such as '0600'"
        )
    return Attributes(_user(entry["owner"]), _group(entry["group"]), int(mode, 8))


def _user(name: str | None) -> int:
    if name is None:
        return os.geteuid()
    try:
        return int(name) if name.isdecimal() else pwd.getpwnam(name).pw_uid
    except KeyError:
        raise SecretError(f"owner {name} is not a user of this host") from None


def _group(name: str | None) -> int:
    if name is None:
        return os.getegid()
    try:
        return int(name) if name.isdecimal() else grp.getgrnam(name).gr_gid
    except KeyError:
        raise SecretError(f"group {name} is not a group of this host") from None
