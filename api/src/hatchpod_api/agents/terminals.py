"""Terminals: login shells that go on without anybody looking, shared by whoever attaches."""

import asyncio
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import msgspec

from hatchpod_api.agents.lines import encode_line
from hatchpod_api.agents.outbox import Outbox
from hatchpod_api.agents.shell import Shell, start_shell
from hatchpod_api.errors import ConflictError, HatchpodError, MalformedError, NotFoundError, ValueNotAllowedError
from hatchpod_api.messages.commands import ClientPing
from hatchpod_api.messages.frames import Error, Pong
from hatchpod_api.messages.terminal import (
    Attach,
    Attached,
    Exit,
    Input,
    Output,
    Resize,
    TerminalClientFrame,
    TerminalSummary,
)
from hatchpod_api.timestamps import now
from hatchpod_api.workspace import Workspace

MAX_TERMINALS = 20
KEPT_BYTES = 256 * 1024
# While every client is this far behind, the shell has to wait.
LAGGING_BYTES = 256 * 1024
FULL_SECONDS = 0.02

logger = logging.getLogger(__name__)
_decode = msgspec.json.Decoder(TerminalClientFrame).decode


class Terminal:
    """One shell and its clients, each with the size of its window; the smallest is the terminal's."""

    def __init__(self, shell: Shell, cwd: str) -> None:
        self.id = str(uuid4())
        self.shell = shell
        self.cwd = cwd
        self.created_at = now()
        self.left_at = 0.0
        self.clients: dict[Outbox, tuple[int, int]] = {}
        self._kept = bytearray()

    @property
    def summary(self) -> TerminalSummary:
        return TerminalSummary(
            session_id=self.id,
            cwd=self.cwd,
            shell=self.shell.path,
            created_at=self.created_at,
            clients=len(self.clients),
        )

    def attach(self, client: Outbox, rows: int, columns: int, *, fresh: bool) -> None:
        lines = [encode_line(Attached(session_id=self.id, fresh=fresh))]
        if self._kept:
            lines.append(encode_line(Output(data=self._replay())))
        client.replay(lines)
        self.resize(client, rows, columns)

    def detach(self, client: Outbox) -> None:
        if self.clients.pop(client, None) is not None:
            self.left_at = time.monotonic()
            self._fit()

    def resize(self, client: Outbox, rows: int, columns: int) -> None:
        self.clients[client] = (rows, columns)
        self._fit()

    def show(self, data: bytes, text: str) -> None:
        self._kept += data
        if len(self._kept) > 2 * KEPT_BYTES:
            del self._kept[:-KEPT_BYTES]
        if text:
            line = encode_line(Output(data=text))
            for client in self.clients:
                client.send(line)

    @property
    def lagging(self) -> bool:
        return bool(self.clients) and all(client.backlog > LAGGING_BYTES for client in self.clients)

    def end(self, exit_code: int) -> None:
        line = encode_line(Exit(exit_code=exit_code))
        for client in self.clients:
            client.send(line)
            client.close()
        self.clients.clear()

    def _fit(self) -> None:
        if self.clients:
            rows, columns = (min(sizes) for sizes in zip(*self.clients.values(), strict=True))
            self.shell.resize(rows, columns)

    def _replay(self) -> str:
        """The newest output, from the beginning of a line where some of it had to go."""
        kept = bytes(self._kept[-KEPT_BYTES:])
        if len(self._kept) > KEPT_BYTES:
            kept = kept[kept.find(b"\n") + 1 :]
        return kept.decode(errors="replace")


class Terminals:
    """`environment` is all that a shell sees; nothing of the host's own is added to it."""

    def __init__(self, workspace: Workspace, default_cwd: Path, environment: Mapping[str, str]) -> None:
        self._workspace = workspace
        self._default_cwd = default_cwd
        self._environment = dict(environment)
        self._terminals: dict[str, Terminal] = {}
        self._starting = 0

    @property
    def summaries(self) -> list[TerminalSummary]:
        return [terminal.summary for terminal in self._terminals.values()]

    async def run(self, reader: asyncio.StreamReader, client: Outbox) -> None:
        """Serve one client until it goes; its terminal goes on."""
        terminal: Terminal | None = None
        try:
            while line := await reader.readline():
                try:
                    terminal = await self._handle(_read(line), client, terminal)
                except HatchpodError as error:
                    client.send(encode_line(Error(error=error.message, code=error.code, field=error.field)))
                # Who writes more than is read is not read either.
                while terminal is not None and terminal.shell.is_full and not client.closed:  # noqa: ASYNC110
                    await asyncio.sleep(FULL_SECONDS)
        finally:
            if terminal is not None:
                terminal.detach(client)

    async def close_one(self, session_id: str) -> None:
        if (terminal := self._terminals.get(session_id)) is None:
            raise NotFoundError("there is no terminal with this id; it may have ended")
        await terminal.shell.close()

    async def close(self) -> None:
        await asyncio.gather(*(terminal.shell.close() for terminal in self._terminals.values()))

    async def _handle(self, frame: TerminalClientFrame, client: Outbox, terminal: Terminal | None) -> Terminal | None:
        match frame:
            case Attach():
                known = self._terminals.get(frame.session_id or "")
                wanted = known or await self._open(frame)
                if terminal is not None and terminal is not wanted:
                    terminal.detach(client)
                wanted.attach(client, frame.rows, frame.cols, fresh=known is None)
                return wanted
            case ClientPing():
                client.send(encode_line(Pong()))
            case _ if terminal is None:
                raise MalformedError("the first frame must be `attach`", field="type")
            case Input():
                terminal.shell.write(frame.data.encode(errors="replace"))
            case Resize():
                terminal.resize(client, frame.rows, frame.cols)
        return terminal

    async def _open(self, wanted: Attach) -> Terminal:
        full = len(self._terminals) + self._starting >= MAX_TERMINALS
        forgotten = self._forgotten() if full else None
        if full and forgotten is None:
            raise ConflictError(f"{MAX_TERMINALS} terminals are open, which is the limit; close one", code="limit")
        cwd = self._workspace.folder(wanted.cwd, field="cwd") if wanted.cwd else self._default_cwd
        self._starting += 1
        try:
            shell = await start_shell(wanted.shell, cwd, self._environment, rows=wanted.rows, columns=wanted.cols)
        finally:
            self._starting -= 1
        terminal = Terminal(shell, str(cwd))
        self._terminals[terminal.id] = terminal
        terminal_task = asyncio.create_task(self._follow(terminal), name=f"terminal-{terminal.id}")
        shell.reader = terminal_task
        if forgotten is not None and not forgotten.clients:
            self._terminals.pop(forgotten.id, None)
            await forgotten.shell.close()
        return terminal

    def _forgotten(self) -> Terminal | None:
        """The shell that waits for a command while nobody has looked at it for the longest."""
        idle = (one for one in self._terminals.values() if not one.clients and one.shell.is_idle)
        return min(idle, key=lambda one: one.left_at, default=None)

    async def _follow(self, terminal: Terminal) -> None:
        try:
            async for data, text in terminal.shell.output(wait_while=lambda: terminal.lagging):
                terminal.show(data, text)
        finally:
            exit_code = await terminal.shell.wait()
            self._terminals.pop(terminal.id, None)
            terminal.end(exit_code)


def _read(line: bytes) -> TerminalClientFrame:
    try:
        frame: TerminalClientFrame = _decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        field = "cols" if "cols" in str(error) else "rows" if "rows" in str(error) else None
        raise ValueNotAllowedError(f"not a frame of a terminal: {error}", field=field) from None
    return frame
