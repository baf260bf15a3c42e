"""Runs `git`: without a shell, a terminal or a prompt, within limits of time and output.

What only reads must start nothing that a repository's own configuration names: whoever unpacks an archive with a
`.git` in it and looks at its changes has not agreed to run its programs. Hooks run where a person commits or pushes.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from hatchpod_api.errors import ConflictError, ForbiddenError, HatchpodError, NotFoundError, UnavailableError
from hatchpod_api.processes import Output, run_program
from hatchpod_api.workspace import Workspace

MAX_OUTPUT = 8 * 1024 * 1024
SECONDS = 30.0

_AT_ONCE = 4

_CONFIG = {
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "color.ui": "false",
    "log.showSignature": "false",
    "protocol.ext.allow": "never",
    "submodule.recurse": "false",
}


class Git:
    """`environment` is what git, its hooks and its helpers see."""

    def __init__(self, workspace: Workspace, environment: Mapping[str, str]) -> None:
        self.workspace = workspace
        self._environment = dict(environment)
        self._lanes = asyncio.Semaphore(_AT_ONCE)

    async def run(
        self,
        folder: Path,
        *arguments: str,
        stdin: bytes | None = None,
        config: Mapping[str, str] | None = None,
        allowed: Sequence[int] = (0,),
        limit: int = MAX_OUTPUT,
        seconds: float = SECONDS,
    ) -> Output:
        """Run in `folder`; raises what git complains about unless the exit code is `allowed`.

        Output over `limit` bytes ends the run and is no failure: `truncated` says so.
        """
        environment = self._variables({**_CONFIG, **(config or {})})
        with self.workspace.explained(folder, field="cwd"), self.workspace.opened_folder(folder) as opened:
            here = f"/proc/self/fd/{opened}"  # this very folder, whatever has its name by now
            async with self._lanes:
                try:
                    output = await run_program(
                        ("git", *arguments),
                        cwd=here,
                        environment=environment,
                        stdin=stdin,
                        limit=limit,
                        seconds=seconds,
                    )
                except TimeoutError:
                    message = f"git {arguments[0]} took longer than {seconds:.0f} seconds and was ended."
                    raise UnavailableError(f"{message} Try it in a terminal.", code="git_timeout") from None
        if output.code not in allowed and not output.truncated:
            raise explanation(output)
        return output

    def _variables(self, config: Mapping[str, str]) -> dict[str, str]:
        variables = {
            **self._environment,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_CEILING_DIRECTORIES": str(self.workspace.root.parent),
            "GIT_CONFIG_COUNT": str(len(config)),
            "LC_ALL": "C.UTF-8",
        }
        for number, (key, value) in enumerate(config.items()):
            variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return variables


def explanation(output: Output) -> HatchpodError:
    complaint = scrubbed(output.complaint or output.text)
    if "not a git repository" in complaint or "must be run in a work tree" in complaint:
        message = "This folder is not in a git repository with a working tree. Run `git init` there, or name another."
        return NotFoundError(message, field="cwd", code="not_a_repository")
    if "dubious ownership" in complaint:
        message = "The repository belongs to another user. Change its owner, or add it to git's `safe.directory`."
        return ForbiddenError(message, field="cwd", code="foreign_repository")
    return ConflictError(f"git refused: {complaint or f'exit code {output.code}'}", code="git_failed")


def scrubbed(complaint: str) -> str:
    """Short, and without the password that a remote's address may carry."""
    return re.sub(r"(?<=://)[^/@\s]+@", "", complaint.strip())[:2000]
