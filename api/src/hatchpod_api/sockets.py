"""What both WebSockets share: who comes in, reading frames, and passing lines to and from the agent host."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qs

import msgspec
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import Open
from hatchpod_api.audit import Audit
from hatchpod_api.auth.authenticator import Authenticator
from hatchpod_api.auth.principal import Principal
from hatchpod_api.errors import (
    HatchpodError,
    MalformedError,
    NotAuthenticatedError,
    TooManyAttemptsError,
    UnavailableError,
)
from hatchpod_api.http.perimeter import client_address, identify
from hatchpod_api.messages.frames import Error
from hatchpod_api.peers import TrustedProxies

AUTH_SECONDS = 10.0
STALLED_SECONDS = 20.0
CLOSE_SECONDS = 5.0

UNAUTHORIZED = 4001
NOT_AN_OBJECT = 4002
NO_SUCH_SESSION = 4004
GOING_AWAY = 1001
INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013

_CHUNK = 256 * 1024

AnySocket = WebSocket[Any, Any, Any]
Note = Callable[[bytes], Awaitable[None]]

logger = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class ClosedError(Exception):
    """This connection ends, with a code and a reason for the client; None when it is the client that ended it."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class AuthFrame(msgspec.Struct, frozen=True, tag_field="type", tag="auth"):
    """As much of the first frame as is needed to let somebody in."""

    token: str


async def admit(
    socket: AnySocket, authenticator: Authenticator, proxies: TrustedProxies, audit: Audit, door: str
) -> tuple[Principal, bytes | None]:
    """Who this is, by header, cookie, `?token=` or first frame; the first frame comes back as well when it was read.

    A wrong credential is written down, with the `door` that it was tried on.

    Raises `ClosedError` for whoever has no good credential. Nothing that a client can send raises anything else.
    """
    address = client_address(socket.scope, proxies)
    try:
        principal = await identify(socket.scope, authenticator, proxies)
        if principal is not None:
            return principal, None
        query = socket.scope["query_string"].decode("latin-1")
        if tokens := parse_qs(query, encoding="utf-8", errors="replace").get("token"):
            return await authenticator.check(tokens[0].encode(), address), None
        async with asyncio.timeout(AUTH_SECONDS):
            frame = await receive(socket)
        return await authenticator.check(_token(frame), address), frame
    except TimeoutError:
        raise ClosedError(UNAUTHORIZED, f"auth timeout: no `auth` frame within {AUTH_SECONDS:.0f} seconds") from None
    except TooManyAttemptsError as error:
        await audit.note(None, address, f"{door} refused")
        raise ClosedError(UNAUTHORIZED, f"too many attempts: wait {error.retry_after} seconds") from None
    except NotAuthenticatedError:
        await audit.note(None, address, f"{door} refused")
        raise ClosedError(UNAUTHORIZED, "unauthorized") from None


def _token(frame: bytes) -> bytes:
    try:
        return msgspec.json.decode(frame, type=AuthFrame).token.encode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        if not is_object(frame):
            raise ClosedError(NOT_AN_OBJECT, "not a JSON object") from None
        raise ClosedError(UNAUTHORIZED, "unauthorized: the first frame must be `auth` with a `token`") from None


def is_object(frame: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(frame), dict)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False


def decoder(kind: Any) -> Callable[[bytes], Any]:
    """A function that reads one frame of this union of structs, or raises `MalformedError` with what is wrong in it."""
    decode = msgspec.json.Decoder(kind).decode

    def read(frame: bytes) -> Any:
        try:
            return decode(frame)
        except RecursionError:
            raise MalformedError("The frame is nested too deeply. Send a flatter one.") from None
        except (msgspec.MsgspecError, UnicodeError) as error:
            problem, _, path = str(error).partition(" - at `$.")
            field = path.rstrip("`").split(".")[0].split("[")[0] or None
            raise MalformedError(f"The frame is not as described in the guide: {problem}.", field=field) from None

    return read


async def connect(
    socket: AnySocket, agents: AgentsClient, purpose: Open
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the agent host for this socket alone."""
    try:
        return await agents.open(purpose, limit=_CHUNK)  # what a slow client does not take stays with the host
    except UnavailableError as error:
        await send_error(socket, error)
        raise ClosedError(TRY_AGAIN_LATER, "the agent host is down; try again") from None


async def receive(socket: AnySocket) -> bytes:
    """The next frame, text or binary; raises `ClosedError` at the client's end."""
    message = await socket.receive()
    if message["type"] != "websocket.receive":
        raise ClosedError
    text = message.get("text")
    return text.encode() if text is not None else (message.get("bytes") or b"")


async def send(socket: AnySocket, frame: bytes) -> None:
    await socket.send({"type": "websocket.send", "bytes": None, "text": frame.decode()})


async def send_error(socket: AnySocket, error: HatchpodError, client_id: str | None = None) -> None:
    frame = Error(error=error.message, code=error.code, field=error.field, client_id=client_id)
    await send(socket, _encode(frame))


async def lines(reader: asyncio.StreamReader) -> AsyncIterator[list[bytes]]:
    """Whole lines, as many at a time as have arrived."""
    rest = b""
    while chunk := await reader.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\n") if rest else chunk.split(b"\n")
        if whole:
            yield whole


async def pass_down(socket: AnySocket, reader: asyncio.StreamReader, note: Note | None = None) -> None:
    """Send the host's lines to the client, each `note`d first; a client that takes none for long is let go."""
    async for batch in lines(reader):
        if note is not None:
            for line in batch:
                await note(line)
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                for line in batch:
                    await send(socket, line)
        except TimeoutError:
            raise ClosedError(TRY_AGAIN_LATER, "the client does not keep up") from None
    raise ClosedError(TRY_AGAIN_LATER, "the agent host ended the connection; reconnect with the last cursor")


async def until_one_ends(*jobs: Awaitable[None], revoked: asyncio.Event) -> None:
    """Run the jobs beside each other until one raises or ends, or the credential is revoked; then end the others."""
    tasks = [asyncio.ensure_future(job) for job in (*jobs, _until_revoked(revoked))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_revoked(revoked: asyncio.Event) -> None:
    await revoked.wait()
    raise ClosedError(UNAUTHORIZED, "unauthorized: the credential was revoked")


@asynccontextmanager
async def accepted(socket: AnySocket) -> AsyncIterator[None]:
    """Accept, so that a refusal can carry its reason (of at most 123 bytes), and end as a `ClosedError` says."""
    await socket.accept()
    try:
        yield
    except ClosedError as error:
        if error.code is not None:
            await _close(socket, error.code, error.reason)
    except (WebSocketDisconnect, ClientDisconnected):
        pass
    except Exception:  # the framework would close it without a word in the log
        logger.exception("a WebSocket failed")
        await _close(socket, INTERNAL_ERROR, "the server failed; its log has the details")


async def _close(socket: AnySocket, code: int, reason: str) -> None:
    """Say why, unless the client takes nothing any more: the server ends the connection then."""
    with suppress(TimeoutError, ClientDisconnected):
        async with asyncio.timeout(CLOSE_SECONDS):
            await socket.close(code=code, reason=reason.encode()[:123].decode(errors="ignore"))
