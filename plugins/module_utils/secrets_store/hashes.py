"""What may be derived from a secret: hashes for /etc/shadow, nginx and the API.

`yescrypt` and `sha512crypt` come from the system's libcrypt, the same code that `login` and `sshd` verify with;
Python's own `crypt` is gone since 3.13. `argon2id` comes from Debian's python3-argon2.
"""

from __future__ import annotations

import ctypes
import functools
import hmac
import os
import sys
from collections.abc import Callable
from typing import Any

from ansible.module_utils.secrets_store.model import Algorithm, SecretError

PREFIXES = {"yescrypt": b"$y$", "sha512crypt": b"$6$"}
YESCRYPT_COST = 5  # Debian's own, about 20 ms
SHA512CRYPT_ROUNDS = 100_000  # about 40 ms
SHA512CRYPT_FEWEST_ROUNDS = 5_000  # the format's default, about 2 ms
SHA512CRYPT_MOST_ROUNDS = 10_000_000
CRYPT_OUTPUT_SIZE = 384
CRYPT_DATA_SIZE = 32768
CRYPT_MAXIMUM_BYTES = 511
RANDOM_BYTES = 16

# RFC 9106's second recommended set; also argon2-cffi's default, so the API's own check agrees.
ARGON2 = {"time_cost": 3, "memory_cost": 65536, "parallelism": 4, "hash_len": 32, "salt_len": 16}


def make(algorithm: Algorithm, value: str, rounds: int = SHA512CRYPT_ROUNDS) -> str:
    """A new digest with a new salt; for `plain` the value itself."""
    if algorithm == "plain":
        return value
    if algorithm == "argon2id":
        return str(_argon2().hash(value))
    return _crypt(value, _setting(algorithm, rounds))


def matches(algorithm: Algorithm, value: str, digest: str, rounds: int = SHA512CRYPT_ROUNDS) -> bool:
    """Whether `digest` was made from `value` by this algorithm with today's parameters."""
    if algorithm == "plain":
        return _same(value, digest)
    if algorithm == "argon2id":
        return _argon2_matches(value, digest)
    parameters, *_ = digest.rsplit("$", 2)  # before salt and hash
    if parameters != _setting(algorithm, rounds).rsplit("$", 1)[0]:
        return False
    try:
        return _same(_crypt(value, digest), digest)
    except SecretError:
        return False


def problem(algorithm: Algorithm, value: str) -> str | None:
    """Why `value` cannot be hashed, if so."""
    if algorithm in PREFIXES and len(value.encode()) > CRYPT_MAXIMUM_BYTES:
        return f"it is longer than the {CRYPT_MAXIMUM_BYTES} bytes that {algorithm} can hash"
    return None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


@functools.cache
def _libcrypt() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libcrypt.so.1", use_errno=True)
    except OSError:
        raise SecretError("libcrypt.so.1 cannot be loaded on this host. Run: apt-get install libcrypt1") from None
    library.crypt_gensalt_rn.restype = ctypes.c_char_p
    library.crypt_gensalt_rn.argtypes = (
        ctypes.c_char_p,
        ctypes.c_ulong,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
    )
    library.crypt_rn.restype = ctypes.c_char_p
    library.crypt_rn.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int)
    return library


def _setting(algorithm: Algorithm, rounds: int) -> str:
    """Prefix, parameters and a fresh salt, such as `$y$j9T$...`."""
    cost = rounds if algorithm == "sha512crypt" else YESCRYPT_COST
    output = ctypes.create_string_buffer(CRYPT_OUTPUT_SIZE)
    random = os.urandom(RANDOM_BYTES)
    setting = _libcrypt().crypt_gensalt_rn(PREFIXES[algorithm], cost, random, len(random), output, len(output))
    if not setting:
        raise SecretError(f"libcrypt of this host does not know {algorithm} ({os.strerror(ctypes.get_errno())})")
    return bytes(setting).decode("ascii")


def _crypt(value: str, setting: str) -> str:
    data = ctypes.create_string_buffer(CRYPT_DATA_SIZE)
    try:
        digest = _libcrypt().crypt_rn(value.encode(), setting.encode(), data, len(data))
        if not digest:
            raise SecretError(f"libcrypt refused to hash ({os.strerror(ctypes.get_errno())})")
        return bytes(digest).decode("ascii")
    finally:
        ctypes.memset(data, 0, len(data))


@functools.cache
def _argon2() -> Any:
    try:
        import argon2
    except ImportError:
        raise SecretError(
            f"argon2id needs the Python module argon2 for {sys.executable} on this host. "
            "Run: apt-get install python3-argon2"
        ) from None
    hasher: Callable[..., Any] = argon2.PasswordHasher
    return hasher(**ARGON2)


def _argon2_matches(value: str, digest: str) -> bool:
    hasher = _argon2()
    import argon2.exceptions

    if not digest.startswith("$argon2id$"):
        return False
    try:
        return bool(hasher.verify(digest, value)) and not hasher.check_needs_rehash(digest)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHash):
        return False
