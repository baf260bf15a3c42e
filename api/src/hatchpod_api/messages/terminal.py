"""Frames of the terminal's WebSocket."""

from typing import Annotated

import msgspec

from hatchpod_api.messages.base import Wire
from hatchpod_api.messages.commands import ClientFrameBase, ClientPing
from hatchpod_api.messages.frames import Frame, Pong

Columns = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Rows = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Attach(ClientFrameBase, frozen=True, tag="attach"):
    """Open a terminal, or come back to the one with this id."""

    cols: Columns
    rows: Rows
    session_id: str | None = None
    shell: str | None = None
    cwd: str | None = None


class Input(ClientFrameBase, frozen=True, tag="input"):
    data: str


class Resize(ClientFrameBase, frozen=True, tag="resize"):
    cols: Columns
    rows: Rows


TerminalClientFrame = Attach | Input | Resize | ClientPing


class Attached(Frame, frozen=True, tag="attached", omit_defaults=False):
    """`fresh` is false for a terminal that was there; what it showed last follows as `output`."""

    session_id: str
    fresh: bool


class Output(Frame, frozen=True, tag="output"):
    data: str


class Exit(Frame, frozen=True, tag="exit", omit_defaults=False):
    exit_code: int


TerminalServerFrame = Attached | Output | Exit | Pong


class TerminalSummary(Wire, frozen=True):
    """One terminal that runs."""

    session_id: str
    cwd: str
    shell: str
    created_at: str
    clients: int
