"""The agent's list of things to do, as its tools leave it: whole by TodoWrite, or item by item."""

import re
from typing import Any, Literal, cast, get_args

import msgspec

from hatchpod_api.history.reading import Reading
from hatchpod_api.messages.transcript import AssistantMessage, Task, ToolResultPart, ToolUsePart, UserMessage

MAX_TASKS = 500
MAX_OPEN = 100  # uses of a tool whose result is awaited

Status = Literal["pending", "in_progress", "completed"]

_CREATED = re.compile(r"Task #(\w{1,40}) created")


class TaskList(msgspec.Struct):
    """`opened` has the items whose tool has not answered yet: only the answer names their ids."""

    tasks: list[Task] = []
    opened: dict[str, Task] = {}

    def follow(self, reading: Reading) -> bool:
        """Take in what was said; True when the list is another one now."""
        before = self.tasks
        message = reading.message
        if isinstance(message, AssistantMessage):
            for part in message.parts:
                if isinstance(part, ToolUsePart):
                    self._used(part)
        elif isinstance(message, UserMessage) and self.opened:
            for part in message.parts:
                if isinstance(part, ToolResultPart):
                    self._answered(part)
        return self.tasks is not before

    def _used(self, part: ToolUsePart) -> None:
        given = part.input
        if part.tool_name == "TodoWrite" and isinstance(given.get("todos"), list):
            items = enumerate(given["todos"][:MAX_TASKS], start=1)
            self.tasks = [task for number, item in items if (task := _task(str(number), item, "content"))]
        elif part.tool_name == "TaskCreate" and len(self.opened) < MAX_OPEN and (task := _task("", given, "subject")):
            self.opened = {**self.opened, part.tool_use_id: task}
        elif part.tool_name == "TaskUpdate":
            self._update(str(given.get("taskId", "")), given)

    def _update(self, task_id: str, given: dict[str, Any]) -> None:
        if given.get("status") == "deleted":
            self.tasks = [task for task in self.tasks if task.id != task_id]
            return
        self.tasks = [_changed(task, given) if task.id == task_id else task for task in self.tasks]

    def _answered(self, part: ToolResultPart) -> None:
        if (task := self.opened.get(part.tool_use_id)) is None:
            return
        self.opened = {key: value for key, value in self.opened.items() if key != part.tool_use_id}
        match = _CREATED.search(part.output)
        if match and not part.is_error and len(self.tasks) < MAX_TASKS:
            self.tasks = [*self.tasks, msgspec.structs.replace(task, id=match[1])]


def _task(task_id: str, item: Any, subject: str) -> Task | None:
    if not isinstance(item, dict) or not isinstance(item.get(subject), str):
        return None
    return _changed(Task(id=task_id, content=item[subject]), item)


def _changed(task: Task, given: dict[str, Any]) -> Task:
    subject, status, active = given.get("subject"), given.get("status"), given.get("activeForm")
    return Task(
        id=task.id,
        content=subject if isinstance(subject, str) else task.content,
        status=cast("Status", status) if status in get_args(Status) else task.status,
        active_form=active if isinstance(active, str) else task.active_form,
    )
