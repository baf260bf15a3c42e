"""One run of an agent on behalf of a session: started once, told things in order, heard until it ends."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

from hatchpod_api.errors import HatchpodError, ProviderError
from hatchpod_api.providers.base import Event, Run

START_SECONDS = 120.0
JOB_SECONDS = 60.0
CLOSE_SECONDS = 22.0

# An agent that never pauses must not keep others from their turn.
_EVENTS_AT_ONCE = 50

Job = Callable[[Run], Awaitable[None]]

logger = logging.getLogger(__name__)


class LiveRun:
    """`on_end` is called once with the reason when the run ends by itself, and not at all after `close`."""

    def __init__(
        self,
        start: Callable[[], Awaitable[Run]],
        on_event: Callable[[Event], None],
        on_end: Callable[[HatchpodError], None],
        *,
        session_id: str,
    ) -> None:
        self._start = start
        self._on_event = on_event
        self._on_end = on_end
        self._log = {"fields": {"session": session_id}}
        self._jobs: asyncio.Queue[tuple[Job, asyncio.Future[None]]] = asyncio.Queue()
        self._run: Run | None = None
        self._closing = False
        self._task = asyncio.create_task(self._live(), name=f"run-{session_id}")

    @property
    def started(self) -> bool:
        return self._run is not None

    def do(self, job: Job) -> "asyncio.Future[None]":
        """Do this with the run, after what was asked before. The result may be left alone."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.add_done_callback(lambda future: future.cancelled() or future.exception())
        if self._task.done():
            done.set_exception(ProviderError("the agent has ended; try again"))
        else:
            self._jobs.put_nowait((job, done))
        return done

    async def settled(self) -> None:
        """Wait until what was asked before is done or refused."""
        await self._jobs.join()

    async def close(self) -> None:
        """End the agent, within bounds. Its events are not heard any more."""
        self._closing = True
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _live(self) -> None:
        ended: HatchpodError = ProviderError("the agent ended by itself; send a prompt to start it again")
        worker: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(START_SECONDS):
                self._run = await self._start()
            worker = asyncio.create_task(self._work(self._run))
            await self._listen(self._run)
        except HatchpodError as error:
            ended = error
        except TimeoutError:
            ended = ProviderError(f"the agent did not start within {START_SECONDS:g} s; try again, and look at its log")
        except Exception:
            logger.exception("a run failed", extra=self._log)
            ended = ProviderError("the agent failed for a reason that is in the log; send a prompt to start it again")
        finally:
            if worker is not None:
                worker.cancel()
            await self._end()
            if not self._closing:
                self._on_end(ended)
            self._refuse_jobs(ended)

    async def _listen(self, run: Run) -> None:
        heard = 0
        events = run.events()
        try:
            async for event in events:
                try:
                    self._on_event(event)
                except Exception:
                    logger.exception("an event was skipped", extra=self._log)
                heard += 1
                if heard % _EVENTS_AT_ONCE == 0:
                    await asyncio.sleep(0)
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    async def _work(self, run: Run) -> None:
        while True:
            job, done = await self._jobs.get()
            try:
                async with asyncio.timeout(JOB_SECONDS):
                    await job(run)
                _settle(done, None)
            except HatchpodError as error:
                _settle(done, error)
            except TimeoutError:
                _settle(done, ProviderError(f"the agent did not answer within {JOB_SECONDS:g} s; interrupt it"))
            except asyncio.CancelledError:
                _settle(done, ProviderError("the agent ended before it was told; try again"))
                raise
            except Exception:
                logger.exception("the agent could not be told", extra=self._log)
                _settle(done, ProviderError("the agent could not be told, for a reason that is in the log; try again"))
            finally:
                self._jobs.task_done()

    async def _end(self) -> None:
        """Shielded from being cancelled a second time: no process may stay behind."""
        if self._run is None:
            return
        closing = asyncio.ensure_future(self._close_run(self._run))
        while not closing.done():
            try:
                await asyncio.shield(closing)
            except asyncio.CancelledError:
                continue

    async def _close_run(self, run: Run) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await run.close()
        except Exception:
            logger.exception("an agent could not be closed", extra=self._log)

    def _refuse_jobs(self, reason: HatchpodError) -> None:
        while not self._jobs.empty():
            _settle(self._jobs.get_nowait()[1], reason)
            self._jobs.task_done()


def _settle(done: "asyncio.Future[None]", error: HatchpodError | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
