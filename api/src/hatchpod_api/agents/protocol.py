"""What the web server and the agent host say to each other over the unix socket.

Each line is one JSON object. The first line of a connection says what it is for:

`rpc`
    Then `Request` lines, each answered by one `Reply` with its `id`, in any order.
`feed`
    Then, from the host only: a `FeedSnapshot`, and a line for each change from there on.
`stream`
    One client's session stream. The web server passes the client's frames on (`Subscribe`, `Command`, `ClientPing`),
    and the host's lines to the client as they are. The first frame must be a `Subscribe`.
`terminal`
    One client's terminal: `TerminalClientFrame` there, `TerminalServerFrame` back.

The host closes a connection whose reader cannot keep up. Lines are at most `MAX_LINE` bytes long.
"""

from typing import Literal

import msgspec

from hatchpod_api.messages.errors import ErrorBody
from hatchpod_api.messages.frames import RateLimit
from hatchpod_api.messages.sessions import CreateSession, ForkSession, SessionSummary, UpdateSession

MAX_LINE = 64 * 1024 * 1024
SOCKET_NAME = "agents.sock"


class Local(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """A line between two processes of the same version: no compatibility is kept."""


class OpenRpc(Local, frozen=True, tag="rpc"):
    pass


class OpenFeed(Local, frozen=True, tag="feed"):
    pass


class OpenStream(Local, frozen=True, tag="stream"):
    session_id: str


class OpenTerminal(Local, frozen=True, tag="terminal"):
    pass


Open = OpenRpc | OpenFeed | OpenStream | OpenTerminal


class Overview(Local, frozen=True, tag="overview"):
    """Answered by `HostOverview`."""


class GetSession(Local, frozen=True, tag="get_session"):
    """Answered by `SessionDetail`, or `not_found` when the host has no such session in memory or on its record."""

    id: str


class Create(Local, frozen=True, tag="create"):
    """Answered by `SessionCreated`. Paths and defaults are resolved already."""

    session: CreateSession


class Update(Local, frozen=True, tag="update"):
    """Mode, model and effort of a session. Answered by `SessionDetail`."""

    id: str
    changes: UpdateSession


class Delete(Local, frozen=True, tag="delete"):
    """Stop and forget. Answered by null."""

    id: str


class Fork(Local, frozen=True, tag="fork"):
    """Answered by `SessionCreated`."""

    id: str
    options: ForkSession


class Messages(Local, frozen=True, tag="messages"):
    """Answered by `MessagePage`, or `not_found` when that part is not in memory: then the transcript has it."""

    id: str
    before: int | None = None
    limit: int = 30


class ListTerminals(Local, frozen=True, tag="list_terminals"):
    """Answered by a list of `TerminalSummary`."""


class CloseTerminal(Local, frozen=True, tag="close_terminal"):
    """Answered by null."""

    session_id: str


Call = (
    Overview | GetSession | Create | Update | Delete | Fork | Messages | ListTerminals | CloseTerminal
)  # one handler each in `server.py`


class Request(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    call: Call


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of `result` and `error`; a `result` may be null. `kind` names the error's class in `errors`."""

    id: int
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: ErrorBody | None = None
    kind: str | None = None


class HostOverview(msgspec.Struct, frozen=True, kw_only=True):
    """`uptime` in seconds; `running` counts busy sessions, which the limit is about.

    `problems` has one sentence for each thing that does not work now, such as a full disk.
    """

    version: str
    uptime: float
    sessions: int
    running: int
    terminals: int
    problems: list[str] = msgspec.field(default_factory=list)


class FeedSnapshot(Local, frozen=True, tag="snapshot"):
    """Every session that the host has in memory or on its record. `redirects` maps former ids to present ones.

    `rate_limits` has the newest of each kind. Events that nobody was connected for follow as `FeedEvent` lines.
    """

    sessions: list[SessionSummary]
    redirects: dict[str, str] = msgspec.field(default_factory=dict)
    rate_limits: list[RateLimit] = msgspec.field(default_factory=list)


class FeedSession(Local, frozen=True, tag="session"):
    """A session that is new or looks otherwise in the list."""

    session: SessionSummary


class FeedRemoved(Local, frozen=True, tag="removed"):
    id: str


class FeedRedirected(Local, frozen=True, tag="redirected"):
    id: str
    to: str


class FeedRateLimit(Local, frozen=True, tag="rate_limit"):
    """What the agents' provider last said of its limits; they hold for the login, not for one session."""

    rate_limit: RateLimit


class FeedEvent(Local, frozen=True, tag="event"):
    """Something that a person may want to be told. `id` is stable: the same event has the same one for ever."""

    id: str
    kind: Literal["approval", "question", "plan", "completed", "interrupted", "error", "rate_limit"]
    session_id: str
    title: str
    text: str
    at: str
    tool_use_id: str | None = None


FeedLine = FeedSnapshot | FeedSession | FeedRemoved | FeedRedirected | FeedRateLimit | FeedEvent
