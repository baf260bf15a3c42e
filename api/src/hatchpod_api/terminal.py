"""The terminal's WebSocket. The terminal itself belongs to the agent host, so it outlives this connection."""

import asyncio
from contextlib import closing

import msgspec
from litestar import websocket
from litestar.di import NamedDependency

from hatchpod_api import sockets
from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import OpenTerminal
from hatchpod_api.auth.authenticator import Authenticator
from hatchpod_api.errors import HatchpodError
from hatchpod_api.messages.commands import Auth, ClientFrameBase
from hatchpod_api.messages.terminal import TerminalClientFrame
from hatchpod_api.peers import TrustedProxies
from hatchpod_api.sockets import AnySocket

_read = sockets.decoder(TerminalClientFrame | Auth)
_encode = msgspec.json.Encoder().encode


@websocket("/api/terminal/stream", opt={"open": True})
async def terminal_stream(
    socket: AnySocket,
    authenticator: NamedDependency[Authenticator],
    proxies: NamedDependency[TrustedProxies],
    agents: NamedDependency[AgentsClient],
) -> None:
    async with sockets.accepted(socket):
        principal, _ = await sockets.admit(socket, authenticator, proxies)
        revoked = authenticator.revocation(principal)
        reader, writer = await sockets.connect(socket, agents, OpenTerminal())
        with closing(writer):
            await sockets.until_one_ends(sockets.pass_down(socket, reader), _pass_up(socket, writer), revoked=revoked)


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
