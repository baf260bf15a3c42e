"""Controller side of the `workstation_image` module: put the build context together, send it when it is needed.

The context is one archive, always the same bytes for the same files: owner, time and every mode bit but
"executable" are left out, so that two checkouts of one revision give one digest.
"""

from __future__ import annotations

import hashlib
import io
import os
import shlex
import stat
import tarfile
import uuid
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

REMOTE_FOLDER = PurePosixPath("/var/lib/hatchpod/image")
# Caches, and what npm and Vite make of the web UI's sources.
_IGNORED_FOLDERS = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "node_modules", "dist"})


@dataclass(frozen=True)
class Context:
    """A build context: an uncompressed tar archive and its SHA-256 in hexadecimal."""

    archive: bytes
    digest: str


def _files(source: Path) -> list[Path]:
    """Return the files under `source`, or `source` itself; symbolic links stand for what they point to."""
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise FileNotFoundError(f"the build context's source {source} does not exist")
    found = []
    for folder, folders, names in os.walk(source, followlinks=True):
        folders[:] = [name for name in folders if name not in _IGNORED_FOLDERS]
        if Path(folder).resolve() in (parent.resolve() for parent in Path(folder).parents):
            raise OSError(f"the symbolic link {folder} leads to a folder that it is in")
        found += [Path(folder, name) for name in names if not name.endswith(".pyc")]
    return found


def assemble(sources: dict[str, str]) -> Context:
    """Return the context made of `sources`: place in the context -> file or folder on this machine.

    The place "." is the context's root. Raises FileNotFoundError for a source that does not exist.
    """
    members: dict[str, Path] = {}
    for place, location in sources.items():
        source = Path(location)
        for path in _files(source):
            inside = PurePosixPath(path.relative_to(source) if path != source else ".")
            members[str(PurePosixPath(place) / inside)] = path

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, path in sorted(members.items()):
            content = path.read_bytes()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644
            archive.addfile(member, io.BytesIO(content))
    data = buffer.getvalue()
    return Context(data, hashlib.sha256(data).hexdigest())


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
        target = str(REMOTE_FOLDER / f"context-{digest[:16]}-{uuid.uuid4().hex[:8]}.tar")  # each run has its own
        self._command(f"umask 077 && mkdir -p {REMOTE_FOLDER}", f"cannot create {REMOTE_FOLDER}")
        temporary = self._make_tmp_path()
        sent = str(self._connection._shell.join_path(temporary, "context.tar"))  # noqa: SLF001 - Ansible's own action plugins do it so
        try:
            self._transfer_data(sent, archive)
            self._command(f"umask 077 && cat {shlex.quote(sent)} > {target}", f"cannot write {target}")
        finally:
            self._remove_tmp_path(temporary)  # type: ignore[no-untyped-call]
        return target

    def _command(self, command: str, otherwise: str) -> None:
        """Run a command on the host; `otherwise` says what its failure means."""
        done = self._low_level_execute_command(command)  # type: ignore[no-untyped-call]
        if done["rc"] != 0:
            raise AnsibleActionFail(f"workstation_image: {otherwise}: {done['stderr'].strip()}")
