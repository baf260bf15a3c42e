"""MCP servers: written by the `claude mcp` command, which knows where each scope is kept; read from where it does.

`claude mcp list` shows neither scope nor settings and starts every server, so it is asked for health only.
"""

import json
import logging
from pathlib import Path
from typing import Any

import anyio.to_thread
import msgspec
from anyio import CancelScope

from hatchpod_api.claude_code.command import ClaudeCommand
from hatchpod_api.config import Places
from hatchpod_api.errors import ConflictError, HatchpodError, MalformedError, NotFoundError, ValueNotAllowedError
from hatchpod_api.history.lines import opened
from hatchpod_api.messages.claude_code import MASK, McpScope, McpServer, McpServers
from hatchpod_api.processes import Output

_HEALTH_SECONDS = 60.0
_MAX_FILE = 64 * 1024 * 1024

logger = logging.getLogger(__name__)


class McpSettings:
    def __init__(self, command: ClaudeCommand, places: Places) -> None:
        self._command = command
        self._places = places

    async def list(self, cwd: Path, *, check: bool) -> McpServers:
        """The servers that a session in `cwd` has, secrets masked; with `check` how each of them does."""
        servers = [
            _shown(name, scope, kept)
            for scope in ("user", "local", "project")
            for name, kept in (await self._kept(scope, cwd)).items()
        ]
        return McpServers(servers=servers, status=await self._health(cwd) if check else {})

    async def put(self, server: McpServer, cwd: Path) -> None:
        """Add or replace. A value of `********` stays what it is; so does the old server when the new is not taken."""
        old = (await self._kept(server.scope, cwd)).get(server.name)
        new = _definition(server, old or {})
        try:
            if old is not None:
                await self._remove(server.name, server.scope, cwd)
            await self._add(server.name, server.scope, new, cwd)
        except BaseException:  # refused, too slow, or given up
            if old is not None:
                with CancelScope(shield=True):
                    await self._restore(server.name, server.scope, old, cwd)
            raise

    async def _restore(self, name: str, scope: McpScope, old: dict[str, Any], cwd: Path) -> None:
        try:
            if name not in await self._kept(scope, cwd):
                await self._add(name, scope, old, cwd)
        except HatchpodError as error:
            fields = {"name": name, "scope": scope, "reason": error.message}
            logger.error("an MCP server is lost", extra={"fields": fields})  # noqa: TRY400 # the reason is enough

    async def delete(self, name: str, scope: McpScope, cwd: Path) -> None:
        if name not in await self._kept(scope, cwd):
            raise NotFoundError(f"There is no MCP server {name[:64]!r} of scope {scope}.", field="name")
        await self._remove(name, scope, cwd)

    async def _add(self, name: str, scope: McpScope, definition: dict[str, Any], cwd: Path) -> None:
        content = json.dumps(definition).encode()
        output = await self._command.run("mcp", "add-json", "--scope", scope, "--", name, "-", cwd=cwd, stdin=content)
        if output.code != 0:
            raise ValueNotAllowedError(f"Claude Code does not take this server: {_reason(output)}", field="name")

    async def _remove(self, name: str, scope: McpScope, cwd: Path) -> None:
        output = await self._command.run("mcp", "remove", "--scope", scope, "--", name, cwd=cwd)
        if output.code != 0:
            raise ConflictError(f"Claude Code did not remove the server: {_reason(output)}", code="mcp_failed")

    async def _health(self, cwd: Path) -> dict[str, str]:
        """Lines of the form `name: command - mark words`."""
        output = await self._command.run("mcp", "list", cwd=cwd, seconds=_HEALTH_SECONDS)
        health = {}
        for line in output.text.splitlines():
            name, colon, rest = line.partition(": ")
            _, dash, words = rest.partition(" - ")
            if colon and dash:
                health[name] = words.lstrip("✓✔✘✗⏸! ").strip()
        return health

    async def _kept(self, scope: McpScope, cwd: Path) -> dict[str, dict[str, Any]]:
        path = cwd / ".mcp.json" if scope == "project" else self._places.claude_state
        holder = await anyio.to_thread.run_sync(_read, path)
        if scope == "local":
            holder = _object(_object(holder.get("projects")).get(str(cwd)))
        servers = _object(holder.get("mcpServers"))
        return {name: kept for name, kept in servers.items() if isinstance(kept, dict)}


def _definition(server: McpServer, old: dict[str, Any]) -> dict[str, Any]:
    needed = "command" if server.type == "stdio" else "url"
    if not getattr(server, needed):
        raise ValueNotAllowedError(f"A server of type {server.type} needs a `{needed}`.", field=needed)
    secrets = "env" if server.type == "stdio" else "headers"
    known = _object(old.get(secrets))
    values = {}
    for name, value in getattr(server, secrets).items():
        if value == MASK and name not in known:
            raise ValueNotAllowedError(f"`{secrets}.{name}` has no value yet. Send one.", field=f"{secrets}.{name}")
        values[name] = known[name] if value == MASK else value
    own = {"command": server.command, "args": server.args} if server.type == "stdio" else {"url": server.url}
    return {**old, "type": server.type, **own, secrets: values}


def _shown(name: str, scope: McpScope, kept: dict[str, Any]) -> McpServer:
    command, url = kept.get("command"), kept.get("url")
    transport = kept.get("type", "stdio" if command else "http")
    shown = {
        "name": name,
        "scope": scope,
        "type": transport,
        "command": command,
        "args": kept.get("args") or [],
        "env": dict.fromkeys(_object(kept.get("env")), MASK),
        "url": url,
        "headers": dict.fromkeys(_object(kept.get("headers")), MASK),
    }
    try:
        return msgspec.convert(shown, McpServer)
    except msgspec.ValidationError:  # made by hand, or by a newer Claude Code
        return McpServer(name=name, scope=scope, command=str(command) if command else None)


def _read(path: Path) -> dict[str, Any]:
    try:
        with opened(path) as file:
            content = file.read(_MAX_FILE + 1)
        if len(content) > _MAX_FILE:
            raise MalformedError(f"{path.name} is too large to be read.")
        return _object(json.loads(content))
    except FileNotFoundError:
        return {}
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}. Repair it by hand."
        raise ConflictError(message, code="invalid_settings") from None
    except (ValueError, RecursionError):
        raise ConflictError(f"{path.name} is not valid JSON. Repair it by hand.", code="invalid_settings") from None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _reason(output: Output) -> str:
    lines = (output.complaint or output.text).strip().splitlines()
    return lines[-1][:500] if lines else f"exit code {output.code}"
