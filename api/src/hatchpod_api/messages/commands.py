"""Frames that clients send in a session stream."""

from typing import Any, Literal

import msgspec

from hatchpod_api.messages.base import Wire
from hatchpod_api.messages.sessions import Attachment, PermissionMode


class ClientFrameBase(Wire, frozen=True, tag_field="type"):
    """Unknown fields are ignored, so that newer clients can talk to an older server."""


class Auth(ClientFrameBase, frozen=True, tag="auth"):
    """The first frame of a connection without a cookie or header. It subscribes as well."""

    token: str
    cursor: str | None = None
    message_limit: int | None = None


class Subscribe(ClientFrameBase, frozen=True, tag="subscribe"):
    cursor: str | None = None
    message_limit: int | None = None


class Prompt(ClientFrameBase, frozen=True, tag="prompt"):
    """`send` is refused while a turn runs, `queue` waits its turn, `steer` goes into the turn that runs."""

    text: str
    client_id: str | None = None
    attachments: list[Attachment] = msgspec.field(default_factory=list)
    mode: Literal["send", "queue", "steer"] = "send"


class Rule(Wire, frozen=True, forbid_unknown_fields=True):
    """A permission rule in Claude Code's own notation, such as `Bash(npm test:*)` or `Edit(/src/**)`."""

    rule: str


class Approve(ClientFrameBase, frozen=True, tag="approve"):
    """Allow what waits. `always_allow`: true or "tool" for the whole tool, or one rule. `answers` by question text."""

    tool_use_id: str
    always_allow: bool | Literal["tool"] | Rule = False
    answers: dict[str, str | list[str]] | None = None
    target_mode: PermissionMode | None = None
    clear_context: bool = False
    updated_input: dict[str, Any] | None = None


class Deny(ClientFrameBase, frozen=True, tag="deny"):
    """`message` is told to the agent. Without one it stops and waits."""

    tool_use_id: str
    message: str | None = None


class Interrupt(ClientFrameBase, frozen=True, tag="interrupt"):
    """End the turn that runs. The queue is kept and paused."""


class SetMode(ClientFrameBase, frozen=True, tag="set_mode"):
    mode: PermissionMode


class SetModel(ClientFrameBase, frozen=True, tag="set_model"):
    """Null goes back to Claude Code's own choice."""

    model: str | None = None


class QueueEdit(ClientFrameBase, frozen=True, tag="queue_edit"):
    id: str
    text: str


class QueueRemove(ClientFrameBase, frozen=True, tag="queue_remove"):
    id: str


class QueueResume(ClientFrameBase, frozen=True, tag="queue_resume"):
    """Go on with a queue that an interrupt paused."""


class Visibility(ClientFrameBase, frozen=True, tag="visibility"):
    """Whether a person sees this session now. While one does, nobody is notified of it; a new stream counts as seen."""

    visible: bool


class ClientPing(ClientFrameBase, frozen=True, tag="ping"):
    """Answered by `pong`."""


Command = Prompt | Approve | Deny | Interrupt | SetMode | SetModel | QueueEdit | QueueRemove | QueueResume
ClientFrame = Auth | Subscribe | Visibility | Command | ClientPing
