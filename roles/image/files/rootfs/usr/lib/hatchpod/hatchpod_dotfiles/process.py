"""Programs that may hang or print without end: a time limit ends all that they started, and little is kept."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

GRACE = 5  # seconds between the request to end and the end
DRAIN = 1  # seconds for output that is under way when a program has ended; what it left running may keep the pipe open
CHUNK = 65536
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
WIDEST_LINE = 300


class Sink(Protocol):
    """What takes output."""

    def write(self, data: bytes) -> None:
        """Take some."""


class Tail:
    """The last bytes of an output."""

    def __init__(self, size: int = 65536) -> None:
        self.size = size
        self.data = bytearray()
        self.dropped = 0

    def write(self, data: bytes) -> None:
        """Take some output."""
        self.data += data
        if (surplus := len(self.data) - self.size) > 0:
            self.dropped += surplus
            del self.data[:surplus]

    def text(self) -> str:
        """Return what is kept."""
        return self.data.decode(errors="replace")


class Log:
    """A file with the beginning and the end of an output: a script that prints without end does not fill the disk."""

    def __init__(self, path: Path, half: int = 512 * 1024) -> None:
        self.file = path.open("wb", buffering=0)
        self.room = half
        self.end = Tail(half)

    def write(self, data: bytes) -> None:
        """Write the beginning at once, so that it can be followed; keep the rest for the end."""
        self.file.write(data[: self.room])
        self.end.write(data[self.room :])
        self.room = max(0, self.room - len(data))

    def close(self) -> None:
        """Write the end of the output, and how much is not there."""
        with self.file:
            if self.end.dropped:
                self.file.write(f"\n[{self.end.dropped} bytes left out]\n".encode())
            self.file.write(self.end.data)


class Both:
    """Two sinks as one."""

    def __init__(self, *sinks: Sink) -> None:
        self.sinks = sinks

    def write(self, data: bytes) -> None:
        """Take some output."""
        for sink in self.sinks:
            sink.write(data)


def last_lines(text: str, count: int) -> list[str]:
    """Return the last lines that say something, without what would move a terminal's cursor or colour it."""
    lines = (line.rsplit("\r", 1)[-1] for line in ESCAPES.sub("", text).replace("\r\n", "\n").split("\n"))
    clean = ("".join(one for one in line if one.isprintable() or one == "\t").rstrip() for line in lines)
    return [line[:WIDEST_LINE] for line in clean if line.strip()][-count:]


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    deadline: float,
    output: Sink,
    errors: Sink | None = None,
) -> int | None:
    """Run a program in a process group of its own; return its exit code, or None where the deadline ended it.

    `deadline` is of `time.monotonic`. Without `errors` both outputs go to `output`. OSError means that it cannot start.
    """
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if errors is None else subprocess.PIPE,
        start_new_session=True,
    )
    try:
        with process.stdout or contextlib.nullcontext(), process.stderr or contextlib.nullcontext():
            return process.returncode if follow(process, deadline, output, errors) else None
    finally:
        if process.poll() is None:  # the deadline, or a signal to this program
            end(process)


def follow(process: subprocess.Popen[bytes], deadline: float, output: Sink, errors: Sink | None) -> bool:
    """Pass output on until the program has ended; say whether it did so before the deadline."""
    with selectors.DefaultSelector() as selector:
        for pipe, sink in ((process.stdout, output), (process.stderr, errors)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, sink)
        drained = None
        while selector.get_map():
            now = time.monotonic()
            if drained is None and process.poll() is not None:
                drained = now + DRAIN
            if drained is not None and now > drained:
                return True
            if drained is None and now > deadline:
                return False
            for key, _ in selector.select(0.1):
                data = os.read(key.fd, CHUNK)
                if data:
                    key.data.write(data)
                else:
                    selector.unregister(key.fileobj)
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program's whole process group: by request first, so that it can tidy up."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
