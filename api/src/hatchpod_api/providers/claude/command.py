"""The command line and the environment of a `claude` process."""

import importlib.util
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from hatchpod_api.errors import ProviderError
from hatchpod_api.providers.base import StartOptions

# What Claude Code would take for its own, and what of the service must not leave it.
_NOT_PASSED = frozenset({"CLAUDECODE", "HOST", "PORT", "NOTIFY_SOCKET"})
_SECRET_PREFIXES = ("API_PASSWORD", "HATCHPOD_")


def executable(environment: Mapping[str, str]) -> str:
    """The workstation's own `claude`, else the one that the SDK brings. Raises `ProviderError` without any."""
    found = shutil.which("claude", path=environment.get("PATH"))
    if found:
        return found
    sdk = importlib.util.find_spec("claude_agent_sdk")
    bundled = Path(sdk.origin).parent / "_bundled/claude" if sdk and sdk.origin else None
    if bundled and bundled.is_file():
        return str(bundled)
    raise ProviderError("there is no `claude` command on PATH; install Claude Code, or reinstall claude-agent-sdk")


def environment_of(inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process. The image keeps `claude` up to date, so it does not update itself."""
    passed = {
        name: value
        for name, value in inherited.items()
        if name not in _NOT_PASSED and not name.startswith(_SECRET_PREFIXES)
    }
    return {
        "DISABLE_AUTOUPDATER": "1",
        "CLAUDE_AGENT_SDK_CLIENT_APP": "hatchpod",
        **passed,
        "CLAUDE_CODE_ENTRYPOINT": "sdk-py",
    }


def arguments(options: StartOptions, *, allow_bypass: bool) -> list[str]:
    """Arguments after the command. Settings files of user, project and workstation apply, and so do their hooks."""
    given = [
        *("--output-format", "stream-json", "--input-format", "stream-json", "--verbose"),
        *("--include-partial-messages", "--replay-user-messages", "--session-mirror"),
        *("--permission-prompt-tool", "stdio"),
        *("--permission-mode", options.permission_mode),
        *("--thinking-display", "summarized"),
        "--setting-sources=user,project,local",
    ]
    if allow_bypass:
        given.append("--allow-dangerously-skip-permissions")
    if options.model:
        given.append(f"--model={options.model}")
    if options.effort:
        given.append(f"--effort={options.effort}")
    if options.allowed_tools:
        # Each as it is: `--allowed-tools` would divide them, and end a rule at any parenthesis that closes.
        allowed = msgspec.json.encode({"permissions": {"allow": options.allowed_tools}}).decode()
        given.append(f"--settings={allowed}")
    return [*given, *_conversation(options)]


def _conversation(options: StartOptions) -> list[str]:
    if options.resume is None:
        return [f"--session-id={options.session_id}"]
    if options.fork:
        return [f"--resume={options.resume}", "--fork-session", f"--session-id={options.session_id}"]
    return [f"--resume={options.resume}"]


def bound_to_parent(command: list[str]) -> list[str]:
    """The same command, that is told to end when this process is gone, however that comes about."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else command
