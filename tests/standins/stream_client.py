"""A stand-in for the UI: it rebuilds a session from frames, so that tests can compare what clients end up with."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import OpenStream


class Reduced:
    """State after any number of frames. `seqs` are the numbers of the journal's frames in the order they came."""

    def __init__(self) -> None:
        self.messages: dict[int, dict[str, Any]] = {}
        self.growing: dict[int, dict[int, str]] = {}
        self.approvals: dict[str, dict[str, Any]] = {}
        self.subagents: dict[str, dict[str, Any]] = {}
        self.latest: dict[str, dict[str, Any]] = {}
        self.seqs: list[int] = []
        self.errors: list[dict[str, Any]] = []
        self.cursor: str | None = None
        self.total: int | None = None

    def take(self, line: bytes) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(line)
        kind = frame["type"]
        if (seq := frame.pop("seq", None)) is not None:
            assert self.cursor is not None, "a live frame before the snapshot"
            epoch, last = self.cursor.rsplit(":", 1)
            assert seq == int(last) + 1, f"{seq} after {self.cursor}"
            self.seqs.append(seq)
            self.cursor = f"{epoch}:{seq}"
        handler = getattr(self, f"_{kind}", None)
        if handler is not None:
            handler(frame)
        elif kind not in {"ping", "pong", "tool_progress"}:
            self.latest[kind] = frame
        return frame

    def lines(self, data: bytes) -> None:
        for line in data.splitlines():
            self.take(line)

    @property
    def state(self) -> dict[str, Any]:
        """Everything that must be the same for every client."""
        return {
            "messages": [self.messages[index] for index in sorted(self.messages)],
            "growing": {index: parts for index, parts in self.growing.items() if parts},
            "approvals": self.approvals,
            "subagents": self.subagents,
            "latest": {kind: frame for kind, frame in self.latest.items() if kind != "session_redirected"},
        }

    def _message(self, frame: dict[str, Any]) -> None:
        message = frame["message"]
        self.messages[message["index"]] = message
        self.growing.pop(message["index"], None)

    def _message_discarded(self, frame: dict[str, Any]) -> None:
        self.messages.pop(frame["messageIndex"], None)
        self.growing.pop(frame["messageIndex"], None)

    def _text_delta(self, frame: dict[str, Any]) -> None:
        parts = self.growing.setdefault(frame["messageIndex"], {})
        text = parts.get(frame["partIndex"], "")
        units = len(text.encode("utf-16-le")) // 2
        assert frame["offset"] == units, f"{frame} after {units} code units"
        parts[frame["partIndex"]] = text + frame["text"]

    _thinking_delta = _text_delta

    def _tool_approval_request(self, frame: dict[str, Any]) -> None:
        self.approvals[frame["toolUseId"]] = frame

    def _tool_approval_resolved(self, frame: dict[str, Any]) -> None:
        self.approvals.pop(frame["toolUseId"])

    def _subagent_started(self, frame: dict[str, Any]) -> None:
        self.subagents[frame["subagentId"]] = {"start": frame, "calls": []}

    def _subagent_tool_call(self, frame: dict[str, Any]) -> None:
        if frame["subagentId"] in self.subagents:
            self.subagents[frame["subagentId"]]["calls"].append(frame)

    def _subagent_completed(self, frame: dict[str, Any]) -> None:
        self.subagents.pop(frame["subagentId"], None)

    def _status(self, frame: dict[str, Any]) -> None:
        self.latest["status"] = frame
        if frame["status"] not in {"starting", "running", "waiting_for_approval"}:
            assert not self.approvals, "an approval outlived its turn"

    def _resume(self, frame: dict[str, Any]) -> None:
        if frame["result"] == "gap":
            self._forget()
        else:
            epoch, seq = frame["cursor"].rsplit(":", 1)
            assert self.cursor is not None
            assert self.cursor.rsplit(":", 1)[0] == epoch
            assert int(self.cursor.rsplit(":", 1)[1]) <= int(seq)

    def _replay_complete(self, frame: dict[str, Any]) -> None:
        self.cursor = frame["cursor"]
        self.total = frame["totalMessages"]

    def _error(self, frame: dict[str, Any]) -> None:
        self.errors.append(frame)

    def _forget(self) -> None:
        kept = self.seqs, self.errors
        self.__init__()  # type: ignore[misc]
        self.seqs, self.errors = kept


class StreamClient:
    """One connection to a session's stream, and what a UI would show of it."""

    def __init__(
        self, session_id: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reduced: Reduced
    ) -> None:
        self.session_id = session_id
        self._reader, self._writer = reader, writer
        self.reduced = reduced
        self.frames: list[dict[str, Any]] = []

    @classmethod
    async def open(
        cls, agents: AgentsClient, session_id: str, reduced: Reduced | None = None, *, limit: int = 500
    ) -> Self:
        """Connect and subscribe; with a client that was connected before, from its cursor on."""
        reader, writer = await agents.open(OpenStream(session_id=session_id))
        client = cls(session_id, reader, writer, reduced or Reduced())
        client.send("subscribe", cursor=client.reduced.cursor, messageLimit=limit)
        if client.reduced.cursor is None:
            await client.until(lambda frame: frame["type"] == "queue")
        return client

    def send(self, kind: str, **fields: Any) -> None:
        self.send_bytes(json.dumps({"type": kind, **fields}).encode())

    def send_bytes(self, line: bytes) -> None:
        self._writer.write(line + b"\n")

    async def until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 30) -> dict[str, Any]:
        """The next frame that is wanted; `EOFError` at the end of the connection."""
        async with asyncio.timeout(seconds):
            while line := await self._reader.readline():
                frame = self.reduced.take(line)
                self.frames.append(frame)
                if wanted(frame):
                    return frame
        raise EOFError

    async def until_type(self, kind: str) -> dict[str, Any]:
        return await self.until(lambda frame: frame["type"] == kind)

    async def until_status(self, *statuses: str) -> dict[str, Any]:
        return await self.until(lambda frame: frame["type"] == "status" and frame["status"] in statuses)

    async def read_on(self) -> None:
        """Whatever comes until the connection ends."""
        with suppress(EOFError, ConnectionError):
            await self.until(lambda _: False, seconds=120)

    async def caught_up(self) -> None:
        """Take everything that was sent up to now."""
        self.send("ping")
        await self.until_type("pong")

    def close(self) -> None:
        self._writer.transport.abort()

    @property
    def texts(self) -> list[str]:
        return texts(self.reduced)


def texts(reduced: Reduced) -> list[str]:
    """The first part's text of each message that has one."""
    return [
        message["parts"][0]["text"]
        for message in reduced.state["messages"]
        if message.get("parts") and "text" in message["parts"][0]
    ]


async def eventually(true: Callable[[], object], seconds: float = 30) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 # whatever it is, it has no event to wait for
            await asyncio.sleep(0.01)
