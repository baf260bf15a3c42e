"""Where everything is that the program reads and writes, all of it the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """A home, a folder in memory for what opens the repository, and the variables that programs start with."""

    home: Path
    secrets: Path
    environment: Mapping[str, str]

    @property
    def dotfiles(self) -> Path:
        """The clone."""
        return self.home / "dotfiles"

    @property
    def partial(self) -> Path:
        """The clone while it is made: an interrupted one must not be taken for a whole one."""
        return self.home / ".dotfiles.partial"

    @property
    def state(self) -> Path:
        """What outlives the container beside the clone."""
        return self.home / ".local/state/hatchpod"

    @property
    def log(self) -> Path:
        """What the script said."""
        return self.state / "dotfiles.log"
