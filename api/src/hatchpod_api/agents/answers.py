"""Answers calls of the web server, many at once on one connection."""

import asyncio
import logging

import msgspec

from hatchpod_api import __version__
from hatchpod_api.agents import protocol
from hatchpod_api.agents.creation import Creation
from hatchpod_api.agents.host import Host
from hatchpod_api.agents.lines import encode_line
from hatchpod_api.agents.outbox import Outbox
from hatchpod_api.agents.records import Record, detail_of
from hatchpod_api.agents.terminals import Terminals
from hatchpod_api.errors import HatchpodError, NotFoundError
from hatchpod_api.messages.errors import ErrorBody

logger = logging.getLogger(__name__)
_decode = msgspec.json.Decoder(protocol.Request).decode


class Answers:
    def __init__(self, host: Host, terminals: Terminals) -> None:
        self._host = host
        self._terminals = terminals
        self._creation = Creation(host)
        self._started = asyncio.get_running_loop().time()

    async def run(self, reader: asyncio.StreamReader, outbox: Outbox) -> None:
        """Until the web server goes; what it asked for is done even so."""
        tasks: set[asyncio.Task[None]] = set()
        while line := await reader.readline():
            task = asyncio.create_task(self._reply(_decode(line), outbox))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def _reply(self, request: protocol.Request, outbox: Outbox) -> None:
        try:
            result = encode_line(await self._answer(request.call)).rstrip()
            reply = protocol.Reply(id=request.id, result=msgspec.Raw(result))
        except HatchpodError as error:
            reply = _failure(request.id, error)
        except Exception:
            logger.exception("a call failed", extra={"fields": {"call": type(request.call).__name__}})
            reply = _failure(
                request.id, HatchpodError("the agent host failed for a reason that is in its log; try again")
            )
        outbox.send(encode_line(reply))

    async def _answer(self, call: protocol.Call) -> object:
        match call:
            case protocol.Overview():
                return self._overview()
            case protocol.GetSession():
                return await self._detail(call)
            case protocol.Create():
                return await self._creation.create(call)
            case protocol.Update():
                return await self._creation.update(call)
            case protocol.Delete():
                if not self._host.is_known(call.id):
                    raise NotFoundError("the agent host has no session with this id")
                await self._host.forget(call.id)
            case protocol.Fork():
                return await self._creation.fork(call)
            case protocol.Messages():
                return await self._messages(call)
            case protocol.ListTerminals():
                return self._terminals.summaries
            case protocol.CloseTerminal():
                await self._terminals.close_one(call.session_id)
        return None

    def _overview(self) -> protocol.HostOverview:
        return protocol.HostOverview(
            version=__version__,
            uptime=asyncio.get_running_loop().time() - self._started,
            sessions=len(self._host.known),
            running=self._host.running,
            terminals=len(self._terminals.summaries),
            problems=[self._host.records.problem] if self._host.records.problem else [],
        )

    async def _detail(self, call: protocol.GetSession) -> object:
        if (held := self._host.in_memory(call.id)) is not None:
            return held.session.detail
        return detail_of(await self._record(call.id))

    async def _messages(self, call: protocol.Messages) -> object:
        """Of what is in memory. No transcript is loaded for it: the web server reads a page of one much faster."""
        held = self._host.in_memory(call.id)
        if held is None and not self._host.has_transcript(await self._record(call.id)):
            held = await self._host.open(call.id)
        page = None if held is None else held.session.story.page(call.before, call.limit)
        if page is None:
            raise NotFoundError("the agent host does not hold this part; the transcript has it")
        return page

    async def _record(self, session_id: str) -> Record:
        session_id = self._host.resolve(session_id)
        known = self._host.is_known(session_id)
        if not known or (record := await asyncio.to_thread(self._host.records.read, session_id)) is None:
            raise NotFoundError("the agent host has no session with this id")
        return record


def _failure(number: int, error: HatchpodError) -> protocol.Reply:
    body = ErrorBody(error=error.message, code=error.code, field=error.field)
    return protocol.Reply(id=number, error=body, kind=type(error).__name__)
