"""What a `claude` process writes, as events.

Messages come from the entries that it writes to its transcript (it mirrors them in the stream), through the normaliser
that reads transcripts: live and past are the same by construction. The stream itself tells the rest.
"""

from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, get_args

import msgspec

from hatchpod_api.history.normalise import Normaliser
from hatchpod_api.messages.frames import (
    Compacting,
    ModeChanged,
    ModelChanged,
    RateLimit,
    SlashCommand,
    SlashCommands,
    Tasks,
    ToolProgress,
)
from hatchpod_api.messages.sessions import PermissionMode, TokenCounts
from hatchpod_api.messages.transcript import AssistantMessage, UserMessage
from hatchpod_api.providers.base import BackgroundTasks, Event, Redirected, Said, TurnEnded, TurnStarted
from hatchpod_api.providers.claude.deltas import Deltas
from hatchpod_api.providers.claude.failures import explain, was_interrupted
from hatchpod_api.providers.claude.subagents import Subagents
from hatchpod_api.providers.claude.times import iso

Frame = dict[str, Any]

_MODES: frozenset[str] = frozenset(get_args(PermissionMode))
_LIMITS = frozenset({"allowed", "allowed_warning", "rejected"})


class Adapter:
    """State of one run. `turn` is whether one runs; `hidden_ends` how many ends of turns are nobody's business."""

    def __init__(self, session_id: str, normaliser: Normaliser) -> None:
        """`normaliser` has read the transcript that the run goes on from: what is copied from it is not said again."""
        self.session_id = session_id
        self.subagents = Subagents()
        self.turn = False
        self.hidden_ends = 0
        self.model: str | None = None
        self._normaliser = normaliser
        self._deltas = Deltas()
        self._clients: dict[str, str] = {}
        self._reset = False
        self._turns: int | None = None
        self._handlers: dict[str, Callable[[Frame], Iterator[Event]]] = {
            "transcript_mirror": self._mirror,
            "stream_event": self._stream_event,
            "assistant": self._assistant,
            "user": self._user,
            "result": self._result,
            "system": self._system,
            "tool_progress": self._tool_progress,
            "rate_limit_event": self._rate_limit,
            "conversation_reset": self._conversation_reset,
        }

    def feed(self, frame: Frame) -> Iterator[Event]:
        """The events of one line."""
        handler = self._handlers.get(str(frame.get("type")))
        if handler:
            yield from handler(frame)

    def prompted(self, message_uuid: str, client_id: str | None) -> Iterator[Event]:
        """A prompt with this uuid was sent; it is said when it stands in the transcript."""
        if client_id:
            self._clients[message_uuid] = client_id
        yield from self._turn_runs()

    def _turn_runs(self) -> Iterator[Event]:
        if not self.turn:
            self.turn = True
            yield TurnStarted()

    def _mirror(self, frame: Frame) -> Iterator[Event]:
        path = PurePath(str(frame.get("filePath")))
        if path.stem != self.session_id:
            if not self._reset or path.parent.name == "subagents":
                return
            yield from self._goes_on_as(path.stem)
        for entry in frame.get("entries") or ():
            if isinstance(entry, dict):
                yield from self._entry(entry)
        yield from self._deltas.released()

    def _entry(self, entry: Frame) -> Iterator[Event]:
        attachment = entry.get("attachment")
        identity = str(attachment.get("source_uuid") if isinstance(attachment, dict) else entry.get("uuid"))
        position = entry.get("turnPosition")
        if isinstance(position, dict) and isinstance(position.get("turnIndex"), int):
            self._turns = position["turnIndex"]
        tasks = self._normaliser.tasks.tasks
        for key, message in self._normaliser.feed(entry):
            if isinstance(message, UserMessage) and identity in self._clients:
                message = msgspec.structs.replace(message, client_id=self._clients.pop(identity))
            elif isinstance(message, AssistantMessage):
                self._deltas.said(key, len(message.parts))
            yield Said(key=key, message=message)
        if self._normaliser.tasks.tasks is not tasks:
            yield Tasks(tasks=self._normaliser.tasks.tasks)
        self._deltas.arrived(identity)

    def _stream_event(self, frame: Frame) -> Iterator[Event]:
        if frame.get("parent_tool_use_id") is None:
            yield from self._turn_runs()
            yield from self._deltas.stream_event(frame.get("event") or {})

    def _assistant(self, frame: Frame) -> Iterator[Event]:
        if frame.get("parent_tool_use_id"):
            yield from self.subagents.said(frame)
        elif frame.get("message", {}).get("model") != "<synthetic>":
            self._deltas.expect(frame.get("uuid"))

    def _user(self, frame: Frame) -> Iterator[Event]:
        if frame.get("parent_tool_use_id") is None and not frame.get("isSynthetic"):
            self._deltas.expect(frame.get("uuid"))
        yield from ()

    def _result(self, frame: Frame) -> Iterator[Event]:
        self._deltas.drop()
        if self.hidden_ends:
            self.hidden_ends -= 1
            return
        self.turn = False
        interrupted = was_interrupted(frame)
        error = None if interrupted else explain(frame)
        yield TurnEnded(
            outcome="interrupted" if interrupted else "error" if error else "completed",
            error=error,
            total_cost_usd=frame.get("total_cost_usd"),
            tokens=_tokens(frame.get("modelUsage") or {}),
            num_turns=self._turns,
        )

    def _system(self, frame: Frame) -> Iterator[Event]:
        subtype = frame.get("subtype")
        if subtype == "init":
            yield from self._init(frame)
        elif subtype == "status":
            yield from self._status(frame)
        elif subtype == "task_started":
            yield from self.subagents.task_started(frame)
        elif subtype == "task_notification":
            yield from self.subagents.task_ended(frame)
        elif subtype == "background_tasks_changed":
            yield BackgroundTasks(count=len(frame.get("tasks") or ()))
        elif subtype == "commands_changed":
            yield slash_commands(frame.get("commands") or [])

    def _init(self, frame: Frame) -> Iterator[Event]:
        session, model = frame.get("session_id"), frame.get("model")
        if session and session != self.session_id:
            yield from self._goes_on_as(session)
        if self.model and model and model != self.model:
            yield ModelChanged(model=model)
        self.model = model or self.model

    def _goes_on_as(self, session_id: str) -> Iterator[Event]:
        self.session_id = session_id
        self._reset = False
        self._normaliser = Normaliser(session_id, keep=self._normaliser.keep)
        yield Redirected(session_id=session_id, begins_anew=True)

    def _conversation_reset(self, _frame: Frame) -> Iterator[Event]:
        # The id in this frame is not the session's: the next transcript or `init` names that.
        self._reset = True
        yield from ()

    def _status(self, frame: Frame) -> Iterator[Event]:
        status, mode = frame.get("status"), frame.get("permissionMode")
        if mode is not None and mode in _MODES:
            yield ModeChanged(mode=mode)
        if status in ("requesting", "compacting"):
            yield from self._turn_runs()
        if status == "compacting":
            yield Compacting(active=True)
        elif frame.get("compact_result"):
            yield Compacting(active=False)

    def _tool_progress(self, frame: Frame) -> Iterator[Event]:
        if frame.get("heartbeat"):
            return
        yield ToolProgress(
            tool_use_id=str(frame.get("tool_use_id")),
            tool_name=str(frame.get("tool_name")),
            elapsed_seconds=float(frame.get("elapsed_time_seconds") or 0),
            subagent_id=frame.get("parent_tool_use_id"),
        )

    def _rate_limit(self, frame: Frame) -> Iterator[Event]:
        info = frame.get("rate_limit_info") or {}
        # Without a type it only says that no limit is near.
        if info.get("status") in _LIMITS and info.get("rateLimitType"):
            resets = info.get("resetsAt")
            yield RateLimit(
                status=info["status"],
                kind=str(info["rateLimitType"]),
                utilization=info.get("utilization"),
                resets_at=iso(resets) if isinstance(resets, int | float) else None,
            )


def slash_commands(commands: list[Frame]) -> SlashCommands:
    """The list as the process gives it."""
    return SlashCommands(
        commands=[
            SlashCommand(
                name=str(command.get("name")),
                description=command.get("description") or None,
                argument_hint=command.get("argumentHint") or None,
            )
            for command in commands
        ]
    )


def _tokens(usage: dict[str, Frame]) -> TokenCounts:
    def total(name: str) -> int:
        return sum(int(model.get(name) or 0) for model in usage.values())

    return TokenCounts(
        input=total("inputTokens"),
        output=total("outputTokens"),
        cache_read=total("cacheReadInputTokens"),
        cache_write=total("cacheCreationInputTokens"),
    )
