"""The one password, known by its argon2 hash."""

import hashlib
import hmac
import secrets

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from hatchpod_api.password_policy import MAXIMUM_LENGTH, is_well_known

MAX_PASSWORD_BYTES = 1024


class Password:
    """The one password, known by its argon2 hash.

    Argon2 takes 64 MiB and about 0.1 s, so it runs in a thread, one at a time, and only until the
    password was seen once: from then on a keyed digest of it decides, in constant time, for right and
    wrong candidates alike. The key is random and lives as long as the process. An empty or well-known
    password is never right, whatever the hash was made from.
    """

    def __init__(self, argon2_hash: str) -> None:
        self.hash = argon2_hash
        self._hasher = PasswordHasher()
        self._key = secrets.token_bytes(32)
        self._accepted: bytes | None = None
        self._lane = anyio.Lock()
        self._slow_lane = anyio.Lock()

    async def matches(self, candidate: bytes, *, suspect: bool = False) -> bool:
        """Whether this is the password. At most one `suspect` waits for argon2, so that many of them delay nobody."""
        digest = hashlib.blake2b(candidate, key=self._key).digest()
        if self._accepted is not None:
            return hmac.compare_digest(digest, self._accepted)
        if len(candidate) > MAX_PASSWORD_BYTES or is_unacceptable(candidate):
            return False
        if suspect:
            async with self._slow_lane:
                return await self._first_match(candidate, digest)
        return await self._first_match(candidate, digest)

    async def _first_match(self, candidate: bytes, digest: bytes) -> bool:
        async with self._lane:
            if self._accepted is not None:  # learned while this request waited
                return hmac.compare_digest(digest, self._accepted)
            if not await anyio.to_thread.run_sync(self._verify, candidate):
                return False
            self._accepted = digest
            return True

    def _verify(self, candidate: bytes) -> bool:
        try:
            return self._hasher.verify(self.hash, candidate)
        except VerificationError:
            return False


def hash_password(password: bytes) -> str:
    return PasswordHasher().hash(password)


def is_unacceptable(password: bytes) -> bool:
    """Empty or well known; nothing longer than the policy's longest password is looked at."""
    return not password or (len(password) <= MAXIMUM_LENGTH and is_well_known(password.decode(errors="replace")))
