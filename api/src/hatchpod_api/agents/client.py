"""The web server's end of the unix socket: calls, streams, and a mirror of what the agent host tells of itself."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from hatchpod_api import errors
from hatchpod_api.agents.calls import CallConnection
from hatchpod_api.agents.lines import encode_line
from hatchpod_api.agents.protocol import (
    MAX_LINE,
    Call,
    FeedEvent,
    FeedLine,
    FeedRateLimit,
    FeedRedirected,
    FeedRemoved,
    FeedSession,
    FeedSnapshot,
    Open,
    OpenFeed,
    OpenRpc,
)
from hatchpod_api.messages.frames import RateLimit
from hatchpod_api.messages.sessions import SessionSummary

CONNECT_SECONDS = 5.0
CALL_SECONDS = 60.0
FIRST_RETRY, LAST_RETRY = 0.05, 2.0

T = TypeVar("T")
OnEvent = Callable[[FeedEvent], None]
OnChange = Callable[[str | None], None]

logger = logging.getLogger(__name__)
_decode_feed = msgspec.json.Decoder(FeedLine).decode


class AgentsClient:
    """Usable at any time between `async with` and its end, whether the host runs or not.

    `sessions`, `redirects` (former ids to present ones) and `rate_limits` (by kind) mirror the host's feed; they keep
    what was known last while `connected` is false. Everything runs in the event loop that entered the client.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self.sessions: dict[str, SessionSummary] = {}
        self.redirects: dict[str, str] = {}
        self.rate_limits: dict[str, RateLimit] = {}
        self.connected = False
        self._on_event: list[OnEvent] = []
        self._on_change: list[OnChange] = []
        self._calls: CallConnection | None = None
        self._connecting = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._following = asyncio.create_task(self._follow(), name="agents-feed")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following
        if self._calls is not None:
            await self._calls.close()

    def on_event(self, listener: OnEvent) -> Callable[[], None]:
        """Called for each `FeedEvent`; the result ends that. A listener must not block; what it raises is logged."""
        self._on_event.append(listener)
        return lambda: self._on_event.remove(listener)

    def on_change(self, listener: OnChange) -> Callable[[], None]:
        """Called with the id of a session that changed or went, and with None when anything may have changed."""
        self._on_change.append(listener)
        return lambda: self._on_change.remove(listener)

    def resolve(self, session_id: str) -> str:
        """The present id of a session that may have gone on under another one."""
        return self.redirects.get(session_id, session_id)

    async def call(self, call: Call, type: type[T], *, seconds: float = CALL_SECONDS) -> T:  # noqa: A002
        """The host's answer. Raises what the host raised, and `UnavailableError` when there is no answer in time."""
        try:
            async with asyncio.timeout(seconds):
                raw = await (await self._call_connection()).call(call)
        except TimeoutError:
            raise errors.UnavailableError(
                f"the agent host did not answer within {seconds:g} s; try again, and look at its log"
            ) from None
        return msgspec.json.decode(raw, type=type)

    async def open(self, opening: Open, *, limit: int = MAX_LINE) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection of its own, for a stream or a terminal. The caller closes it.

        Twice `limit` bytes are read ahead; who reads line by line needs it as long as a line.
        """
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_unix_connection(self._socket, limit=limit)
        except (OSError, TimeoutError) as error:
            raise errors.UnavailableError(
                "the agent host is not reachable now; try again in a moment, and see the log of the `agents` service"
            ) from error
        writer.write(encode_line(opening))
        return reader, writer

    async def _call_connection(self) -> CallConnection:
        async with self._connecting:
            if self._calls is None or self._calls.closed:
                self._calls = CallConnection(*await self.open(OpenRpc()))
            return self._calls

    async def _follow(self) -> None:
        delay = FIRST_RETRY
        while True:
            try:
                reader, writer = await self.open(OpenFeed())
                try:
                    while line := await reader.readline():
                        self._take(_decode_feed(line))
                        delay = FIRST_RETRY
                finally:
                    writer.close()
            except errors.UnavailableError:
                pass
            except (OSError, ValueError, msgspec.MsgspecError) as error:
                logger.warning("the agent host's feed broke off", extra={"fields": {"reason": str(error)}})
            if self.connected:
                self.connected = False
                self._tell_change(None)
            await asyncio.sleep(delay)
            delay = min(delay * 2, LAST_RETRY)

    def _take(self, line: FeedLine) -> None:
        match line:
            case FeedSnapshot():
                self.sessions = {session.id: session for session in line.sessions}
                self.redirects = dict(line.redirects)
                self.rate_limits = {limit.kind: limit for limit in line.rate_limits}
                self.connected = True
                self._tell_change(None)
            case FeedSession():
                self.sessions[line.session.id] = line.session
                self._tell_change(line.session.id)
            case FeedRemoved():
                self.sessions.pop(line.id, None)
                self._tell_change(line.id)
            case FeedRedirected():
                self.redirects = {old: line.to if to == line.id else to for old, to in self.redirects.items()}
                self.redirects[line.id] = line.to
                self.sessions.pop(line.id, None)
                self._tell_change(line.id)
            case FeedRateLimit():
                self.rate_limits[line.rate_limit.kind] = line.rate_limit
            case FeedEvent():
                for listener in tuple(self._on_event):
                    _guarded(listener, line)

    def _tell_change(self, session_id: str | None) -> None:
        for listener in tuple(self._on_change):
            _guarded(listener, session_id)


def _guarded(listener: Callable[[T], None], value: T) -> None:
    try:
        listener(value)
    except Exception:
        logger.exception("a listener of the agent host's feed failed")
