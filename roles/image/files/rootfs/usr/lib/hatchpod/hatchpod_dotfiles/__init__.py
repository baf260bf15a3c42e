"""Dotfiles: the clone in ~/dotfiles and the script that installs it, as the user and never as root."""

from __future__ import annotations

from collections.abc import Sequence


class DotfilesError(Exception):
    """Something could not be done. The text says what, and what to do; `output` is what a script printed last."""

    def __init__(self, text: str, output: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.output = list(output)


class RefusedError(DotfilesError):
    """What is wanted would overwrite what belongs to the user, or is not possible at all. Nothing was changed."""
