"""Web Push: to browsers that asked for it, encrypted for each of them."""

import asyncio
import base64
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import anyio.to_thread
import msgspec

from hatchpod_api.errors import ConflictError, HatchpodError, NotFoundError, UpstreamError, ValueNotAllowedError
from hatchpod_api.messages.notify import PushKey, PushMessage, PushSubscription, PushTested
from hatchpod_api.notify.posting import check_url, post
from hatchpod_api.state.database import Database
from hatchpod_api.state.secret_file import keep_secret
from hatchpod_api.timestamps import now

MAX_SUBSCRIPTIONS = 100
KEY_FILE = "vapid.pem"

_TTL_SECONDS = 24 * 3600
_CONTACT = "mailto:push@hatchpod.invalid"  # push services want one, and there is nobody to write to
_GONE = frozenset({404, 410})
_MAX_BODY = 300
_MAX_TITLE = 120


class WebPush:
    """The key pair is made when it is needed first, and stays in the state folder."""

    def __init__(self, database: Database, state: Path, *, allow_private: bool) -> None:
        self._database = database
        self._state = state
        self._allow_private = allow_private
        self.delivered = 0
        self.failed = 0

    async def key(self) -> PushKey:
        return PushKey(public_key=await anyio.to_thread.run_sync(self._public_key))

    async def subscribe(self, subscription: PushSubscription) -> None:
        """Subscribing again replaces what is known of the endpoint."""
        check_url(subscription.endpoint, field="endpoint")
        for name, size in (("p256dh", 65), ("auth", 16)):
            if len(_unpadded(getattr(subscription.keys, name))) != size:
                message = f"`keys.{name}` must be {size} bytes in base64url, as the browser gives it."
                raise ValueNotAllowedError(message, field=f"keys.{name}")
        if not await anyio.to_thread.run_sync(_is_point, _unpadded(subscription.keys.p256dh)):
            message = "`keys.p256dh` is no public key of the curve P-256, as the browser gives it."
            raise ValueNotAllowedError(message, field="keys.p256dh")
        row = await self._database.first("SELECT count(*) FROM push_subscriptions")
        if row and row[0] >= MAX_SUBSCRIPTIONS:
            raise ConflictError(f"There are {MAX_SUBSCRIPTIONS} subscriptions already. Remove one first.")
        await self._database.run(
            "INSERT OR REPLACE INTO push_subscriptions VALUES (?, ?, ?, ?, ?)",
            *(subscription.endpoint, subscription.keys.p256dh, subscription.keys.auth, subscription.name, now()),
        )

    async def unsubscribe(self, endpoint: str) -> None:
        if not await self._database.run("DELETE FROM push_subscriptions WHERE endpoint = ?", endpoint):
            raise NotFoundError("There is no subscription with this endpoint.", field="endpoint")

    async def send(self, message: PushMessage, *, urgent: bool) -> PushTested:
        """To every subscription; those that are gone are forgotten. `UpstreamError` when all others failed."""
        rows = await self._database.all("SELECT endpoint, p256dh, auth FROM push_subscriptions")
        content = msgspec.json.encode(_short(message))
        answers = await asyncio.gather(*(self._attempt(dict(row), content, urgent=urgent) for row in rows))
        problems = [answer for answer in answers if isinstance(answer, HatchpodError)]
        sent, forgotten = answers.count("sent"), answers.count("gone")
        self.delivered += sent
        self.failed += len(problems)
        if problems and not sent:
            raise UpstreamError(f"No push service took the message: {problems[0].message}", code="push_failed")
        return PushTested(sent=sent, forgotten=forgotten)

    async def _attempt(
        self, row: dict[str, Any], content: bytes, *, urgent: bool
    ) -> Literal["sent", "gone"] | HatchpodError:
        try:
            return "gone" if await self._send(row, content, urgent=urgent) else "sent"
        except HatchpodError as error:
            return error
        except ValueError:
            return UpstreamError("The subscription's keys are none. Subscribe again.")

    async def _send(self, row: dict[str, Any], content: bytes, *, urgent: bool) -> bool:
        """Whether the subscription is gone."""
        endpoint = str(row["endpoint"])
        body, headers = await anyio.to_thread.run_sync(self._encrypt, row, content)
        headers |= {"TTL": str(_TTL_SECONDS), "Urgency": "high" if urgent else "normal"}
        answer = await post(endpoint, body, headers, allow_private=self._allow_private)
        if answer.status in _GONE:
            await self._database.run("DELETE FROM push_subscriptions WHERE endpoint = ?", endpoint)
            return True
        if not 200 <= answer.status < 300:
            raise UpstreamError(f"The push service answered with status {answer.status}.")
        return False

    def _encrypt(self, row: dict[str, Any], content: bytes) -> tuple[bytes, dict[str, str]]:
        from pywebpush import WebPusher  # type: ignore[import-untyped] # takes tens of megabytes: imported when somebody has subscribed

        keys = {"p256dh": row["p256dh"], "auth": row["auth"]}
        encoded = WebPusher({"endpoint": row["endpoint"], "keys": keys}).encode(content)
        url = check_url(row["endpoint"])
        claims = {"sub": _CONTACT, "aud": f"{url.scheme}://{url.netloc.decode('ascii')}"}
        headers: dict[str, str] = self._vapid().sign(claims)
        return encoded["body"], {**headers, "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream"}

    def _public_key(self) -> str:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        point = self._vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    def _vapid(self) -> Any:
        from py_vapid import Vapid02  # type: ignore[import-untyped]

        path = self._state / KEY_FILE
        if not path.exists():
            made = Vapid02()
            made.generate_keys()
            with suppress(FileExistsError):  # whoever comes first makes it
                keep_secret(path, made.private_pem(), overwrite=False)
        return Vapid02.from_pem(path.read_bytes())


def _short(message: PushMessage) -> PushMessage:
    """Push services take about 4 KiB, and a phone shows a few lines."""
    return msgspec.structs.replace(message, title=message.title[:_MAX_TITLE], body=message.body[:_MAX_BODY])


def _is_point(encoded: bytes) -> bool:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), encoded)
    except ValueError:
        return False
    return True


def _unpadded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except ValueError:
        return b""
