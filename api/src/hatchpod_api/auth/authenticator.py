"""Decides on credentials, and ends what was opened with one that is revoked."""

import asyncio
import logging
import weakref
from typing import Self

from hatchpod_api.auth.devices import PREFIX, Devices
from hatchpod_api.auth.failures import Failures
from hatchpod_api.auth.logins import Logins
from hatchpod_api.auth.password import Password, is_unacceptable
from hatchpod_api.auth.principal import PASSWORD, Principal
from hatchpod_api.errors import NotAuthenticatedError, TooManyAttemptsError

logger = logging.getLogger(__name__)


class Authenticator:
    """Only wrong credentials are ever limited: a right one always opens."""

    def __init__(self, password: Password, failures: Failures, logins: Logins, devices: Devices) -> None:
        self._password = password
        self._failures = failures
        self.logins = logins
        self.devices = devices
        self._open: dict[str, weakref.WeakSet[asyncio.Event]] = {}

    async def __aenter__(self) -> Self:
        await self.logins.load(self._password.hash)
        await self.devices.load()
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def check(self, credential: bytes, address: str) -> Principal:
        """Who has this password or device token; raises, and counts one failure of `address`, when nobody has."""
        text = credential.decode(errors="replace")
        if text.startswith(PREFIX) and (device := await self.devices.find(text)):
            return device
        await self.check_password(credential, address)
        return PASSWORD

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

    def revocation(self, principal: Principal) -> asyncio.Event:
        """Set when this login or device is revoked; whoever serves it a socket holds on to the event meanwhile."""
        event = asyncio.Event()
        self._open.setdefault(principal.id, weakref.WeakSet()).add(event)
        return event

    async def log_out(self, token: str) -> None:
        if principal := await self.logins.revoke(token):
            self._end(principal.id)

    async def revoke_device(self, device_id: str) -> None:
        """Its sockets end even where a full disk keeps the rest from being done for good."""
        try:
            await self.devices.revoke(device_id)
        finally:
            self._end(device_id)

    def _end(self, principal_id: str) -> None:
        for event in self._open.pop(principal_id, ()):
            event.set()
