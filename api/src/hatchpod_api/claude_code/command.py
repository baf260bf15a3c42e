"""Runs the `claude` command for what it does by itself, apart from sessions."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from hatchpod_api.errors import UnavailableError
from hatchpod_api.processes import Output, run_program

MAX_OUTPUT = 1024 * 1024
SECONDS = 30.0


class ClaudeCommand:
    """`environment` is what it sees. One at a time: each run rewrites Claude Code's one state file."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = {"DISABLE_AUTOUPDATER": "1", "BROWSER": "/bin/false", **environment}
        self._lane = asyncio.Lock()

    def executable(self) -> str:
        from hatchpod_api.providers.claude.command import executable

        return executable(self.environment)

    async def run(
        self,
        *arguments: str,
        cwd: Path,
        stdin: bytes | None = None,
        variables: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
    ) -> Output:
        """Run with these `variables` besides. `UnavailableError` when it does not end in time."""
        async with self._lane:
            try:
                return await run_program(
                    (self.executable(), *arguments),
                    cwd=str(cwd),
                    environment={**self.environment, **(variables or {})},
                    stdin=stdin,
                    limit=MAX_OUTPUT,
                    seconds=seconds,
                )
            except TimeoutError:
                message = f"claude {arguments[0]} took longer than {seconds:.0f} seconds and was ended. Try again."
                raise UnavailableError(message, code="claude_timeout") from None
