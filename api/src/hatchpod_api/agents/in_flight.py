"""What goes on in a session beside its messages, as a client that comes now has to be told."""

from hatchpod_api.messages.frames import (
    Compacting,
    ContextUsage,
    GitDiffStat,
    Journaled,
    ModeChanged,
    ModelChanged,
    SlashCommands,
    SubagentCompleted,
    SubagentStarted,
    SubagentToolCall,
    Tasks,
    Usage,
)
from hatchpod_api.messages.transcript import Task

_KEPT_CALLS = 100

# Of each of these kinds the newest frame is the state, and they are told in this order.
_STATES = (Tasks, Compacting, ContextUsage, GitDiffStat, ModeChanged, ModelChanged, SlashCommands, Usage)


class InFlight:
    """Frames without numbers. Of a subagent's calls the first `_KEPT_CALLS` are kept while it works."""

    def __init__(self) -> None:
        self._states: dict[type[Journaled], Journaled] = {}
        self._subagents: dict[str, list[Journaled]] = {}

    def take(self, frame: Journaled) -> bool:
        """Remember what the frame says; false when that was known already."""
        match frame:
            case SubagentStarted():
                self._subagents[frame.subagent_id] = [frame]
            case SubagentToolCall():
                frames = self._subagents.get(frame.subagent_id)
                if frames is not None and len(frames) <= _KEPT_CALLS:
                    frames.append(frame)
            case SubagentCompleted():
                self._subagents.pop(frame.subagent_id, None)
            case _ if isinstance(frame, _STATES):
                if self._states.get(type(frame)) == frame:
                    return False
                self._states[type(frame)] = frame
        return True

    def stop(self) -> list[Journaled]:
        """Nothing goes on any more: the frames that say so."""
        ends: list[Journaled] = [SubagentCompleted(subagent_id=subagent, is_error=True) for subagent in self._subagents]
        if self._states.get(Compacting) == Compacting(active=True):
            ends.append(Compacting(active=False))
        return ends

    def frames(self) -> list[Journaled]:
        states = (self._states[kind] for kind in _STATES if kind in self._states)
        return [*(frame for frames in self._subagents.values() for frame in frames), *states]

    @property
    def tasks(self) -> list[Task]:
        frame = self._states.get(Tasks)
        return frame.tasks if isinstance(frame, Tasks) else []
