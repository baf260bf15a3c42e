"""One application of the inventory to the home: what is ours there, what changed, what was kept, what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hatchpod_home.files import HomeError, read_object, write_object


@dataclass
class Change:
    """One thing that changed, with what is shown of it as a difference."""

    what: str
    before: Any = None
    after: Any = None


@dataclass
class Record:
    """`ours` is what earlier runs set, by part; it outlives the container."""

    home: Path
    name: str
    check: bool = False
    boot: bool = False
    ours: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """Where `ours` is kept."""
        return self.home / ".local/state/hatchpod/home" / f"{self.name}.json"

    def load(self) -> None:
        """Read what earlier runs set."""
        self.ours = read_object(self.path)

    def own(self, part: str, value: Any, *, missing: Any = None) -> None:
        """Remember what of one part is ours, nothing where it is `missing`; at once, as a later step may never end."""
        if value is missing:
            self.ours.pop(part, None)
        else:
            self.ours[part] = value
        if self.check or self.ours == read_object(self.path):
            return
        if self.ours:
            write_object(self.path, self.ours)
        else:
            self.path.unlink(missing_ok=True)

    def attempt(self, step: Callable[..., object], *arguments: Any) -> None:
        """Take one step; what goes wrong in it stops no other."""
        try:
            step(self, *arguments)
        except HomeError as error:
            self.problems.append(str(error))
        except OSError as error:
            self.problems.append(
                f"{error.filename or self.home}: {error.strerror or error}; see to it and run this again"
            )
