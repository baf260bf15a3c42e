"""Many sessions, several clients each, connections that break at random, and a web server that dies in the middle.

Every client ends up with the same story as the others: each event once, in order, none left out.
"""

import asyncio
import json
import random
from collections import Counter
from typing import Any

import pytest
from tests.live.stack import DEADLINE, PASSWORD, Stack
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

pytestmark = pytest.mark.anyio

SESSIONS = 20
CLIENTS = 3
SEED = 20261123
PROMPTS = ["[slow 60] walk", "[thinking] muse", "[subagent] look", "[burst 200] run", "[tasks] plan", "[long 20] tell"]
LAST = "the end"


class Listener:
    """One client: it reads for a while, loses its connection, and comes back with its cursor until all is told."""

    def __init__(self, stack: Stack, session: str, chance: random.Random) -> None:
        self._stack = stack
        self._session = session
        self._chance = chance
        self.events: dict[int, dict[str, Any]] = {}
        self.order: list[int] = []
        self.start = 0
        self.epoch = ""
        self.connections = Counter[str]()
        self.ready = asyncio.Event()

    @property
    def cursor(self) -> str | None:
        return f"{self.epoch}:{self.order[-1] if self.order else self.start}" if self.epoch else None

    async def run(self) -> None:
        while not self._has_ended():
            patience = self._chance.randint(3, 150)
            try:
                async with open_stream(self._stack, self._session) as connection:
                    await connection.send(json.dumps({"type": "subscribe", "cursor": self.cursor}))
                    async with asyncio.timeout(DEADLINE):
                        while patience and not self._has_ended():
                            self._take(json.loads(await connection.recv()))
                            patience -= 1
                    if self._chance.random() < 0.5:
                        connection.transport.abort()
            except (ConnectionClosed, OSError, InvalidHandshake, InvalidMessage):
                self.connections["lost"] += 1
                await asyncio.sleep(0.05)

    def _take(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "resume":
            self.connections[frame["result"]] += 1
        elif frame["type"] == "replay_complete":
            self.epoch, _, seq = frame["cursor"].partition(":")
            self.start = int(seq)
            self.ready.set()
        if (seq := frame.get("seq")) is not None:
            self.order.append(seq)
            self.events[seq] = frame

    def _has_ended(self) -> bool:
        if not self.order or self.events[self.order[-1]].get("status") != "completed":
            return False
        return any(LAST in json.dumps(frame.get("message", "")) for frame in self.events.values())


def open_stream(stack: Stack, session: str) -> connect:
    return connect(
        f"ws://127.0.0.1:{stack.port}/api/sessions/{session}/stream",
        additional_headers={"Authorization": f"Bearer {PASSWORD}"},
        open_timeout=DEADLINE,
    )


async def prompt(stack: Stack, session: str, chance: random.Random) -> None:
    """Everything into the queue; what a dying server may not have passed on is sent again, and acts once."""
    texts = [*chance.sample(PROMPTS, 3), LAST]
    while True:
        try:
            async with open_stream(stack, session) as connection:
                await send_all(connection, texts)
                return
        except (ConnectionClosed, OSError, InvalidHandshake, InvalidMessage):
            await asyncio.sleep(0.1)


async def send_all(connection: ClientConnection, texts: list[str]) -> None:
    for number, text in enumerate(texts):
        frame = {"type": "prompt", "text": text, "clientId": f"prompt-{number}", "mode": "queue"}
        await connection.send(json.dumps(frame))
    await connection.send(json.dumps({"type": "ping"}))
    while json.loads(await connection.recv())["type"] != "pong":
        pass


async def test_every_client_hears_the_whole_story_in_order(stack: Stack) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same sequence each time is what is wanted
    sessions = [await asyncio.to_thread(stack.create) for _ in range(SESSIONS)]
    listeners = {
        session: [Listener(stack, session, random.Random(chance.random())) for _ in range(CLIENTS)]  # noqa: S311
        for session in sessions
    }
    everybody = [listener for group in listeners.values() for listener in group]
    async with asyncio.timeout(4 * DEADLINE), asyncio.TaskGroup() as tasks:
        for listener in everybody:
            tasks.create_task(listener.run())
        for listener in everybody:
            await listener.ready.wait()
        prompting = [tasks.create_task(prompt(stack, session, chance)) for session in sessions]
        while sum(len(listener.order) for listener in everybody) < 40 * len(everybody):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
        await asyncio.to_thread(stack.kill, "serve")
        await asyncio.to_thread(stack.start_web)
        await asyncio.gather(*prompting)
    for session, group in listeners.items():
        ends = {listener.order[-1] for listener in group}
        assert len(ends) == 1, session
        for listener in group:
            assert listener.order == list(range(listener.start + 1, listener.order[-1] + 1)), session
        start = max(listener.start for listener in group) + 1
        stories = [[listener.events[seq] for seq in range(start, ends.copy().pop() + 1)] for listener in group]
        assert stories[0] == stories[1] == stories[2], session
    connections = sum((listener.connections for listener in everybody), Counter[str]())
    assert connections["gap"] == 0
    assert connections["ok"] > len(everybody)
    assert connections["lost"] >= len(everybody) / 2  # the restart was in the middle
