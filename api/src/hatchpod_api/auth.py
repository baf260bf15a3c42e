"""Who may come in: the password, the browser's cookie, and the limit on wrong guesses."""

import hashlib
import hmac
import logging
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from hatchpod_api.errors import NotAuthenticatedError, TooManyAttemptsError
from hatchpod_api.password_policy import MAXIMUM_LENGTH, is_well_known

Clock = Callable[[], float]

ATTEMPTS = 10
ATTEMPTS_WINDOW = 15 * 60
MAX_PASSWORD_BYTES = 1024
LOGIN_LIFETIME = 30 * 24 * 3600

_MAX_ADDRESSES = 10_000
_MAX_LOGINS = 1_000

logger = logging.getLogger(__name__)


class Password:
    """The one password, known by its argon2 hash.

    Argon2 takes 64 MiB and about 0.1 s, so it runs in a thread, one at a time, and only until the
    password was seen once: from then on a keyed digest of it decides, in constant time, for right and
    wrong candidates alike. The key is random and lives as long as the process. An empty or well-known
    password is never right, whatever the hash was made from.
    """

    def __init__(self, argon2_hash: str) -> None:
        self._hash = argon2_hash
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
            return self._hasher.verify(self._hash, candidate)
        except VerificationError:
            return False


class Failures:
    """Wrong guesses of each address within a sliding window; the longest silent address is forgotten first."""

    def __init__(self, clock: Clock = time.monotonic, *, max_addresses: int = _MAX_ADDRESSES) -> None:
        self._clock = clock
        self._max_addresses = max_addresses
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Seconds until this address may fail again; 0 when it may now."""
        times = self._recent(address)
        if len(times) < ATTEMPTS:
            return 0
        return max(1, ceil(times[0] + ATTEMPTS_WINDOW - self._clock()))

    def add(self, address: str) -> None:
        self._times[address] = self._recent(address)
        self._times[address].append(self._clock())
        self._times.move_to_end(address)
        while len(self._times) > self._max_addresses:
            self._times.popitem(last=False)

    def _recent(self, address: str) -> deque[float]:
        times = self._times.get(address, deque())
        while times and times[0] <= self._clock() - ATTEMPTS_WINDOW:
            times.popleft()
        return times


class Logins:
    """Logged-in browsers: the random token is in the cookie, only its hash is kept, in memory."""

    def __init__(self, clock: Clock = time.monotonic, *, max_logins: int = _MAX_LOGINS) -> None:
        self._clock = clock
        self._max_logins = max_logins
        self._expires: OrderedDict[bytes, float] = OrderedDict()

    def create(self) -> str:
        token = secrets.token_urlsafe(32)
        self._expires[_token_hash(token)] = self._clock() + LOGIN_LIFETIME
        while len(self._expires) > self._max_logins:
            self._expires.popitem(last=False)
        return token

    def knows(self, token: str) -> bool:
        """Looking up a hash leaks nothing of use: who times it cannot choose the hash's bytes."""
        return self._expires.get(_token_hash(token), 0) > self._clock()

    def revoke(self, token: str) -> None:
        self._expires.pop(_token_hash(token), None)


class Authenticator:
    """Decides on credentials. Only wrong ones are ever limited: the right password always opens."""

    def __init__(self, password: Password, failures: Failures, logins: Logins) -> None:
        self._password = password
        self._failures = failures
        self.logins = logins

    async def check_password(self, candidate: bytes, address: str) -> None:
        """Return when `candidate` is the password, else raise and count one failure of `address`."""
        suspect = self._failures.wait(address) > 0
        if await self._password.matches(candidate, suspect=suspect):
            return
        if retry_after := self._failures.wait(address):
            message = f"Too many wrong passwords from this address. Wait {retry_after} seconds before guessing again."
            raise TooManyAttemptsError(message, retry_after=retry_after)
        self._failures.add(address)
        locked_out = self._failures.wait(address) > 0
        logger.warning("wrong password", extra={"fields": {"client": address, "locked_out": locked_out}})
        remedy = "Empty and well-known ones are never accepted" if is_unacceptable(candidate) else "Ask who set it up"
        raise NotAuthenticatedError(f"The password is wrong. {remedy}.")


def hash_password(password: bytes) -> str:
    return PasswordHasher().hash(password)


def is_unacceptable(password: bytes) -> bool:
    """Empty or well known; nothing longer than the policy's longest password is looked at."""
    return not password or (len(password) <= MAXIMUM_LENGTH and is_well_known(password.decode(errors="replace")))


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
