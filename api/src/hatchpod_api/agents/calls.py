"""One connection for many calls at once: each answer finds its caller by its number."""

import asyncio
from contextlib import suppress
from itertools import count

import msgspec

from hatchpod_api import errors
from hatchpod_api.agents.lines import encode_line
from hatchpod_api.agents.protocol import Call, Reply, Request

_KINDS = {
    kind.__name__: kind
    for kind in (
        errors.ValueNotAllowedError,
        errors.MalformedError,
        errors.ForbiddenError,
        errors.NotFoundError,
        errors.ConflictError,
        errors.TooLargeError,
        errors.ProviderError,
        errors.UpstreamError,
        errors.UnavailableError,
    )
}
_decode = msgspec.json.Decoder(Reply).decode


class CallConnection:
    """`closed` once the host has gone away; calls that wait then fail with `UnavailableError`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self.closed = False
        self._receiving = asyncio.create_task(self._receive(), name="agents-calls")

    async def call(self, call: Call) -> msgspec.Raw:
        if self.closed:
            raise _gone()
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(encode_line(Request(id=number, call=call)))
            reply = await answer
        finally:
            self._waiting.pop(number, None)
        if reply.error is not None:
            kind = _KINDS.get(reply.kind or "", errors.HatchpodError)
            raise kind(reply.error.error, field=reply.error.field, code=reply.error.code)
        result: msgspec.Raw = reply.result
        return result

    async def close(self) -> None:
        self._receiving.cancel()
        with suppress(asyncio.CancelledError):
            await self._receiving

    async def _receive(self) -> None:
        try:
            while line := await self._reader.readline():
                reply = _decode(line)
                waiting = self._waiting.get(reply.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(reply)
        except (OSError, ValueError, msgspec.MsgspecError):
            pass  # the connection is of no use any more, for whatever reason
        finally:
            self.closed = True
            self._writer.close()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(_gone())


def _gone() -> errors.UnavailableError:
    return errors.UnavailableError(
        "the agent host went away before it answered; see whether it happened, and try again"
    )
