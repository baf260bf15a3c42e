"""The agent host's process: one unix socket, each connection for itself, a clean end on SIGTERM."""

import asyncio
import fcntl
import logging
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self, TextIO

import msgspec

from hatchpod_api import __version__
from hatchpod_api.agents.answers import Answers
from hatchpod_api.agents.host import Host
from hatchpod_api.agents.outbox import Outbox
from hatchpod_api.agents.protocol import MAX_LINE, Open, OpenFeed, OpenRpc, OpenStream, OpenTerminal
from hatchpod_api.agents.shell import clean_environment
from hatchpod_api.agents.stream import Stream
from hatchpod_api.agents.terminals import Terminals
from hatchpod_api.config import HostSettings
from hatchpod_api.errors import CannotListenError, ConfigurationError
from hatchpod_api.providers.base import Provider

CLOSE_SECONDS = 25.0
OPEN_SECONDS = 10.0
_MAX_SOCKET_PATH = 107

logger = logging.getLogger(__name__)
_decode = msgspec.json.Decoder(Open).decode


def serve(settings: HostSettings, providers: Mapping[str, Provider], notify_fd: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT. Raises `CannotListenError` when another host runs here."""
    lock = _lock(settings.places.socket)
    try:
        asyncio.run(_serve(settings, providers, notify_fd))
    finally:
        lock.close()


async def _serve(settings: HostSettings, providers: Mapping[str, Provider], notify_fd: int | None) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with AgentServer(settings, providers):
        logger.info("listening", extra={"fields": {"socket": str(settings.places.socket), "version": __version__}})
        if notify_fd is not None:
            os.write(notify_fd, b"\n")
            os.close(notify_fd)
        await ended.wait()
        logger.info("ending")


class AgentServer:
    """Serves between `async with` and its end. Tests use it without a process of its own."""

    def __init__(self, settings: HostSettings, providers: Mapping[str, Provider]) -> None:
        self.host = Host(settings, providers)
        places = settings.places
        # A shell is to find the same Claude Code settings as the agents.
        configured = (
            {"CLAUDE_CONFIG_DIR": str(places.claude_config)} if places.claude_state.parent != Path.home() else {}
        )
        environment = clean_environment(configured)
        self._terminals = Terminals(self.host.workspace, places.default_cwd, environment)
        self._socket = places.socket
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        try:
            self.host.load()
        except OSError as error:
            raise ConfigurationError(
                [f"HATCHPOD_STATE_DIR: {error.filename} cannot be used ({error.strerror}); make it writable"]
            ) from error
        self._answers = Answers(self.host, self._terminals)
        self._server = await self._listen()
        self._keeping_house = asyncio.create_task(self.host.keep_house(), name="housekeeping")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._keeping_house.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.gather(self.host.close(), self._terminals.close(), return_exceptions=True)
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=2)
        self._socket.unlink(missing_ok=True)

    async def _listen(self) -> asyncio.Server:
        # Whoever listened here before is dead: this process has the lock.
        self._socket.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            return await asyncio.start_unix_server(self._connected, self._socket, limit=MAX_LINE, backlog=256)
        except OSError as error:
            raise CannotListenError(
                f"HATCHPOD_RUN_DIR: cannot listen on {self._socket} ({error.strerror}); set a directory of this user"
            ) from error
        finally:
            os.umask(mask)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        try:
            await self._converse(reader, writer)
        except (OSError, ValueError, TimeoutError, msgspec.MsgspecError) as error:
            logger.info("a connection broke off", extra={"fields": {"reason": str(error)}})
        except Exception:
            logger.exception("a connection failed")
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(OPEN_SECONDS):
            line = await reader.readline()
        if not line:
            return
        outbox = Outbox(writer.transport)
        match _decode(line):
            case OpenRpc():
                await self._answers.run(reader, outbox)
            case OpenFeed():
                self.host.feed.subscribe(outbox, lambda: self.host.snapshot)
                try:
                    await reader.read()
                finally:
                    self.host.feed.unsubscribe(outbox)
            case OpenStream(session_id=session_id):
                await Stream(self.host, session_id, outbox).run(reader)
            case OpenTerminal():
                await self._terminals.run(reader, outbox)


def _lock(socket: Path) -> TextIO:
    """Held as long as this process lives, however it ends."""
    if len(os.fsencode(socket)) > _MAX_SOCKET_PATH:
        raise ConfigurationError(
            [f"HATCHPOD_RUN_DIR: {socket} is longer than {_MAX_SOCKET_PATH} bytes, which a socket can have; shorten it"]
        )
    try:
        socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        socket.parent.chmod(0o700)
        lock = socket.with_suffix(".lock").open("a+")
    except OSError as error:
        raise ConfigurationError(
            [f"HATCHPOD_RUN_DIR: {socket.parent} cannot be used ({error.strerror}); make it a directory of this user"]
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise CannotListenError(
            f"another agent host (process {owner}) uses {socket}; stop it, or set HATCHPOD_RUN_DIR"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
