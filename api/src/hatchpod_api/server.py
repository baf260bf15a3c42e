"""Listens and serves: one process, one event loop, a clean end on SIGTERM."""

import errno
import logging
import os
import signal
import socket
import sys
from ipaddress import ip_address

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from hatchpod_api import __version__
from hatchpod_api.app import create_app
from hatchpod_api.config import Settings
from hatchpod_api.errors import CannotListenError, ConfigurationError, HatchpodError

GRACE_SECONDS = 0.5
LINGER_SECONDS = 15.0  # longer than uvicorn waits for the client's word that it has closed
MAX_FRAME = 32 * 1024 * 1024  # a prompt with pictures

logger = logging.getLogger(__name__)


def serve(settings: Settings, notify_fd: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT. `notify_fd` gets a newline and is closed once connections are accepted."""
    listener = _listen(settings)
    config = uvicorn.Config(
        create_app(settings),
        loop="asyncio",
        http="h11",
        ws=_WebSocket,
        ws_max_size=MAX_FRAME,
        ws_per_message_deflate=False,  # costs more time than it saves on deltas of a few bytes
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `peers.py` decides whom to believe
        timeout_graceful_shutdown=GRACE_SECONDS,  # type: ignore[arg-type] # asyncio takes fractions
    )
    # uvicorn sends itself the signal again once it has stopped; that is then a normal end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    _Server(config, notify_fd).run([listener])


class _WebSocket(WebSocketsSansIOProtocol):
    """Ends the connection of a client that takes nothing, which would last until TCP gives up on what it was sent."""

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, notify_fd: int | None) -> None:
        super().__init__(config)
        self._notify_fd = notify_fd

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            logger.info("listening", extra={"fields": {"host": host, "port": port, "version": __version__}})
        if self._notify_fd is not None:
            os.write(self._notify_fd, b"\n")
            os.close(self._notify_fd)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ip_address(settings.host).version == 6 else socket.AF_INET
    address = (settings.host, settings.port)
    try:
        listener = socket.create_server(address, family=family, dualstack_ipv6=settings.host == "::")
    except OSError as error:
        raise _explain(error, f"{settings.host} port {settings.port}") from error
    # Inherited by each connection. asyncio itself does it only for sockets that it made; without it a
    # kept-alive connection answers in 44 ms instead of 2, waiting for the client's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _explain(error: OSError, where: str) -> HatchpodError:
    match error.errno:
        case errno.EADDRINUSE:
            return CannotListenError(f"PORT: {where} is in use; stop what listens there, or set PORT")
        case errno.EACCES:
            return ConfigurationError([f"PORT: not permitted to listen on {where}; set PORT to 1024 or above"])
    return CannotListenError(f"HOST: cannot listen on {where} ({error.strerror}); set HOST, such as 0.0.0.0")
