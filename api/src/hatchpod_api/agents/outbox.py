"""What goes to one connection: gathered for one write per turn of the event loop, and bounded."""

import asyncio
import logging
from collections.abc import Iterable

MAX_BACKLOG = 8 * 1024 * 1024

logger = logging.getLogger(__name__)


class Outbox:
    """`send` never waits. A connection whose reader lags by more than `MAX_BACKLOG` is cut, and no other."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._lines: list[bytes] = []
        self._scheduled = False
        self._replayed = 0
        self.last_sent = self._loop.time()

    @property
    def backlog(self) -> int:
        """Bytes that the reader has not taken yet."""
        return self._transport.get_write_buffer_size()

    @property
    def closed(self) -> bool:
        return self._transport.is_closing()

    def send(self, line: bytes) -> None:
        self._lines.append(line)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def replay(self, lines: Iterable[bytes]) -> None:
        """Much at once, such as a snapshot: it does not count against the limit for a reader that keeps up."""
        self._flush()
        if self.backlog > MAX_BACKLOG:
            self._cut()
            return
        data = b"".join(lines)
        self._replayed = self.backlog + len(data)
        self._write(data)

    def close(self) -> None:
        """Write what is left, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        self._scheduled = False
        if not self._lines:
            return
        data = b"".join(self._lines)
        self._lines.clear()
        backlog = self.backlog
        if not backlog:
            self._replayed = 0
        if backlog + len(data) > MAX_BACKLOG + self._replayed:
            self._cut()
        else:
            self._write(data)

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)
            self.last_sent = self._loop.time()

    def _cut(self) -> None:
        if not self._transport.is_closing():
            logger.info("a client that does not keep up is disconnected", extra={"fields": {"backlog": self.backlog}})
            self._transport.abort()
