"""Applications without a socket: each test builds its own, and calls it with plain `httpx`."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from hatchpod_api.app import create_app
from hatchpod_api.config import Places, Settings

PASSWORD = "Korb-Laterne-77-Zug"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class Clock:
    """Time stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class AppTransport(httpx.BaseTransport):
    """Runs the application in this thread; `peer` is the address that the request seems to come from."""

    def __init__(self, app: Any, peer: str) -> None:
        self._runner = asyncio.Runner()
        self._transport = httpx.ASGITransport(app=app, client=(peer, 50000), raise_app_exceptions=False)
        self._ended = asyncio.Event()
        self._life = self._runner.run(self._start(app))

    async def _start(self, app: Any) -> asyncio.Task[None]:
        started = asyncio.Event()
        task = asyncio.create_task(self._live(app, started))
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        return task

    async def _live(self, app: Any, started: asyncio.Event) -> None:
        async with app.lifespan():
            started.set()
            await self._ended.wait()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._runner.run(self._handle(request))

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        body = b"".join([chunk async for chunk in response.aiter_raw()])
        return httpx.Response(response.status_code, headers=response.headers.raw, content=body)

    def close(self) -> None:
        self._runner.run(self._end())
        self._runner.close()

    async def _end(self) -> None:
        self._ended.set()
        await self._life


def make_places(root: Path) -> Places:
    """Places below `root`, as a home has them."""
    home = root / "home"
    (home / "workspace").mkdir(parents=True, exist_ok=True)
    return Places(
        workspace=home / "workspace",
        default_cwd=home / "workspace",
        claude_config=home / ".claude",
        claude_projects=home / ".claude/projects",
        claude_state=home / ".claude.json",
        state=home / ".local/state/hatchpod",
        run=root / "run",
        ui=root / "ui",
    )


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return make_places(tmp_path)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def password_hash() -> str:
    return HASH


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(clock: Clock, places: Places) -> Iterator[Callable[..., httpx.Client]]:
    """`connect(peer=..., authenticated=..., **settings)` is a client of a new application."""
    clients: list[httpx.Client] = []

    def connect(peer: str = "192.0.2.1", authenticated: bool = False, **settings: Any) -> httpx.Client:
        app = create_app(
            Settings(**{"password_hash": HASH, "places": places, **settings}), clock=clock, wall_clock=clock
        )
        client = httpx.Client(transport=AppTransport(app, peer), base_url="http://localhost")
        if authenticated:
            client.headers["Authorization"] = f"Bearer {PASSWORD}"
        clients.append(client)
        return client

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Callable[..., httpx.Client]) -> httpx.Client:
    return connect()
