"""The words the other files share: what was asked for, what was found, what will change.

Values are kept out of every `repr`, so that no message or traceback can carry one by accident.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["password", "hex", "base64url", "uuid", "ssh_keypair", "token", "text"]
State = Literal["present", "absent", "rotated"]
Regenerate = Literal["never", "nonconforming"]
Algorithm = Literal["yescrypt", "sha512crypt", "argon2id", "plain"]
Action = Literal["created", "kept", "replaced", "rotated", "repaired", "removed", "absent"]

CONTENT_ACTIONS = frozenset({"created", "replaced", "rotated", "removed"})


class SecretError(Exception):
    """Something the user has to know and can put right; its text never holds a secret."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """Who may read a file."""

    owner: int
    group: int
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A file made from a secret: one line, `template` with the hash (or the value) in its place."""

    path: str
    algorithm: Algorithm
    template: str
    rounds: int
    attributes: Attributes

    @property
    def placeholder(self) -> str:
        return "{value}" if self.algorithm == "plain" else "{hash}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    name: str
    path: str
    kind: Kind
    state: State
    regenerate: Regenerate
    variable: str | None
    length: int
    alphabet: str
    key_type: str
    comment: str
    attributes: Attributes
    derived: tuple[Derived, ...]
    value: str | None = field(repr=False)

    @property
    def label(self) -> str:
        """What the user has to look for in the inventory."""
        return self.variable or self.name

    @property
    def public_path(self) -> str:
        return f"{self.path}.pub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    directory: str
    directory_attributes: Attributes
    lock_timeout: float
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it was found."""

    attributes: Attributes
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one file. `content` is None where it stays, or where check mode cannot know it."""

    secret: str
    path: str
    action: Action
    before: Attributes | None
    after: Attributes | None
    content: bytes | None = field(default=None, repr=False)

    @property
    def content_changes(self) -> bool:
        return self.action in CONTENT_ACTIONS

    @property
    def changes(self) -> bool:
        return self.content_changes or self.action == "repaired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    changes: tuple[Change, ...]
    values: dict[str, str] = field(repr=False)
    public_keys: dict[str, str]
