"""What a secret of each kind looks like: how it is made, what a given one and a stored one must be like."""

from __future__ import annotations

import math
import re
import secrets
import uuid

from ansible.module_utils import password_policy
from ansible.module_utils.secrets_store import ssh_keys
from ansible.module_utils.secrets_store.model import Kind, Secret

# Nothing that looks like something else (l 1 I, o 0 O), nothing a shell or an address would interpret.
DEFAULT_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
DEFAULT_LENGTH: dict[Kind, int] = {"password": 24, "hex": 64, "base64url": 43}
MINIMUM_ENTROPY_BITS = 96
MINIMUM_ALPHABET = 16
MAXIMUM_LENGTH = 4096
MAXIMUM_TEXT_LENGTH = 256 * 1024
# Made elsewhere: given once, and never generated.
GIVEN_KINDS: frozenset[Kind] = frozenset({"token", "text"})
# A shorter token is a mistake, and hiding it wherever it occurs would garble Ansible's output.
MINIMUM_TOKEN_LENGTH = 8

_BITS_PER_CHARACTER: dict[Kind, float] = {"hex": 4, "base64url": 6}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


def generate(secret: Secret) -> str:
    """A new value from the operating system's random source (SSH keys: see `ssh_keys`)."""
    match secret.kind:
        case "password":
            return _password(secret.length, secret.alphabet)
        case "hex":
            return secrets.token_hex(secret.length // 2)
        case "base64url":
            return secrets.token_urlsafe(secret.length * 3 // 4)
        case "uuid":
            return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
    raise ValueError(secret.kind)


def _password(length: int, alphabet: str) -> str:
    """Drawn again in the rare case that chance made a word or a run which the policy would refuse later."""
    while True:
        value = "".join(secrets.choice(alphabet) for _ in range(length))
        if not password_policy.problem(value):
            return value


def length_problem(kind: Kind, length: int, alphabet: str) -> str | None:
    """Why such values could not be made, or could be guessed."""
    if kind not in DEFAULT_LENGTH:
        return None
    if length > MAXIMUM_LENGTH or (kind == "password" and length > password_policy.MAXIMUM_LENGTH):
        return "length is too large"
    if kind == "hex" and length % 2:
        return "length must be even for kind=hex"
    if kind == "base64url" and length % 4 == 1:
        return "length must not leave a remainder of 1 when divided by 4 for kind=base64url"
    if kind == "password" and (issue := _alphabet_problem(alphabet)):
        return issue
    per_character = _BITS_PER_CHARACTER.get(kind) or math.log2(len(alphabet))
    if length * per_character < MINIMUM_ENTROPY_BITS:
        return f"length must be at least {math.ceil(MINIMUM_ENTROPY_BITS / per_character)}, or the value can be guessed"
    return None


def _alphabet_problem(alphabet: str) -> str | None:
    if not alphabet.isascii() or not alphabet.isprintable() or " " in alphabet:
        return "alphabet must hold printable ASCII characters and no space"
    if len(set(alphabet)) != len(alphabet):
        return "alphabet must not hold a character twice"
    if len(alphabet) < MINIMUM_ALPHABET or sum(map(str.isalpha, alphabet)) * 2 < len(alphabet):
        return f"alphabet must hold at least {MINIMUM_ALPHABET} characters, half of them letters"
    return None


def problem(secret: Secret, value: str) -> str | None:
    """What is wrong with a value, given by the user or found on disk.

    One rule for both: a stored value may be one that the user gave earlier.
    """
    if secret.kind == "password":
        return password_policy.problem(value)
    return _form_problem(secret, value)


def expectation(secret: Secret) -> str:
    """What a file or a value of this kind holds, for messages."""
    return {
        "password": f"one line with a password of {password_policy.MINIMUM_LENGTH} characters or more",
        "hex": f"one line of {secret.length} hexadecimal digits",
        "base64url": f"one line of {secret.length} characters out of A-Z a-z 0-9 - _",
        "uuid": "one UUID",
        "ssh_keypair": "one private SSH key without pass phrase",
        "text": f"{MINIMUM_TOKEN_LENGTH} or more ASCII characters in one or several lines",
        "token": f"one line of {MINIMUM_TOKEN_LENGTH} or more printable ASCII characters without a space",
    }[secret.kind]


def _form_problem(secret: Secret, value: str) -> str | None:
    if not value:
        return "it is empty"
    if secret.kind == "ssh_keypair":
        return None if value.isascii() and ssh_keys.public_key(value) else "it is no such key"
    if secret.kind == "text":
        return _text_problem(value)
    if not value.isascii() or not value.isprintable() or " " in value:
        return "it holds a space, a line break or another character that cannot be part of it"
    if secret.kind == "uuid":
        return None if _UUID.fullmatch(value) else "it is no UUID"
    if secret.kind == "token":
        return _token_problem(value)
    if len(value) != secret.length:
        return f"it has {len(value)} characters"
    characters = r"[0-9a-fA-F]*" if secret.kind == "hex" else r"[A-Za-z0-9_-]*"
    return None if re.fullmatch(characters, value) else "it holds other characters"


def _text_problem(value: str) -> str | None:
    if not MINIMUM_TOKEN_LENGTH <= len(value) <= MAXIMUM_TEXT_LENGTH:
        return f"it has {len(value)} characters"
    if not value.isascii() or not all(line.isprintable() for line in value.replace("\t", " ").splitlines()):
        return "it holds a character that is no printable ASCII"
    return None


def _token_problem(value: str) -> str | None:
    if len(value) > MAXIMUM_LENGTH:
        return f"it is longer than {MAXIMUM_LENGTH} characters"
    if len(value) < MINIMUM_TOKEN_LENGTH:
        return f"it is shorter than {MINIMUM_TOKEN_LENGTH} characters"
    if password_policy.is_well_known(value):
        return "it is a well-known value"
    return None
