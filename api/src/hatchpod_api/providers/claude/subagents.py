"""Subagents, as the stream tells of them. Their steps are no messages of the conversation."""

from collections.abc import Iterator
from typing import Any

from hatchpod_api.messages.frames import SubagentCompleted, SubagentStarted, SubagentToolCall
from hatchpod_api.providers.claude.times import now

Frame = dict[str, Any]
SubagentEvent = SubagentStarted | SubagentToolCall | SubagentCompleted


class Subagents:
    """Which are at work: Claude Code's own id of each, to the id of the tool use that started it."""

    def __init__(self) -> None:
        self._working: dict[str, str] = {}

    def started_by(self, agent_id: str | None) -> str | None:
        """The tool use that started this agent, which is what clients know it by."""
        return self._working.get(agent_id, agent_id) if agent_id else None

    def task_started(self, frame: Frame) -> Iterator[SubagentEvent]:
        """Tell of a task that is a subagent; other tasks are background work only."""
        task, subagent = frame.get("task_id"), frame.get("tool_use_id")
        if frame.get("task_type") != "local_agent" or not task or not subagent or task in self._working:
            return
        self._working[task] = subagent
        yield SubagentStarted(
            subagent_id=subagent,
            description=str(frame.get("description") or ""),
            agent_type=frame.get("subagent_type"),
            prompt=frame.get("prompt"),
            started_at=now(),
        )

    def said(self, frame: Frame) -> Iterator[SubagentEvent]:
        """Tell of the tools that an answer inside a subagent calls."""
        for block in frame.get("message", {}).get("content") or []:
            if isinstance(block, dict) and block.get("type") == "tool_use":
                yield SubagentToolCall(
                    subagent_id=frame["parent_tool_use_id"],
                    tool_use_id=str(block.get("id")),
                    tool_name=str(block.get("name")),
                    input=block.get("input") or {},
                )

    def task_ended(self, frame: Frame) -> Iterator[SubagentEvent]:
        """Tell of a subagent's end."""
        subagent = self._working.pop(str(frame.get("task_id")), None)
        if subagent is None:
            return
        usage = frame.get("usage") or {}
        yield SubagentCompleted(
            subagent_id=subagent,
            is_error=frame.get("status") != "completed",
            summary=frame.get("summary"),
            total_tokens=usage.get("total_tokens"),
            tool_uses=usage.get("tool_uses"),
            duration_ms=usage.get("duration_ms"),
        )
