"""One client's session stream on one connection: its frames in, the session's lines out."""

import asyncio
import logging
from collections.abc import Callable

import msgspec

from hatchpod_api.agents.held import Held
from hatchpod_api.agents.host import Host
from hatchpod_api.agents.lines import encode_line
from hatchpod_api.agents.outbox import Outbox
from hatchpod_api.errors import HatchpodError, MalformedError
from hatchpod_api.messages.commands import ClientPing, Command, Prompt, Subscribe
from hatchpod_api.messages.frames import Error, Ping, Pong

PING_SECONDS = 30.0

logger = logging.getLogger(__name__)
_decode = msgspec.json.Decoder(Subscribe | Command | ClientPing).decode


class Stream:
    """Nothing that a client sends ends anything but, at worst, its own connection."""

    def __init__(self, host: Host, session_id: str, outbox: Outbox) -> None:
        self._host = host
        self._session_id = session_id
        self._outbox = outbox
        self._held: Held | None = None

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Until the client goes."""
        pinging = asyncio.create_task(self._ping())
        try:
            while line := await reader.readline():
                await self._handle(line)
        finally:
            pinging.cancel()
            if self._held is not None:
                self._held.session.unsubscribe(self._outbox)

    async def _handle(self, line: bytes) -> None:
        client_id = None
        try:
            frame = _read(line)
            client_id = frame.client_id if isinstance(frame, Prompt) else None
            match frame:
                case ClientPing():
                    self._outbox.send(encode_line(Pong()))
                case Subscribe():
                    await self._subscribe(frame)
                case _:
                    self._subscribed().commands.execute(frame, self._refuse(client_id))
        except HatchpodError as error:
            self._refuse(client_id)(error)
        except Exception:
            logger.exception("a frame failed", extra={"fields": {"session": self._session_id}})
            self._refuse(client_id)(HatchpodError("this failed for a reason that is in the log; try again"))

    async def _subscribe(self, wanted: Subscribe) -> None:
        held = await self._host.open(self._session_id)
        if self._held is not None and self._held is not held:
            self._held.session.unsubscribe(self._outbox)
        self._held = held
        held.session.subscribe(self._outbox, wanted)
        self._host.disk_changed(held.session)

    def _subscribed(self) -> Held:
        if self._held is None:
            raise MalformedError("the first frame must be `subscribe`", field="type")
        return self._held

    def _refuse(self, client_id: str | None) -> Callable[[HatchpodError], None]:
        def refuse(error: HatchpodError) -> None:
            frame = Error(error=error.message, code=error.code, field=error.field, client_id=client_id)
            self._outbox.send(encode_line(frame))

        return refuse

    async def _ping(self) -> None:
        loop, line = asyncio.get_running_loop(), encode_line(Ping())
        while True:
            silent = loop.time() - self._outbox.last_sent
            if silent >= PING_SECONDS:
                self._outbox.send(line)
                silent = 0.0
            await asyncio.sleep(PING_SECONDS - silent)


def _read(line: bytes) -> Subscribe | Command | ClientPing:
    try:
        frame: Subscribe | Command | ClientPing = _decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise MalformedError(f"not a frame of this stream: {error}") from None
    return frame
