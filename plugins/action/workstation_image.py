"""Controller side of the `workstation_image` module: put the build context together, send it when it is needed."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.image_context import assemble
from ansible.plugins.action import ActionBase

REMOTE_FOLDER = PurePosixPath("/var/lib/hatchpod/image")


class ActionModule(ActionBase):
    """Run the module with the context's digest, and with the context itself only where a build needs it."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        sources = arguments.pop("sources", None)
        if not isinstance(sources, dict) or not sources:
            raise AnsibleActionFail("workstation_image: sources must name the files and folders of the build context")
        try:
            context = assemble(sources)
        except OSError as error:
            raise AnsibleActionFail(f"workstation_image: {error}") from error

        arguments["context_digest"] = context.digest
        building = bool(arguments.get("build")) and not self._task.check_mode
        if building:
            arguments["context"] = self._send(context.archive, context.digest)
        result.update(
            self._execute_module(
                module_name="workstation_image",
                module_args=arguments,
                task_vars=task_vars,
                wrap_async=self._task.async_val if building else 0,
            )
        )
        return result

    def _send(self, archive: bytes, digest: str) -> str:
        """Put the archive on the host, readable by root alone, and return its path there."""
        target = str(REMOTE_FOLDER / f"context-{digest[:16]}.tar")
        made = self._low_level_execute_command(f"umask 077 && mkdir -p {REMOTE_FOLDER}")
        if made["rc"] != 0:
            raise AnsibleActionFail(f"workstation_image: cannot create {REMOTE_FOLDER}: {made['stderr'].strip()}")
        temporary = self._make_tmp_path()
        sent = self._transfer_data(self._connection._shell.join_path(temporary, "context.tar"), archive)  # noqa: SLF001 - Ansible's own action plugins do it so
        moved = self._low_level_execute_command(f"umask 077 && cat {sent} > {target}.new && mv {target}.new {target}")
        self._remove_tmp_path(temporary)
        if moved["rc"] != 0:
            raise AnsibleActionFail(f"workstation_image: cannot write {target}: {moved['stderr'].strip()}")
        return target
