"""What has to change: compares what was asked for with what is on disk, and writes nothing.

Check mode and a real run share this code. They differ in one thing: only a real run makes new values
(`make`), in check mode a new value stays unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ansible.module_utils.secrets_store import hashes, kinds, ssh_keys
from ansible.module_utils.secrets_store.files import Files
from ansible.module_utils.secrets_store.model import (
    Action,
    Attributes,
    Change,
    Derived,
    Plan,
    Request,
    Secret,
    SecretError,
    Stored,
)

PUBLIC_KEY_MODE = 0o644

Make = Callable[[Secret], str]


class Decision(NamedTuple):
    """What becomes of a secret's own file. `value` is None when it cannot be known yet (check mode)."""

    action: Action
    value: str | None


def plan(request: Request, files: Files, make: Make | None) -> Plan:
    """Every problem with the files on disk is reported together."""
    changes: list[Change] = []
    values: dict[str, str] = {}
    public_keys: dict[str, str] = {}
    problems: list[str] = []
    for secret in request.secrets:
        try:
            decision, found = _plan_secret(secret, files, make)
        except SecretError as error:
            problems.append(str(error))
            continue
        changes += found
        if decision.value is not None:
            values[secret.name] = decision.value
            if secret.kind == "ssh_keypair":
                public_keys[secret.name] = ssh_keys.public_key(decision.value) or ""
    if problems:
        raise SecretError("\n".join(problems))
    return Plan(changes=tuple(changes), values=values, public_keys=public_keys)


def _plan_secret(secret: Secret, files: Files, make: Make | None) -> tuple[Decision, list[Change]]:
    stored = files.read(secret.path)
    if secret.state == "absent":
        return Decision("removed", None), [_removal(secret, path, files) for path in paths_of(secret)]
    decision = _decide(secret, stored)
    if decision.value is None and make is not None:
        decision = decision._replace(value=make(secret))
    text = None if decision.value is None else _encode(decision.value)
    changes = [_change(secret, secret.path, decision.action, stored, text, secret.attributes)]
    if secret.kind == "ssh_keypair":
        changes.append(_public_key_change(secret, decision, files))
    changes += [_derived_change(secret, derived, decision, files) for derived in secret.derived]
    return decision, changes


def paths_of(secret: Secret) -> Iterator[str]:
    """Every file of a secret."""
    yield secret.path
    if secret.kind == "ssh_keypair":
        yield secret.public_path
    yield from (derived.path for derived in secret.derived)


def _decide(secret: Secret, stored: Stored | None) -> Decision:
    if secret.value is not None:
        return _decide_given(secret.value, stored)
    if stored is None:
        if secret.kind in kinds.GIVEN_KINDS:
            raise SecretError(_token_is_missing(secret))
        return Decision("created", None)
    if secret.state == "rotated":
        return Decision("rotated", None)
    value = _decode(stored.content)
    problem = "it is not plain text" if value is None else kinds.problem(secret, value)
    if problem is None:
        return Decision("kept", value)
    if secret.regenerate == "nonconforming" and secret.kind not in kinds.GIVEN_KINDS:
        return Decision("replaced", None)
    raise SecretError(_nonconforming(secret, problem))


def _decide_given(given: str, stored: Stored | None) -> Decision:
    if stored is None:
        return Decision("created", given)
    return Decision("kept" if _decode(stored.content) == given else "replaced", given)


def _change(
    secret: Secret, path: str, action: Action, stored: Stored | None, content: bytes | None, wanted: Attributes
) -> Change:
    before = stored.attributes if stored else None
    if action == "kept":
        action, content = ("kept" if before == wanted else "repaired"), None
    return Change(secret=secret.name, path=path, action=action, before=before, after=wanted, content=content)


def _removal(secret: Secret, path: str, files: Files) -> Change:
    stored = files.read(path)
    before = stored.attributes if stored else None
    return Change(secret=secret.name, path=path, action="removed" if stored else "absent", before=before, after=None)


def _public_key_change(secret: Secret, decision: Decision, files: Files) -> Change:
    stored = files.read(secret.public_path)
    line = None if decision.value is None else ssh_keys.public_key(decision.value)
    action: Action = "replaced" if stored else "created"
    if stored and line and ssh_keys.same_key(line, stored.content.decode("ascii", "replace")):
        action = "kept"
    wanted = Attributes(secret.attributes.owner, secret.attributes.group, PUBLIC_KEY_MODE)
    return _change(secret, secret.public_path, action, stored, None if line is None else _encode(line), wanted)


def _derived_change(secret: Secret, derived: Derived, decision: Decision, files: Files) -> Change:
    stored = files.read(derived.path)
    action: Action = "replaced" if stored else "created"
    content = None
    if decision.value is not None:
        if stored and _is_current(derived, decision.value, stored):
            action = "kept"
        else:
            digest = hashes.make(derived.algorithm, decision.value, derived.rounds)
            content = _encode(derived.template.replace(derived.placeholder, digest))
    return _change(secret, derived.path, action, stored, content, derived.attributes)


def _is_current(derived: Derived, value: str, stored: Stored) -> bool:
    line = _decode(stored.content)
    before, after = derived.template.split(derived.placeholder)
    if line is None or len(line) < len(before) + len(after) or not (line.startswith(before) and line.endswith(after)):
        return False
    return hashes.matches(derived.algorithm, value, line[len(before) : len(line) - len(after)], derived.rounds)


def _encode(value: str) -> bytes:
    return f"{value}\n".encode("ascii")


def _decode(content: bytes) -> str | None:
    """The text without the line break at its end; None if it is no text."""
    try:
        return content.decode("ascii").removesuffix("\n")
    except UnicodeDecodeError:
        return None


def _nonconforming(secret: Secret, problem: str) -> str:
    ways = [f"set {secret.variable} to the value it shall have"] if secret.variable else []
    ways += ["remove the file to have a new one made"] if secret.kind not in kinds.GIVEN_KINDS else []
    ways += ["restore it from a backup"]
    return (
        f"{secret.path} does not hold {kinds.expectation(secret)}: {problem}. "
        f"It was left as it is. Fix: {', or '.join(ways)}, then run this again"
    )


def _token_is_missing(secret: Secret) -> str:
    return f"{secret.label} is not set, and {secret.path} holds none yet; it cannot be generated. Set {secret.label}"
