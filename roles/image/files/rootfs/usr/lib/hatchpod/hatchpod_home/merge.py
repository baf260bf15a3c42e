"""A three-way merge: what was set last time, what is there now, and what is wanted.

A value that somebody changed or removed is theirs from then on, and so is one that was there before. One that is no
longer wanted goes, if it is still as it was set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

MISSING: Final = object()

Path = tuple[str, ...]


@dataclass
class Merged:
    """The new `value` and what of it is ours (`base`); paths where something changed, and where theirs was kept."""

    value: Any
    base: Any
    changed: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)


def merge(base: Any, current: Any, wanted: Any, *, depth: int = 64) -> Merged:
    """Merge objects key by key to this `depth`, lists item by item, and anything else as a whole.

    `MISSING` stands for what is not there. `current` is not changed.
    """
    done = Merged(current, base)
    done.value, done.base = _merge(base, current, wanted, (), depth, done)
    return done


def _merge(base: Any, current: Any, wanted: Any, path: Path, depth: int, done: Merged) -> tuple[Any, Any]:
    if depth and _are(dict, base, current, wanted):
        return _merge_objects(base, current, wanted, path, depth, done)
    if depth and _are(list, base, current, wanted):
        return _merge_lists(base, current, wanted, path, done)
    return _merge_values(base, current, wanted, path, done)


def _are(kind: type, *values: Any) -> bool:
    """Say whether all of the values that are there are of this kind, and at least one of them is."""
    there = [value for value in values if value is not MISSING]
    return bool(there) and all(isinstance(value, kind) for value in there)


def _merge_objects(base: Any, current: Any, wanted: Any, path: Path, depth: int, done: Merged) -> tuple[Any, Any]:
    old, now, new = ({} if one is MISSING else one for one in (base, current, wanted))
    value, ours = dict(now), {}
    for key in [*new, *(key for key in old if key not in new)]:
        inner, mine = _merge(
            old.get(key, MISSING), now.get(key, MISSING), new.get(key, MISSING), (*path, key), depth - 1, done
        )
        if inner is not MISSING:
            value[key] = inner
        else:
            value.pop(key, None)
        if mine is not MISSING:
            ours[key] = mine
    emptied = not value and now and wanted is MISSING
    return (MISSING if emptied or (not value and current is MISSING) else value), (ours or MISSING)


def _merge_lists(base: Any, current: Any, wanted: Any, path: Path, done: Merged) -> tuple[Any, Any]:
    old, now, new = ([] if one is MISSING else one for one in (base, current, wanted))
    value = [item for item in now if item in new or item not in old]
    added = [item for item in new if item not in now and item not in old]
    if len(value) < len(now) or added:
        done.changed.append(path)
    if any(item in old and item not in now for item in new):
        done.kept.append(path)
    value += added
    ours = [item for item in new if item in old or item in added]
    emptied = not value and (current is MISSING or (now and wanted is MISSING))
    return (MISSING if emptied else value), (ours or MISSING)


def _merge_values(base: Any, current: Any, wanted: Any, path: Path, done: Merged) -> tuple[Any, Any]:
    untouched = current == base and type(current) is type(base)
    if wanted is MISSING:
        if base is MISSING or not untouched:
            return current, MISSING
        done.changed.append(path)
        return MISSING, MISSING
    if current == wanted and type(current) is type(wanted):
        return current, MISSING if base is MISSING else wanted
    if untouched:  # as we left it, or there is none and never was one of ours
        done.changed.append(path)
        return wanted, wanted
    done.kept.append(path)
    return current, base


def at(value: Any, path: Path) -> Any:
    """Return what stands at a path, `MISSING` where nothing does."""
    for key in path:
        value = value.get(key, MISSING) if isinstance(value, dict) else MISSING
    return value


def spelt(paths: list[Path]) -> Iterator[str]:
    """Yield paths as people write them."""
    return (".".join(path) for path in paths)
