"""Logging Claude Code in without a browser on this machine: `claude auth login` on a pseudo-terminal of its own."""

import asyncio
import contextlib
import fcntl
import os
import re
import signal
import struct
import termios
from asyncio.subprocess import Process
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Self

from hatchpod_api.claude_code.command import ClaudeCommand
from hatchpod_api.errors import ConflictError, UnavailableError, UpstreamError

URL_SECONDS = 30.0
CODE_SECONDS = 60.0
ABANDONED_SECONDS = 15 * 60.0

_ROWS, _COLUMNS = 50, 2000  # so wide that an address is on one line
_MAX_OUTPUT = 64 * 1024
_CONTROL = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f]")
_ADDRESS = re.compile(r"https://[\x21-\x7e]+(?=\s)")


class Attempt:
    """One run of the command, from its start to its end."""

    def __init__(self, process: Process, terminal: int) -> None:
        self._process = process
        self._terminal = terminal
        self._changed = asyncio.Event()
        self._ended = False
        self._output = bytearray()
        self.url = ""
        asyncio.get_running_loop().add_reader(terminal, self._read)

    @classmethod
    async def begin(cls, command: ClaudeCommand, account: Literal["claudeai", "console"], cwd: Path) -> "Attempt":
        ours, theirs = os.openpty()
        try:
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
            process = await asyncio.create_subprocess_exec(
                *(command.executable(), "auth", "login", f"--{account}"),
                cwd=cwd,
                env={**command.environment, "TERM": "dumb"},
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        os.set_blocking(ours, False)
        return cls(process, ours)

    async def wait_for_url(self) -> str:
        """`UpstreamError` when the command ends without saying where to go on."""
        await self._until(lambda: _ADDRESS.search(self.text) is not None, URL_SECONDS)
        if match := _ADDRESS.search(self.text):
            self.url = match[0]
            return self.url
        raise UpstreamError(f"Claude Code could not begin the login: {self._reason()}", code="login_failed")

    async def send_code(self, code: str) -> None:
        """Returns when the login is done; `UpstreamError` with the reason when it is refused."""
        self._type(code.encode() + b"\r")
        await self._until(lambda: False, CODE_SECONDS)
        if await self._process.wait() != 0:
            raise UpstreamError(f"The login failed: {self._reason(code)}", code="login_failed", field="code")

    def _type(self, keys: bytes) -> None:
        """The descriptor of a terminal that is gone may be somebody else's by now."""
        try:
            if not self._ended:
                os.write(self._terminal, keys)
                return
        except OSError:  # gone, and not noticed yet
            pass
        raise UpstreamError(f"Claude Code has given up the login: {self._reason()}", code="login_failed")

    async def close(self) -> None:
        self._stop_reading()
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    @property
    def text(self) -> str:
        return _CONTROL.sub("", self._output.decode(errors="replace").replace("\r\n", "\n"))

    def _read(self) -> None:
        try:
            chunk = os.read(self._terminal, 65536)
        except BlockingIOError:
            return
        except OSError:  # nobody has the other end open any more
            chunk = b""
        if not chunk:
            self._stop_reading()
        self._output += chunk[: max(0, _MAX_OUTPUT - len(self._output))]
        self._changed.set()

    def _stop_reading(self) -> None:
        if not self._ended:
            self._ended = True
            asyncio.get_running_loop().remove_reader(self._terminal)
            os.close(self._terminal)

    async def _until(self, done: Callable[[], bool], seconds: float) -> None:
        """Until it is done, or the command has ended."""
        try:
            async with asyncio.timeout(seconds):
                while not self._ended and not done():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise UnavailableError("Claude Code did not answer in time. Begin the login again.") from None

    def _reason(self, code: str = "\0") -> str:
        lines = [line.strip() for line in self.text.replace(code, "…").splitlines() if line.strip()]
        return lines[-1][:300] if lines else "it said nothing"


class Login:
    """At most one attempt; a new one takes the place of the one before."""

    def __init__(self, command: ClaudeCommand, cwd: Path) -> None:
        self._command = command
        self._cwd = cwd
        self._attempt: Attempt | None = None
        self._abandon: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._lane = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cancel()
        await asyncio.gather(*self._ending)

    @property
    def url(self) -> str | None:
        return self._attempt.url if self._attempt else None

    async def begin(self, account: Literal["claudeai", "console"]) -> str:
        """The address where the person signs in and gets a code."""
        async with self._lane:
            await self._end()
            attempt = await Attempt.begin(self._command, account, self._cwd)
            try:
                url = await attempt.wait_for_url()
            except BaseException:
                await attempt.close()
                raise
            self._attempt = attempt
            self._abandon = asyncio.get_running_loop().call_later(ABANDONED_SECONDS, self._forget, attempt)
            return url

    async def send_code(self, code: str) -> None:
        async with self._lane:
            if self._attempt is None:
                raise ConflictError("No login has begun, or it took too long. Begin one first.", code="no_login")
            try:
                await self._attempt.send_code(code)
            finally:
                await self._end()

    async def cancel(self) -> None:
        async with self._lane:
            await self._end()

    def _forget(self, attempt: Attempt) -> None:
        if self._attempt is attempt:
            task = asyncio.create_task(self.cancel())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _end(self) -> None:
        if self._abandon is not None:
            self._abandon.cancel()
            self._abandon = None
        if self._attempt is not None:
            attempt, self._attempt = self._attempt, None
            await attempt.close()
