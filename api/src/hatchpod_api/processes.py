"""Runs programs: without a shell or a terminal, within limits of time and output."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence

import msgspec

_MAX_COMPLAINT = 64 * 1024


class Output(msgspec.Struct, frozen=True):
    """What a run left: its exit code, standard output up to the limit, and what it complained about."""

    code: int
    data: bytes
    complaint: str
    truncated: bool

    @property
    def text(self) -> str:
        return self.data.decode(errors="replace")


async def run_program(
    command: Sequence[str],
    *,
    cwd: str,
    environment: Mapping[str, str],
    stdin: bytes | None = None,
    limit: int,
    seconds: float,
) -> Output:
    """Run to the end, which comes when output passes `limit` bytes. `TimeoutError` after `seconds`; `OSError`."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env=dict(environment),
        stdin=DEVNULL if stdin is None else PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,  # no terminal to ask for a password on, and one group to end
    )
    try:
        async with asyncio.timeout(seconds):
            return await _communicate(process, stdin, limit)
    finally:
        await asyncio.shield(_end(process))


async def _communicate(process: Process, stdin: bytes | None, limit: int) -> Output:
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_read(process.stdout, limit))
        complaining = group.create_task(_read(process.stderr, _MAX_COMPLAINT, drain=True))
        if stdin is not None:
            group.create_task(_write(process.stdin, stdin))
        data = await reading
        if len(data) > limit:
            _kill(process)
    code = await process.wait()
    return Output(code, data[:limit], complaining.result().decode(errors="replace"), len(data) > limit)


async def _read(stream: asyncio.StreamReader | None, limit: int, *, drain: bool = False) -> bytes:
    """Up to one byte more than `limit`; `drain` reads on and forgets."""
    data = bytearray()
    while stream is not None and (chunk := await stream.read(65536)):
        if len(data) <= limit:
            data += chunk[: limit + 1 - len(data)]
        elif not drain:
            break
    return bytes(data)


async def _write(stream: asyncio.StreamWriter | None, data: bytes) -> None:
    if stream is not None:
        with contextlib.suppress(ConnectionError):  # it ended without reading all
            stream.write(data)
            await stream.drain()
        stream.close()


async def _end(process: Process) -> None:
    """With what it started, unless it ended by itself: a credential cache may stay then."""
    if process.returncode is None:
        _kill(process)
        await process.wait()


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
