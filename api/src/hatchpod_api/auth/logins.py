"""Browsers that are logged in: the random token is in the cookie, and only its hash is kept."""

import hashlib
import secrets
import time

from hatchpod_api.auth.failures import Clock
from hatchpod_api.auth.principal import Principal
from hatchpod_api.state.database import Database

LOGIN_LIFETIME = 30 * 24 * 3600

_MAX_LOGINS = 1_000


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


class Logins:
    """Kept in the database, so that a restart logs nobody out, and in memory, so that a request waits for nothing."""

    def __init__(self, database: Database, clock: Clock = time.time, *, max_logins: int = _MAX_LOGINS) -> None:
        self._database = database
        self._clock = clock
        self._max_logins = max_logins
        self._expires: dict[bytes, float] = {}

    async def load(self, password_hash: str) -> None:
        """Read the logins that were made with this password; another password ends them all."""
        fingerprint = hashlib.sha256(password_hash.encode()).hexdigest()
        known = await self._database.first("SELECT value FROM settings WHERE key = 'password_fingerprint'")
        if known is None or known["value"] != fingerprint:
            await self._database.run("DELETE FROM logins")
            await self._database.run(
                "INSERT OR REPLACE INTO settings (key, value) VALUES ('password_fingerprint', ?)", fingerprint
            )
        await self._database.run("DELETE FROM logins WHERE expires_at <= ?", self._clock())
        rows = await self._database.all("SELECT hash, expires_at FROM logins ORDER BY created_at")
        self._expires = {row["hash"]: row["expires_at"] for row in rows}

    async def create(self) -> str:
        """A new token, good for `LOGIN_LIFETIME` seconds; the oldest login makes room when there are too many."""
        token, now = secrets.token_urlsafe(32), self._clock()
        key = token_hash(token)
        await self._database.run("INSERT INTO logins VALUES (?, ?, ?)", key, now, now + LOGIN_LIFETIME)
        self._expires[key] = now + LOGIN_LIFETIME
        while len(self._expires) > self._max_logins:
            await self._forget(next(iter(self._expires)))
        return token

    def find(self, token: str) -> Principal | None:
        """Looking up a hash leaks nothing of use: who times it cannot choose the hash's bytes."""
        key = token_hash(token)
        if self._expires.get(key, 0) <= self._clock():
            return None
        return Principal(kind="login", id=key.hex()[:16], name="browser")

    async def revoke(self, token: str) -> Principal | None:
        """End this login, or raise `UnavailableError` and leave it as it is; the result is who it was."""
        principal = self.find(token)
        await self._forget(token_hash(token))
        return principal

    async def _forget(self, key: bytes) -> None:
        if key in self._expires:
            await self._database.run("DELETE FROM logins WHERE hash = ?", key)
            self._expires.pop(key, None)
