"""A STAND-IN for Anthropic's Messages API: streams scripted answers in the real wire format.

The `claude` command that talks to it is the real one. A script is a list of answers and belongs to a word; a request
belongs to the script whose word its newest prompt contains, and to the answer whose place is the number of answers
that the conversation has since that prompt. So conversations that run beside each other do not disturb each other.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "claude-standin"
DEADLINE = 60.0
COMPACTION = "create a detailed summary"


@dataclass(frozen=True)
class Text:
    """A block of text, streamed in `pieces`."""

    text: str
    pieces: int = 1


@dataclass(frozen=True)
class Thinking:
    """A block of thinking."""

    text: str


@dataclass(frozen=True)
class Use:
    """A call of a tool. Without an `id` it gets one of its own."""

    name: str
    input: dict[str, Any]
    id: str | None = None


@dataclass(frozen=True)
class Answer:
    """One answer, or an error when `status` is not 200. A `gate` holds it after the first half until it is set."""

    blocks: Sequence[Text | Thinking | Use] = ()
    status: int = 200
    error: tuple[str, str] = ("api_error", "Something broke.")
    headers: dict[str, str] = field(default_factory=dict)
    usage: dict[str, int] = field(default_factory=lambda: {"input_tokens": 1, "output_tokens": 1})
    gate: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)


def stream(answer: Answer, message_id: str, model: str = MODEL) -> Iterator[dict[str, Any]]:
    """Yield the events of one streamed answer."""
    yield {
        "type": "message_start",
        "message": {
            "id": message_id,
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {**answer.usage, "output_tokens": 1},
        },
    }
    for index, block in enumerate(answer.blocks):
        empty, deltas = _block(block, f"toolu_{message_id[4:]}_{index}")
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    reason = "tool_use" if any(isinstance(block, Use) for block in answer.blocks) else "end_turn"
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": None},
        "usage": answer.usage,
    }
    yield {"type": "message_stop"}


def _whole(answer: Answer, events: list[dict[str, Any]]) -> dict[str, Any]:
    texts = [{"type": "text", "text": block.text} for block in answer.blocks if isinstance(block, Text)]
    return {**events[0]["message"], "content": texts, "stop_reason": "end_turn", "usage": answer.usage}


def _block(block: Text | Thinking | Use, tool_use_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if isinstance(block, Text):
        return {"type": "text", "text": ""}, [
            {"type": "text_delta", "text": text} for text in _pieces(block.text, block.pieces)
        ]
    if isinstance(block, Thinking):
        return {"type": "thinking", "thinking": "", "signature": ""}, [
            *({"type": "thinking_delta", "thinking": text} for text in _pieces(block.text, 2)),
            {"type": "signature_delta", "signature": "c2lnbmF0dXJl"},
        ]
    empty = {"type": "tool_use", "id": block.id or tool_use_id, "name": block.name, "input": {}}
    return empty, [{"type": "input_json_delta", "partial_json": json.dumps(block.input)}]


def _pieces(text: str, count: int) -> list[str]:
    size = -(-len(text) // count) or 1
    return [text[start : start + size] for start in range(0, len(text), size)]


class Endpoint:
    """What is answered, and what was asked. `requests` are the bodies, `keys` the API keys that came."""

    def __init__(self, answer: str = "") -> None:
        self.default = Answer([Text(answer)])
        self.scripts: dict[str, list[Answer]] = {}
        self.requests: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.tokens: set[str] = set()
        self.port = 0
        self._numbers = itertools.count(1)

    def script(self, word: str, *answers: Answer | str) -> None:
        """Answer prompts that contain `word`: first answer first, the last one again when there are no more."""
        self.scripts[word] = [Answer([Text(answer)]) if isinstance(answer, str) else answer for answer in answers]

    def choose(self, body: dict[str, Any]) -> Answer:
        """Return the answer to a request."""
        texts, place = newest_texts(body["messages"])
        for word, answers in self.scripts.items():
            if texts and word in texts[-1]:
                return answers[min(place, len(answers) - 1)]
        return self.default

    def message_id(self) -> str:
        """Return the id of a new answer."""
        return f"msg_standin{next(self._numbers):06d}"

    def asked(self, word: str) -> list[dict[str, Any]]:
        """Return the requests whose newest prompt contains `word`."""
        return [body for body in list(self.requests) if word in newest_prompt(body["messages"])[0]]


def newest_prompt(messages: list[dict[str, Any]]) -> tuple[str, int]:
    """Return the newest of what a person wrote, and how many answers came after it."""
    texts, answers = newest_texts(messages)
    return "\n".join(texts), answers


def newest_texts(messages: list[dict[str, Any]]) -> tuple[list[str], int]:
    """Like `newest_prompt`, text by text: prompts that got no answer are in one message with the next one."""
    answers = 0
    for message in reversed(messages):
        if message["role"] == "assistant":
            answers += 1
        elif message["role"] == "user" and (texts := _written(message["content"])):
            return texts, answers
    return [], answers


# What the command itself writes between a person's words.
_OWN_WORDS = ("[Request interrupted", "[Image: source:")


def _written(content: str | list[dict[str, Any]]) -> list[str]:
    texts = [content] if isinstance(content, str) else [b["text"] for b in content if b["type"] == "text"]
    bare = (re.sub(r"<system-reminder>.*?</system-reminder>", "", text, flags=re.DOTALL).strip() for text in texts)
    return [text for text in bare if text and not text.startswith(_OWN_WORDS)]


class Handler(BaseHTTPRequestHandler):
    """Answers `POST /v1/messages` as the endpoint says."""

    endpoint: Endpoint

    def do_POST(self) -> None:
        """Stream the answer."""
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.endpoint.keys.add(self.headers.get("x-api-key", ""))
        self.endpoint.tokens.add(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if not self.path.startswith("/v1/messages") or "count_tokens" in self.path:
            self.send_error(404)
            return
        body = json.loads(content)
        self.endpoint.requests.append(body)
        answer = self.endpoint.choose(body)
        # A client that goes away in the middle is what an interrupt looks like from here.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._answer(answer, body)

    def _answer(self, answer: Answer, body: dict[str, Any]) -> None:
        if answer.status != 200:
            kind, text = answer.error
            self._head(answer, "application/json")
            self.wfile.write(json.dumps({"type": "error", "error": {"type": kind, "message": text}}).encode())
            return
        events = list(stream(answer, self.endpoint.message_id(), body.get("model", MODEL)))
        if not body.get("stream"):
            self._head(answer, "application/json")
            self.wfile.write(json.dumps(_whole(answer, events)).encode())
            return
        self._head(answer, "text/event-stream")
        for place, event in enumerate(events):
            if answer.gate and place == len(events) // 2:
                answer.reached.set()
                answer.gate.wait(DEADLINE)
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()

    def _head(self, answer: Answer, content_type: str) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Type": content_type, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def do_GET(self) -> None:
        """There is nothing to read."""
        self.send_error(404)

    do_HEAD = do_GET  # noqa: N815 - the base class wants this name

    def log_message(self, *arguments: object) -> None:
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


@contextlib.contextmanager
def scripted(address: str = "127.0.0.1", answer: str = "") -> Iterator[Endpoint]:
    """Serve an endpoint on `address`; what has no script is answered with `answer`."""
    endpoint = Endpoint(answer)
    server = _Server((address, 0), type("Scripted", (Handler,), {"endpoint": endpoint}))
    endpoint.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def serve(answer: str) -> Iterator[tuple[int, set[str]]]:
    """Serve `answer` on all addresses; yield the port and the set that collects the API keys that came."""
    with scripted("0.0.0.0", answer) as endpoint:  # noqa: S104 - a container must reach it
        yield endpoint.port, endpoint.keys
