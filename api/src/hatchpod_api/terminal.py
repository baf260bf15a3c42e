"""The terminal's WebSocket. The terminal itself belongs to the agent host, so it outlives this connection."""

import asyncio
from contextlib import closing

import msgspec
from litestar import websocket
from litestar.di import NamedDependency

from hatchpod_api import sockets
from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import OpenTerminal
from hatchpod_api.audit import Audit
from hatchpod_api.auth.authenticator import Authenticator
from hatchpod_api.errors import HatchpodError
from hatchpod_api.http.perimeter import client_address
from hatchpod_api.messages.commands import Auth, ClientFrameBase
from hatchpod_api.messages.terminal import Attached, TerminalClientFrame
from hatchpod_api.peers import TrustedProxies
from hatchpod_api.sockets import AnySocket

_read = sockets.decoder(TerminalClientFrame | Auth)
_encode = msgspec.json.Encoder().encode
_ATTACHED = b'{"type":"attached"'  # the encoder writes a frame's type first


@websocket("/api/terminal/stream", opt={"open": True})
async def terminal_stream(
    socket: AnySocket,
    authenticator: NamedDependency[Authenticator],
    proxies: NamedDependency[TrustedProxies],
    agents: NamedDependency[AgentsClient],
    audit: NamedDependency[Audit],
) -> None:
    async with sockets.accepted(socket):
        principal, _ = await sockets.admit(socket, authenticator, proxies, audit, "terminal")
        revoked = authenticator.revocation(principal)
        client = client_address(socket.scope, proxies)

        async def note(line: bytes) -> None:
            """Who has which terminal: a new one has its id from the host."""
            if line.startswith(_ATTACHED):
                attached = msgspec.json.decode(line, type=Attached)
                action = "terminal open" if attached.fresh else "terminal attach"
                await audit.note(principal, client, action, attached.session_id)

        reader, writer = await sockets.connect(socket, agents, OpenTerminal())
        with closing(writer):
            down, up = sockets.pass_down(socket, reader, note), _pass_up(socket, writer)
            await sockets.until_one_ends(down, up, revoked=revoked)


async def _pass_up(socket: AnySocket, writer: asyncio.StreamWriter) -> None:
    while True:
        frame = await sockets.receive(socket)
        try:
            command: ClientFrameBase = _read(frame)
        except HatchpodError as error:
            await sockets.send_error(socket, error)
            continue
        if not isinstance(command, Auth):  # let in already
            writer.write(_encode(command) + b"\n")
            await writer.drain()
