"""The agent of one session: started when it is told something, and never two of them at once."""

import asyncio
from collections.abc import Callable

from hatchpod_api.agents.live_run import Job, LiveRun
from hatchpod_api.agents.session import Session
from hatchpod_api.errors import HatchpodError
from hatchpod_api.providers.base import Event, Run

Refuse = Callable[[HatchpodError], None]


class Agent:
    """`on_end` is called when it ends by itself, and not when it is ended with `drop` or `close`."""

    def __init__(self, session: Session, on_event: Callable[[Event], None], on_end: Refuse) -> None:
        self._session = session
        self._on_event = on_event
        self._on_end = on_end
        self._run: LiveRun | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def live(self) -> bool:
        return self._run is not None

    @property
    def started(self) -> bool:
        return self._run is not None and self._run.started

    def do(self, job: Job, failed: Refuse) -> None:
        """Tell it something; it is started when it does not run."""
        if self._run is None:
            self._run = LiveRun(self._start, self._on_event, self._ended, session_id=self._session.id)

        def done(future: "asyncio.Future[None]") -> None:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, HatchpodError):
                failed(error)

        self._run.do(job).add_done_callback(done)

    async def settled(self) -> None:
        """Wait until it has taken, or refused, everything that it was told before."""
        if self._run is not None:
            await self._run.settled()

    def drop(self) -> None:
        """End it, and wait for nothing; the session can go on with another."""
        run, self._run = self._run, None
        self._session.background_tasks = 0
        if run is not None:
            task = asyncio.create_task(run.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """End it, and wait for that."""
        self.drop()
        await self._closed()

    async def _start(self) -> Run:
        await self._closed()  # two must never go on with one conversation
        return await self._session.host.start(self._session)

    async def _closed(self) -> None:
        if self._closing:
            await asyncio.wait(self._closing)

    def _ended(self, error: HatchpodError) -> None:
        self._run = None
        self._on_end(error)
