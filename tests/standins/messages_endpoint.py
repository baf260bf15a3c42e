"""A STAND-IN for Anthropic's Messages API: streams a fixed answer to whatever is asked, in the real wire format.

The `claude` command that talks to it is the real one.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def events(text: str) -> list[dict[str, object]]:
    """Return the events of one streamed answer that says `text`."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    message: dict[str, object] = {
        "id": "msg_standin",
        "type": "message",
        "role": "assistant",
        "model": "claude-standin",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    return [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]


class Handler(BaseHTTPRequestHandler):
    """Answers `POST /v1/messages` with the stream; remembers the keys it was called with."""

    answer = ""
    keys: set[str]

    def do_POST(self) -> None:
        """Stream the answer."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.keys.add(self.headers.get("x-api-key", ""))
        if not self.path.startswith("/v1/messages") or "count_tokens" in self.path:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for event in events(self.answer):
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())

    def do_GET(self) -> None:
        """There is nothing to read."""
        self.send_error(404)

    do_HEAD = do_GET  # noqa: N815 - the base class wants this name

    def log_message(self, *arguments: object) -> None:
        """Stay silent."""


@contextlib.contextmanager
def serve(answer: str) -> Iterator[tuple[int, set[str]]]:
    """Serve `answer` on all addresses; yield the port and the set that collects the API keys that came."""
    keys: set[str] = set()
    handler = type("Scripted", (Handler,), {"answer": answer, "keys": keys})
    server = ThreadingHTTPServer(("0.0.0.0", 0), handler)  # noqa: S104 - a container must reach it
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], keys
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
