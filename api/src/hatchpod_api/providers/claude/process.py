"""One `claude` process: lines of JSON in and out. The SDK speaks its control protocol through it.

The rest of what the process writes is passed on as it is: the SDK's own parsing would drop what transcripts have.
"""

import asyncio
import contextlib
import json
import os
import signal
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from claude_agent_sdk import Transport

from hatchpod_api.errors import ProviderError
from hatchpod_api.providers.claude.command import bound_to_parent
from hatchpod_api.providers.claude.leftovers import MARK, end_leftovers

Frame = dict[str, Any]
S = TypeVar("S")

_CHUNK = 64 * 1024
_MAX_LINE = 64 * 1024 * 1024
_KEPT_STDERR = 8 * 1024
_GRACE = 5.0
_ANSWER_TIME = 30.0
_CONTROL = frozenset({"control_request", "control_response", "control_cancel_request"})


class ClaudeProcess(Transport):
    """`on_frame` gets each line that is not of the control protocol, and nothing is read while it is awaited.

    `on_failure` is called once when the process ends by itself.
    """

    def __init__(
        self,
        command: list[str],
        cwd: str,
        environment: dict[str, str],
        *,
        on_frame: Callable[[Frame], Awaitable[None]],
        on_failure: Callable[[ProviderError], None],
    ) -> None:
        self._command = command
        self._cwd = cwd
        self._mark = str(uuid.uuid4())
        self._environment = {**environment, "PWD": cwd, MARK: self._mark}
        self._on_frame = on_frame
        self._on_failure = on_failure
        self._asked: dict[str, asyncio.Future[Frame]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._stderr = bytearray()
        self._stderr_task: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    @property
    def pid(self) -> int:
        """Process id; 0 before it is started."""
        return self._process.pid if self._process else 0

    async def connect(self) -> None:
        """Start the process. Raises `ProviderError` when it cannot be started."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                *bound_to_parent(self._command),
                cwd=self._cwd,
                env=self._environment,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_CHUNK,
                start_new_session=True,
            )
        except OSError as error:
            raise ProviderError(f"{self._command[0]} cannot be started: {error.strerror}; reinstall it") from error
        self._stderr_task = asyncio.create_task(self._keep_stderr())

    async def read_messages(self) -> AsyncIterator[Frame]:
        """Lines of the control protocol. Raises `ProviderError` when the process ends by itself."""
        try:
            async for line in self._lines():
                frame = _parsed(line)
                if self._is_answer(frame):
                    continue
                if frame.get("type") in _CONTROL:
                    yield frame
                elif frame:
                    await self._on_frame(frame)
            if self._closing is None:
                raise await self._ended()
        except ProviderError as error:
            self._on_failure(error)
            for waiting in self._asked.values():
                waiting.cancel()
            raise

    async def _lines(self) -> AsyncIterator[bytes]:
        process = self._started()
        pieces: list[bytes] = []
        size = 0
        while chunk := await _open(process.stdout).read(_CHUNK):
            *lines, rest = chunk.split(b"\n")
            for line in lines:
                yield b"".join([*pieces, line])
                pieces, size = [], 0
            pieces.append(rest)
            size += len(rest)
            if size > _MAX_LINE:
                raise ProviderError(
                    f"Claude Code wrote a line of more than {_MAX_LINE} bytes; send the prompt again to go on"
                )

    async def _ended(self) -> ProviderError:
        process = self._started()
        code = await process.wait()
        await asyncio.to_thread(end_leftovers, self._mark)
        if self._stderr_task:
            await asyncio.wait([self._stderr_task], timeout=1)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        said = self._stderr.decode(errors="replace").strip()
        return ProviderError(f"Claude Code {how}{': ' + said if said else ''}; send a prompt to go on from here")

    async def _keep_stderr(self) -> None:
        process = self._started()
        while chunk := await _open(process.stderr).read(_CHUNK):
            self._stderr += chunk
            del self._stderr[:-_KEPT_STDERR]

    def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise ProviderError("Claude Code is not running; send a prompt to start it")
        return self._process

    async def write(self, data: str) -> None:
        """Write a line. Raises `ProviderError` when the process is gone."""
        process = self._started()
        async with self._writing:
            try:
                stdin = _open(process.stdin)
                stdin.write(data.encode())
                await stdin.drain()
            except (ConnectionError, RuntimeError) as error:
                raise await self._gone() from error

    async def _gone(self) -> ProviderError:
        """Why nothing can be written any more: what the process said when it ended, if it did so by itself."""
        if self._closing is None:
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(self._ended(), _GRACE)
        return ProviderError("Claude Code is gone; send the prompt again to start it anew")

    async def send(self, frame: Frame) -> None:
        await self.write(json.dumps(frame) + "\n")

    async def ask(self, request: Frame) -> Frame:
        """Make a request that the SDK has no call for. Raises `ProviderError` when it is refused."""
        number = f"hatchpod-{uuid.uuid4()}"
        waiting = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            await self.send({"type": "control_request", "request_id": number, "request": request})
            answer = await asyncio.wait_for(waiting, _ANSWER_TIME)
        except (TimeoutError, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and not waiting.cancelled():
                raise
            raise ProviderError("Claude Code does not answer; stop the session and start it anew") from error
        finally:
            del self._asked[number]
        if answer.get("subtype") == "error":
            raise ProviderError(f"Claude Code refused: {answer.get('error')}; try another value")
        return answer.get("response") or {}

    def _is_answer(self, frame: Frame) -> bool:
        response = frame.get("response")
        waiting = self._asked.get(str(response.get("request_id"))) if isinstance(response, dict) else None
        if waiting is None or not isinstance(response, dict):
            return False
        if not waiting.done():
            waiting.set_result(response)
        return True

    def is_ready(self) -> bool:
        return self._process is not None and self._process.returncode is None and self._closing is None

    async def end_input(self) -> None:
        """Nothing to do: input ends with the process."""

    async def close(self) -> None:
        """End the process and wait for it: by the end of its input, then by signals. A few seconds at most."""
        if self._process is None:
            return
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(self._process))
        # Whoever waits may be cancelled; the process is ended all the same.
        await asyncio.shield(self._closing)

    async def _close(self, process: asyncio.subprocess.Process) -> None:
        _open(process.stdin).close()
        for end in (None, signal.SIGTERM, signal.SIGKILL):
            if end is not None:
                _signal_group(process.pid, end)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _GRACE)
                break
        # A tool that detached itself still holds the pipe: what it writes is nobody's any more.
        if self._stderr_task:
            self._stderr_task.cancel()
            await asyncio.wait([self._stderr_task])


def _open(stream: S | None) -> S:
    if stream is None:
        raise ProviderError("Claude Code was started without pipes; report this")
    return stream


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _parsed(line: bytes) -> Frame:
    """The object of a line; empty for one that is none, such as a tool's stray output."""
    try:
        frame = json.loads(line)
    except ValueError:
        return {}
    return frame if isinstance(frame, dict) else {}
