"""Live events: how long one takes from the provider to a client, and how many of them are delivered in a burst."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Callable

from tests.live.stack import PASSWORD
from websockets.asyncio.client import ClientConnection, connect

from bench.api.service import StampingService
from bench.figures import Figure

SESSIONS = 20
CLIENTS = 3
WORDS = 200  # of each session, about ten seconds
BURST = 1000  # events of each session
PATIENCE = 300

Note = Callable[[str], None]


def measure(service: StampingService, repeat: int) -> list[Figure]:
    """Stream in 20 sessions with three clients each: at the pace of a model, then as fast as it goes."""
    middle, slow, rates = [], [], []
    for _ in range(repeat):
        delays = asyncio.run(_paced(service))
        hundredths = statistics.quantiles(delays, n=100)
        middle.append(statistics.median(delays) * 1000)
        slow.append(hundredths[-1] * 1000)
        rates.append(asyncio.run(_burst(service)))
    crowd = f"{SESSIONS} sessions x {CLIENTS} clients"
    return [
        Figure("api_event_p50", f"event, provider to client, {crowd}, p50", tuple(middle), "ms", 5),
        Figure("api_event_p99", f"event, provider to client, {crowd}, p99", tuple(slow), "ms", 20),
        Figure("api_burst", f"delivered events in a burst, {crowd}", tuple(rates), "/s", 10_000, at_least=True),
    ]


async def _paced(service: StampingService) -> list[float]:
    """Seconds from the provider's word to each client that received it."""
    delays: list[float] = []

    def note(frame: str) -> None:
        now = time.monotonic_ns()
        if frame.startswith('{"type":"text_delta"'):
            delays.append((now - int(json.loads(frame)["text"])) / 1e9)

    await _crowd(service, f"[stamp {WORDS}]", note)
    if len(delays) != SESSIONS * CLIENTS * WORDS:
        raise RuntimeError(f"{SESSIONS * CLIENTS * WORDS} events were to come, {len(delays)} came")
    return delays


async def _burst(service: StampingService) -> float:
    """Delivered events per second, from the first prompt to the last client's last event."""
    count = 0

    def note(_: str) -> None:
        nonlocal count
        count += 1

    seconds = await _crowd(service, f"[burst {BURST}]", note)
    return count / seconds


async def _crowd(service: StampingService, prompt: str, note: Note) -> float:
    """Let every session answer the prompt to all its clients at once; return the seconds that took."""
    sessions = [await asyncio.to_thread(service.create) for _ in range(SESSIONS)]
    listening, begin = asyncio.Semaphore(0), asyncio.Event()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as clients:
        for session in sessions:
            for number in range(CLIENTS):
                clients.create_task(_client(service, session, listening, begin, "" if number else prompt, note))
        for _ in range(SESSIONS * CLIENTS):
            await listening.acquire()
        before = time.monotonic()
        begin.set()
    seconds = time.monotonic() - before
    for session in sessions:
        await asyncio.to_thread(service.request, "DELETE", f"/api/sessions/{session}")
    return seconds


async def _client(
    service: StampingService, session: str, listening: asyncio.Semaphore, begin: asyncio.Event, prompt: str, note: Note
) -> None:
    """Follow one session through one turn; the client with a prompt sends it when all are to begin."""
    url = f"ws://127.0.0.1:{service.port}/api/sessions/{session}/stream"
    headers = {"Authorization": f"Bearer {PASSWORD}"}
    async with connect(url, additional_headers=headers, max_size=None, compression=None, open_timeout=60) as socket:
        await socket.send('{"type":"subscribe"}')
        await _until(socket, "idle", lambda _: None)
        listening.release()
        await begin.wait()
        if prompt:
            await socket.send(json.dumps({"type": "prompt", "text": prompt}))
        await _until(socket, "completed", note)


async def _until(socket: ClientConnection, status: str, note: Note) -> None:
    while True:
        frame = str(await socket.recv())
        note(frame)
        if frame.startswith('{"type":"status"') and json.loads(frame)["status"] == status:
            return
