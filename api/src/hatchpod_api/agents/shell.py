"""One login shell on a pseudo-terminal of its own, in an environment that is built, never inherited."""

import asyncio
import codecs
import errno
import os
import pwd
import signal
import termios
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path

from hatchpod_api.errors import ProviderError, ValueNotAllowedError

CHUNK = 64 * 1024
MAX_UNREAD = 1024 * 1024
HANG_UP_SECONDS = 2.0

_SHELLS = Path("/etc/shells")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """What a login gives: who the user is, and a terminal that can do colours; and `extra` on top."""
    user, home = pwd.getpwuid(os.getuid()), Path.home()
    return {
        "HOME": str(home),
        "USER": user.pw_name,
        "LOGNAME": user.pw_name,
        "SHELL": user.pw_shell or "/bin/sh",
        "PATH": f"{home}/.local/bin:{_PATH}",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        **extra,
    }


def login_shell(wanted: str | None, default: str) -> str:
    """A shell that the machine's administrator permits. Raises `ValueNotAllowedError` for any other."""
    try:
        lines = _SHELLS.read_text().splitlines()
    except OSError:
        lines = []
    permitted = [line.strip() for line in lines if line.strip().startswith("/")]
    if wanted is None:
        return default if default in permitted else next(iter(permitted), "/bin/sh")
    if wanted not in permitted:
        raise ValueNotAllowedError(
            f"shell: got {wanted!r}; this workstation has {', '.join(permitted) or 'none'}", field="shell"
        )
    return wanted


async def start_shell(
    wanted: str | None, cwd: Path, environment: Mapping[str, str], *, rows: int, columns: int
) -> "Shell":
    path = login_shell(wanted, environment.get("SHELL", "/bin/sh"))
    master, slave = os.openpty()
    try:
        termios.tcsetwinsize(slave, (rows, columns))
        # `setsid --ctty` makes the terminal the controlling one without running Python between fork and exec.
        process = await asyncio.create_subprocess_exec(
            "setsid",
            "--ctty",
            path,
            "-l",
            cwd=cwd,
            env={**environment, "SHELL": path},
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
    except OSError as error:
        os.close(master)
        raise ProviderError(f"the shell {path} does not start ({error.strerror}); choose another one") from error
    finally:
        os.close(slave)
    os.set_blocking(master, False)
    return Shell(path, master, process)


class Shell:
    def __init__(self, path: str, master: int, process: asyncio.subprocess.Process) -> None:
        self.path = path
        self.reader: asyncio.Task[None] | None = None
        self._master = master
        self._process = process
        self._readable = asyncio.Event()
        self._unwritten = bytearray()
        self._loop = asyncio.get_running_loop()
        self._open = True

    async def output(self, wait_while: Callable[[], bool]) -> AsyncIterator[tuple[bytes, str]]:
        """What it prints, as bytes and as text, until it ends. While `wait_while` says so, it is not read."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._loop.add_reader(self._master, self._readable.set)
        try:
            while True:
                await self._readable.wait()
                self._readable.clear()
                while wait_while():
                    self._loop.remove_reader(self._master)
                    await asyncio.sleep(0.02)
                    self._loop.add_reader(self._master, self._readable.set)
                try:
                    data = os.read(self._master, CHUNK)
                except BlockingIOError:
                    continue
                except OSError as error:
                    if error.errno == errno.EIO:  # nobody has the other end open any more
                        return
                    raise
                if not data:
                    return
                yield data, decoder.decode(data)
        finally:
            self._loop.remove_reader(self._master)

    def write(self, data: bytes) -> None:
        """Never waits; what the terminal does not take at once follows when it does."""
        if not self._open:
            return
        if not self._unwritten:
            self._loop.add_writer(self._master, self._write)
        self._unwritten += data

    @property
    def is_full(self) -> bool:
        """Whether much of what was written is still to be read by the program that runs."""
        return self._open and len(self._unwritten) > MAX_UNREAD

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a command: no program has its terminal."""
        return self._open and os.tcgetpgrp(self._master) == self._process.pid

    def resize(self, rows: int, columns: int) -> None:
        if self._open:
            termios.tcsetwinsize(self._master, (rows, columns))

    async def wait(self) -> int:
        """The exit code, as a shell gives it: 128 and the signal's number for one that was killed."""
        self._close_master()
        try:
            async with asyncio.timeout(HANG_UP_SECONDS):
                code = await self._process.wait()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            code = await self._process.wait()
        return code if code >= 0 else 128 - code

    async def close(self) -> None:
        """Hang up, and wait for it, within bounds."""
        self._signal(signal.SIGHUP)
        if self.reader is not None:
            done, _ = await asyncio.wait([self.reader], timeout=HANG_UP_SECONDS)
            if not done:
                self._signal(signal.SIGKILL)
                self.reader.cancel()
                await asyncio.wait([self.reader])

    def _write(self) -> None:
        try:
            written = os.write(self._master, self._unwritten)
        except BlockingIOError:
            return
        except OSError:
            written = len(self._unwritten)
        del self._unwritten[:written]
        if not self._unwritten:
            self._loop.remove_writer(self._master)

    def _signal(self, number: int) -> None:
        """To the whole group, which the shell leads."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def _close_master(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_writer(self._master)
            os.close(self._master)
