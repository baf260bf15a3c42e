"""The session stream: one WebSocket is one subscription at the agent host, and this passes their frames on.

It keeps no state of a session, so nothing is lost with it: a client comes back with its cursor.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import closing

import msgspec
from litestar import websocket
from litestar.di import NamedDependency
from litestar.params import FromPath

from hatchpod_api import sockets
from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import OpenStream
from hatchpod_api.audit import Audit
from hatchpod_api.auth.authenticator import Authenticator
from hatchpod_api.errors import HatchpodError, MalformedError
from hatchpod_api.http.perimeter import client_address
from hatchpod_api.identifiers import is_id
from hatchpod_api.messages.commands import Auth, ClientFrame, ClientPing, Prompt, Subscribe, Visibility
from hatchpod_api.metrics import Metrics
from hatchpod_api.peers import TrustedProxies
from hatchpod_api.presence import Presence, Viewer
from hatchpod_api.sockets import AnySocket, ClosedError

# A client that says nothing for so long after it was let in gets the plain replay.
SUBSCRIBE_SECONDS = 0.5

Note = Callable[[ClientFrame], Awaitable[None]]

_read = sockets.decoder(ClientFrame)
_encode = msgspec.json.Encoder().encode


@websocket("/api/sessions/{session_id:str}/stream", opt={"open": True})
async def session_stream(
    socket: AnySocket,
    session_id: FromPath[str],
    authenticator: NamedDependency[Authenticator],
    proxies: NamedDependency[TrustedProxies],
    agents: NamedDependency[AgentsClient],
    presence: NamedDependency[Presence],
    audit: NamedDependency[Audit],
    metrics: NamedDependency[Metrics],
) -> None:
    async with sockets.accepted(socket):
        principal, first = await sockets.admit(socket, authenticator, proxies, audit, "stream")
        _check(session_id)
        revoked = authenticator.revocation(principal)
        client = client_address(socket.scope, proxies)

        async def note(command: ClientFrame) -> None:
            """Who asked for what; never the text of it."""
            if isinstance(command, Prompt):
                metrics.note_prompt()
            if not isinstance(command, Subscribe | ClientPing):
                await audit.note(principal, client, f"stream {command.__struct_config__.tag}", session_id)

        reader, writer = await sockets.connect(socket, agents, OpenStream(session_id=session_id))
        with closing(writer), presence.enter(session_id) as viewer:
            upward = _Upward(socket, writer, viewer, note)
            await upward.begin(first)
            await sockets.until_one_ends(sockets.pass_down(socket, reader), upward.run(), revoked=revoked)


def _check(session_id: str) -> None:
    if not is_id(session_id):
        raise ClosedError(sockets.NO_SUCH_SESSION, "not a session id: a UUID in lower case is one")


class _Upward:
    """The client's frames on their way to the host, each checked here."""

    def __init__(self, socket: AnySocket, writer: asyncio.StreamWriter, viewer: Viewer, note: Note) -> None:
        self._socket = socket
        self._writer = writer
        self._viewer = viewer
        self._note = note

    async def begin(self, first: bytes | None) -> None:
        """The host wants a subscription first, which older clients leave out or put into `auth`."""
        frame = first
        try:
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                if frame is None:
                    frame = await sockets.receive(self._socket)
            command = _read(frame)
        except TimeoutError:
            command = Subscribe()
        except MalformedError as error:
            await sockets.send_error(self._socket, error, _prompt_of(frame))
            command = Subscribe()
        if not isinstance(command, Auth | Subscribe):
            await self._write(Subscribe())
        await self._handle(command)

    async def run(self) -> None:
        while True:
            frame = await sockets.receive(self._socket)
            try:
                await self._handle(_read(frame))
            except HatchpodError as error:
                await sockets.send_error(self._socket, error, _prompt_of(frame))

    async def _handle(self, command: ClientFrame) -> None:
        match command:
            case Visibility():
                self._viewer.visible = command.visible
            case Auth():
                await self._write(Subscribe(cursor=command.cursor, message_limit=command.message_limit))
            case _:
                await self._note(command)
                await self._write(command)

    async def _write(self, command: ClientFrame) -> None:
        self._writer.write(_encode(command) + b"\n")
        await self._writer.drain()


def _prompt_of(frame: bytes | None) -> str | None:
    """The name of the prompt that could not be read, as far as that can be: its client waits for what becomes of it."""
    try:
        fields = json.loads(frame or b"")
    except (ValueError, RecursionError):
        return None
    name = fields.get("clientId") if isinstance(fields, dict) else None
    return name if isinstance(name, str) and name.isprintable() else None
