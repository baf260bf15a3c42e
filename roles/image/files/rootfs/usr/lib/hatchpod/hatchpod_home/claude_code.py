"""Claude Code's own files: settings, MCP servers, memory, plugins, and what lets a login by token begin at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchpod_home.files import locked, read, read_object, write, write_object
from hatchpod_home.merge import MISSING, Merged, at, merge
from hatchpod_home.plugins import apply_plugins
from hatchpod_home.record import Change, Record

FIRST = "<!-- From Hatchpod's inventory, down to the line like this one. Changed by hand, it stays as it is then. -->"
LAST = "<!-- The end of what is from Hatchpod's inventory. -->"
BLOCK = re.compile(rf"\n?{re.escape(FIRST)}\n(.*?)\n?{re.escape(LAST)}\n?", re.DOTALL)
TAIL = 20  # characters of an API key by which Claude Code remembers that it may be used


def apply(record: Record, wanted: dict[str, Any], secrets: dict[str, str]) -> None:
    """Bring everything that belongs to Claude Code in line with what is `wanted`."""
    record.attempt(_apply_settings, wanted.get("settings") or MISSING)
    record.attempt(_apply_state, wanted, secrets)
    record.attempt(_apply_memory, wanted.get("memory") or MISSING)
    if not record.boot:  # may need the network
        record.attempt(apply_plugins, wanted.get("marketplaces") or {}, wanted.get("plugins") or [])


def _apply_settings(record: Record, wanted: Any) -> None:
    base = record.ours.get("settings", MISSING)
    if base is MISSING and wanted is MISSING:
        return
    path = record.home / ".claude/settings.json"
    current = read_object(path)
    done = merge(base, current, wanted)
    _tell(record, path, current, done)
    if done.changed and not record.check:
        write_object(path, {} if done.value is MISSING else done.value)
    record.own("settings", done.base, missing=MISSING)


def _apply_state(record: Record, wanted: dict[str, Any], secrets: dict[str, str]) -> None:
    """MCP servers, each as a whole, and the answers to what `claude` would ask first."""
    servers: dict[str, Any] = wanted.get("mcp_servers") or {}
    answers: dict[str, Any] = {}
    if set(wanted.get("secret_variables", [])) & {"CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_API_KEY"} or _elsewhere(wanted):
        answers["hasCompletedOnboarding"] = True
    if key := secrets.get("ANTHROPIC_API_KEY"):
        answers["customApiKeyResponses"] = {"approved": [key[-TAIL:]]}
    bases = {part: record.ours.get(part, MISSING) for part in ("mcp_servers", "answers")}
    if not (servers or answers) and all(base is MISSING for base in bases.values()):
        return
    path = record.home / ".claude.json"

    def merged() -> tuple[dict[str, Any], list[Merged]]:
        current = read_object(path)
        first = merge(bases["answers"], current, answers or MISSING)
        value = {} if first.value is MISSING else first.value
        second = merge(bases["mcp_servers"], value.get("mcpServers", MISSING), servers or MISSING, depth=1)
        second.changed = [("mcpServers", *one) for one in second.changed]
        second.kept = [("mcpServers", *one) for one in second.kept]
        new = {**value, "mcpServers": second.value}
        if second.value is MISSING:
            new.pop("mcpServers")
        _tell(record, path, current, second, new)
        record.changes += [Change(f"{path}: {'.'.join(one)}") for one in first.changed]
        return new, [first, second]

    if record.check:
        merged()
        return
    with locked(path):
        new, done = merged()
        if any(one.changed for one in done):
            write_object(path, new)
    record.own("answers", done[0].base, missing=MISSING)
    record.own("mcp_servers", done[1].base, missing=MISSING)


def _elsewhere(wanted: dict[str, Any]) -> bool:
    """Say whether the models are another cloud's, which needs no login at Anthropic."""
    environment = wanted.get("environment") or {}
    return any(environment.get(f"CLAUDE_CODE_USE_{cloud}") for cloud in ("BEDROCK", "VERTEX"))


def _apply_memory(record: Record, wanted: Any) -> None:
    base = record.ours.get("memory", MISSING)
    if base is MISSING and wanted is MISSING:
        return
    path = record.home / ".claude/CLAUDE.md"
    text = read(path) or ""
    found = BLOCK.search(text)
    if wanted is not MISSING:
        wanted = wanted.strip("\n")
    done = merge(base, found[1] if found else MISSING, wanted, depth=0)
    if done.changed:
        new = _with_block(text, found, done.value)
        record.changes.append(Change(str(path), text, new))
        if not record.check:
            write(path, new)
    if done.kept:
        record.kept.append(str(path))
    record.own("memory", done.base, missing=MISSING)


def _with_block(text: str, found: re.Match[str] | None, block: Any) -> str:
    """Return the text with the block in its place, at the end where it has none, or without it."""
    between = "" if block is MISSING else f"{FIRST}\n{block}\n{LAST}\n"
    if found is None:
        return f"{text.rstrip()}\n\n{between}" if text.strip() else between
    before, after = text[: found.start()], text[found.end() :]
    return f"{before}\n{between}{after}" if before and between else f"{before}{between}{after}"


def _tell(record: Record, path: Path, current: Any, done: Merged, new: Any = None) -> None:
    after = done.value if new is None else new
    for one in done.changed:
        values = [None if (value := at(side, one)) is MISSING else value for side in (current, after)]
        record.changes.append(Change(f"{path}: {'.'.join(one)}", *values))
    record.kept += [f"{path}: {'.'.join(one)}" for one in done.kept]
