"""Starts runs of Claude Code."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hatchpod_api.claude_code.credentials import credential_variables
from hatchpod_api.config import HostSettings
from hatchpod_api.errors import ProviderError
from hatchpod_api.history.normalise import Normaliser
from hatchpod_api.history.transcript import find_transcript, read_tail
from hatchpod_api.providers.base import Run, StartOptions
from hatchpod_api.providers.claude.command import arguments, environment_of, executable

if TYPE_CHECKING:
    from hatchpod_api.providers.claude.run import ClaudeRun

# An answer grows while other messages come in between; these many of the newest are kept to be added to.
_KEPT_MESSAGES = 100


class ClaudeProvider:
    """`environment` is what the `claude` processes, and so their tools and hooks, see of the workstation's."""

    name = "claude"
    writes_transcripts = True

    def __init__(self, settings: HostSettings, environment: Mapping[str, str]) -> None:
        self._allow_bypass = settings.allow_bypass
        self._projects = settings.places.claude_projects
        self._state = settings.places.state
        self._environment = environment_of(environment)

    async def start(self, options: StartOptions) -> Run:
        """Start `claude`, and wait until it is ready for a prompt."""
        if options.permission_mode == "bypassPermissions" and not self._allow_bypass:
            raise ProviderError(
                "bypassPermissions is not allowed here; set ALLOW_BYPASS_PERMISSIONS=1, or choose another mode",
                field="permissionMode",
            )
        if not await asyncio.to_thread(Path(options.cwd).is_dir):
            raise ProviderError(f"the directory {options.cwd} is gone; create it, or choose another one", field="cwd")
        command = [executable(self._environment), *arguments(options, allow_bypass=self._may_bypass(options))]
        # Off the loop: the import and a long transcript take a good part of a second, and other sessions run meanwhile.
        run_type = await asyncio.to_thread(_run_type)
        normaliser = await asyncio.to_thread(self._normaliser, options)
        environment = self._environment | await asyncio.to_thread(credential_variables, self._state)
        return await run_type.begin(command, options, environment, normaliser, allow_bypass=self._allow_bypass)

    def _may_bypass(self, options: StartOptions) -> bool:
        # As root `claude` refuses to start with it outside of a sandbox: then only who asks for it is to be told so.
        refused = os.geteuid() == 0 and "IS_SANDBOX" not in self._environment
        return self._allow_bypass and (not refused or options.permission_mode == "bypassPermissions")

    def _normaliser(self, options: StartOptions) -> Normaliser:
        """One that knows the transcript which the run goes on from."""
        if options.resume is None:
            return Normaliser(options.session_id, keep=_KEPT_MESSAGES)
        path = find_transcript(self._projects, options.resume)
        if path is None:
            raise ProviderError(
                f"there is no transcript of session {options.resume} any more; start a new session",
                field="resumeSessionId",
            )
        normaliser = read_tail(path, _KEPT_MESSAGES).normaliser
        if options.fork:
            normaliser.session_id = options.session_id
        return normaliser


def _run_type() -> type[ClaudeRun]:
    from hatchpod_api.providers.claude.run import ClaudeRun

    return ClaudeRun
