"""What a tool was used for, in a few words."""

from collections.abc import Mapping
from typing import Any

MAX_SUMMARY = 200

# The input that says most, by tool; the first one that is there counts.
_TELLING = {
    "Bash": ("description", "command"),
    "BashOutput": ("bash_id",),
    "Read": ("file_path",),
    "Write": ("file_path",),
    "Edit": ("file_path",),
    "MultiEdit": ("file_path",),
    "NotebookEdit": ("notebook_path",),
    "Glob": ("pattern",),
    "Grep": ("pattern",),
    "WebFetch": ("url",),
    "WebSearch": ("query",),
    "Agent": ("description", "prompt"),
    "Task": ("description", "prompt"),
    "Skill": ("skill", "command"),
    "SlashCommand": ("command",),
    "TaskCreate": ("subject",),
    "ToolSearch": ("query",),
}
_ANY = ("description", "title", "file_path", "path", "query", "pattern", "command", "url", "name", "id")


def tool_summary(name: str, given: Mapping[str, Any]) -> str | None:
    """One line about a use of the tool; None when its input tells nothing."""
    for key in _TELLING.get(name, _ANY):
        value = given.get(key)
        if isinstance(value, str) and (line := " ".join(value[: 4 * MAX_SUMMARY].split())):
            return line if len(line) <= MAX_SUMMARY else f"{line[: MAX_SUMMARY - 1]}…"
    return None
