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

    def add_marketplace(name: str) -> None:
        before = _present(record, "marketplaces")
        run_claude("marketplace", "add", marketplaces[name])
        after = _present(record, "marketplaces")
        if name in after:
            return
        new = sorted(after - before)
        for one in new:
            run_claude("marketplace", "remove", one)
        raise HomeError(
            f"the marketplace {marketplaces[name]} calls itself {', '.join(new) or 'otherwise'}, not {name}: "
            f"use its own name in claude_code_marketplaces"
        )

    _remove(record, "plugins", plugins, lambda name: run_claude("uninstall", "--yes", name))
    _remove(record, "marketplaces", marketplaces, lambda name: run_claude("marketplace", "remove", name))
    _add(record, "marketplaces", marketplaces, add_marketplace)
    _add(record, "plugins", plugins, lambda name: run_claude("install", name))


def _remove(record: Record, part: str, wanted: Iterable[str], remove: Callable[[str], object]) -> None:
    present = _present(record, part)
    for name in [name for name in record.ours.get(part, []) if name not in wanted]:
        if name in present:
            if not _done(record, remove, name):
                continue  # it is ours still, so that the next run tries again
            record.changes.append(Change(f"{part}: {name}", before=name))
        _own(record, part, [one for one in record.ours[part] if one != name])


def _add(record: Record, part: str, wanted: Iterable[str], add: Callable[[str], object]) -> None:
    present = _present(record, part)
    for name in wanted:
        ours = record.ours.get(part, [])
        if name in present:
            continue
        if name in ours:
            record.kept.append(f"{part}: {name} (removed by hand)")
        elif _done(record, add, name):
            _own(record, part, [*ours, name])
            record.changes.append(Change(f"{part}: {name}", after=name))


def _done(record: Record, step: Callable[[str], object], name: str) -> bool:
    """Take a step about one of them; say whether it worked, or is only to be predicted."""
    problems = len(record.problems)
    if not record.check:
        record.attempt(lambda _: step(name))
    return len(record.problems) == problems


def _present(record: Record, part: str) -> set[str]:
    """Return the names of those that are there for every folder; a plugin can also be one project's alone."""
    folder = record.home / ".claude/plugins"
    if part == "marketplaces":
        return set(read_object(folder / "known_marketplaces.json"))
    plugins: dict[str, Any] = read_object(folder / "installed_plugins.json").get("plugins") or {}
    return {name for name, places in plugins.items() if any(place.get("scope") == "user" for place in places)}


def _own(record: Record, part: str, names: list[str]) -> None:
    record.own(part, names or None)
