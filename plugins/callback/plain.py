"""Output for programs: the messages of `debug` tasks on standard output, failures on standard error, nothing else."""

from __future__ import annotations

from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: plain
type: stdout
short_description: Only what a playbook was asked to print
description:
  - Prints the message of each C(debug) task as it is, a list as one line each, a loop item by item.
  - Failures go to standard error, each with the task's message. Everything else is silent.
"""


def messages(result: dict[str, Any], otherwise: Any) -> list[Any]:
    """Return what a task says: one message, or of a loop that of each item, only the failed ones if any failed."""
    items = result.get("results", [result])
    failed = [item for item in items if item.get("failed")]
    return [item.get("msg", otherwise) for item in failed or items]


class CallbackModule(CallbackBase):
    """The callback."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "plain"

    def v2_runner_on_ok(self, result: Any) -> None:
        """Print what a `debug` task says."""
        if result.task.action not in {"debug", "ansible.builtin.debug"}:
            return
        for message in messages(result.result, otherwise=[]):
            for line in message if isinstance(message, list) else [message]:
                self._display.display(str(line))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Say what failed and where."""
        if not ignore_errors:
            for message in messages(result.result, otherwise="failed"):
                self._display.display(f"{result.host.get_name()}: {message}", stderr=True)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Say which host cannot be reached."""
        self._display.display(f"{result.host.get_name()}: {result.result.get('msg', 'unreachable')}", stderr=True)
