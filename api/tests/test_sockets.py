"""What every WebSocket does, over real connections in this process."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from litestar import Litestar, websocket
from websockets.asyncio.client import connect

from hatchpod_api import server, sockets
from hatchpod_api.app import create_app
from hatchpod_api.config import Places, Settings
from hatchpod_api.sockets import AnySocket

pytestmark = pytest.mark.anyio

PATHS = ["/api/terminal/stream", "/api/sessions/00000000-0000-4000-8000-000000000000/stream"]
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@asynccontextmanager
async def serving(app: Litestar) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """The server that runs it, and its port."""
    running = uvicorn.Server(uvicorn.Config(app, ws=server._WebSocket, log_config=None))
    listener = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(running._serve([listener]))
    try:
        yield running, listener.getsockname()[1]
    finally:
        running.should_exit = True
        await task


async def closed(port: int, path: str) -> tuple[int | None, str | None]:
    """With what the server closes this socket of a client that says nothing."""
    async with connect(f"ws://127.0.0.1:{port}{path}") as client:
        await client.wait_closed()
        return client.close_code, client.close_reason


def audit(port: int, password: str) -> list[tuple[str | None, ...]]:
    headers = {"Authorization": f"Bearer {password}"}
    items = httpx.get(f"http://127.0.0.1:{port}/api/audit", headers=headers, timeout=20).json()["items"]
    return [(item["actor"], item["action"], item["client"], item["target"]) for item in items]


@pytest.mark.parametrize("path", PATHS)
async def test_who_does_not_say_who_they_are_is_closed_in_time(
    places: Places, password_hash: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "AUTH_SECONDS", 0.1)
    async with (
        asyncio.timeout(20),
        serving(create_app(Settings(places=places, password_hash=password_hash))) as (_, port),
    ):
        code, reason = await closed(port, path)
    assert code == 4001
    assert reason
    assert reason.startswith("auth timeout:")


@pytest.mark.parametrize("path", PATHS)
async def test_who_guesses_is_told_to_wait_and_the_right_password_still_opens(
    places: Places, password_hash: str, password: str, path: str
) -> None:
    async with (
        asyncio.timeout(60),
        serving(create_app(Settings(places=places, password_hash=password_hash))) as (_, port),
    ):
        guesses = [await closed(port, f"{path}?token=guess-{number}") for number in range(11)]
        opened = await closed(port, f"{path}?token={password}")
        entries = await asyncio.to_thread(audit, port, password)
    assert guesses[:10] == [(4001, "unauthorized")] * 10
    code, reason = guesses[10]
    assert code == 4001
    assert reason
    assert reason.startswith("too many attempts:")
    assert opened == (1013, "the agent host is down; try again")
    door = "terminal" if "terminal" in path else "stream"
    assert entries == [("unknown", f"{door} refused", "127.0.0.1", None)] * 11


async def test_a_client_that_takes_nothing_is_let_go_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((sockets, "STALLED_SECONDS"), (sockets, "CLOSE_SECONDS"), (server, "LINGER_SECONDS")):
        monkeypatch.setattr(module, name, 0.1)
    ended = asyncio.Event()

    @websocket("/ws")
    async def flood(socket: AnySocket) -> None:
        reader = asyncio.StreamReader()
        reader.feed_data((b"x" * 65_535 + b"\n") * 256)
        async with sockets.accepted(socket):
            try:
                await sockets.pass_down(socket, reader)
            finally:
                ended.set()

    async with asyncio.timeout(20), serving(Litestar([flood], openapi_config=None)) as (running, port):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(HANDSHAKE)
            await ended.wait()
            while running.server_state.connections or running.server_state.tasks:  # noqa: ASYNC110 # no event tells
                await asyncio.sleep(0.02)
