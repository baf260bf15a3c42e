"""Claude Code's marketplaces and plugins, by its own commands: they fetch what they add."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from hatchpod_home.files import HomeError, read_object
from hatchpod_home.programs import run
from hatchpod_home.record import Change, Record


def apply_plugins(record: Record, marketplaces: dict[str, str], plugins: list[str]) -> None:
    """Add what is wanted and was never removed by hand; remove what we added and nobody wants any more."""
    if not (marketplaces or plugins or {"marketplaces", "plugins"} & set(record.ours)):
        return
    run_claude = partial(run, "claude", "plugin")
    installed = _known(record, "installed_plugins.json", "plugins")
    _remove(record, "plugins", plugins, installed, lambda name: run_claude("uninstall", "--yes", name))
    known = _known(record, "known_marketplaces.json")
    _remove(record, "marketplaces", marketplaces, known, lambda name: run_claude("marketplace", "remove", name))

    def add_marketplace(name: str) -> None:
        run_claude("marketplace", "add", marketplaces[name])
        if name not in (now := _known(record, "known_marketplaces.json")):
            called = ", ".join(sorted(set(now) - set(known))) or "otherwise"
            raise HomeError(
                f"the marketplace {marketplaces[name]} calls itself {called}, not {name}: "
                f"use its own name in claude_code_marketplaces"
            )

    _add(record, "marketplaces", marketplaces, known, add_marketplace)
    _add(record, "plugins", plugins, installed, lambda name: run_claude("install", name))


def _known(record: Record, file: str, key: str | None = None) -> dict[str, Any]:
    content = read_object(record.home / ".claude/plugins" / file)
    inner = content if key is None else content.get(key)
    return inner if isinstance(inner, dict) else {}


def _remove(
    record: Record, part: str, wanted: Iterable[str], present: dict[str, Any], remove: Callable[[str], object]
) -> None:
    for name in [name for name in record.ours.get(part, []) if name not in wanted]:
        if name in present:
            record.changes.append(Change(f"{part}: {name}", before=name))
            if record.check:
                continue
            remove(name)
        _own(record, part, [one for one in record.ours[part] if one != name])


def _add(
    record: Record, part: str, wanted: Iterable[str], present: dict[str, Any], add: Callable[[str], object]
) -> None:
    for name in wanted:
        ours = record.ours.get(part, [])
        if name in present:
            continue
        if name in ours:
            record.kept.append(f"{part}: {name} (removed by hand)")
            continue
        if not record.check:
            record.attempt(lambda _, name=name: add(name))
            if name not in _after(record, part):
                continue
            _own(record, part, [*ours, name])
        record.changes.append(Change(f"{part}: {name}", after=name))


def _after(record: Record, part: str) -> dict[str, Any]:
    if part == "plugins":
        return _known(record, "installed_plugins.json", "plugins")
    return _known(record, "known_marketplaces.json")


def _own(record: Record, part: str, names: list[str]) -> None:
    record.own(part, names or None)
