"""Device tokens: credentials of their own for a phone or a script, which can be revoked one by one."""

import secrets
import time
import uuid
from contextlib import suppress

from hatchpod_api.auth.failures import Clock
from hatchpod_api.auth.logins import token_hash
from hatchpod_api.auth.principal import Principal
from hatchpod_api.errors import ConflictError, NotFoundError, UnavailableError
from hatchpod_api.messages.tokens import DeviceToken, NewDeviceToken
from hatchpod_api.state.database import Database
from hatchpod_api.timestamps import iso

PREFIX = "hp_"
MAX_DEVICES = 100

_NOTE_USE_EVERY = 60.0


class Devices:
    """Only hashes of the tokens are kept, in the database and in memory."""

    def __init__(self, database: Database, clock: Clock = time.time) -> None:
        self._database = database
        self._clock = clock
        self._by_hash: dict[bytes, Principal] = {}
        self._noted: dict[str, float] = {}

    async def load(self) -> None:
        rows = await self._database.all("SELECT id, name, hash FROM devices")
        self._by_hash = {row["hash"]: Principal(kind="device", id=row["id"], name=row["name"]) for row in rows}

    async def create(self, name: str) -> NewDeviceToken:
        """The one time that the token itself is seen."""
        if len(self._by_hash) >= MAX_DEVICES:
            raise ConflictError(f"There are {MAX_DEVICES} device tokens already. Delete one that is no longer used.")
        token = PREFIX + secrets.token_urlsafe(32)
        new = NewDeviceToken(id=str(uuid.uuid4()), name=name, token=token, created_at=iso(self._clock()))
        key = token_hash(token)
        await self._database.run(
            "INSERT INTO devices (id, name, hash, created_at) VALUES (?, ?, ?, ?)", new.id, name, key, new.created_at
        )
        self._by_hash[key] = Principal(kind="device", id=new.id, name=name)
        return new

    async def list(self) -> list[DeviceToken]:
        rows = await self._database.all("SELECT * FROM devices ORDER BY created_at, id")
        return [
            DeviceToken(id=r["id"], name=r["name"], created_at=r["created_at"], last_used_at=r["last_used_at"])
            for r in rows
        ]

    async def find(self, token: str) -> Principal | None:
        """Whose token this is; its use is noted once a minute."""
        principal = self._by_hash.get(token_hash(token))
        if principal is not None and self._noted.get(principal.id, 0) + _NOTE_USE_EVERY <= self._clock():
            self._noted[principal.id] = self._clock()
            with suppress(UnavailableError):  # a full disk locks nobody out
                await self._database.run(
                    "UPDATE devices SET last_used_at = ? WHERE id = ?", iso(self._clock()), principal.id
                )
        return principal

    async def revoke(self, device_id: str) -> None:
        """From now on the token opens nothing; `NotFoundError` when there is no such device.

        `UnavailableError` when a restart would bring it back, as on a full disk: revoke it again then.
        """
        self._by_hash = {key: device for key, device in self._by_hash.items() if device.id != device_id}
        if not await self._database.run("DELETE FROM devices WHERE id = ?", device_id):
            raise NotFoundError("There is no device token with this id. The list is at GET /api/tokens.")
