"""Settings of dotfiles, from the inventory's variables to what the image's own program reads, checked by its rules."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

RULES = Path(__file__).resolve().parents[2] / "roles/image/files/rootfs/usr/lib/hatchpod/hatchpod_dotfiles/settings.py"


def _rules() -> ModuleType:
    """Return the part of the image's program that knows the settings; it is not installed on the controller."""
    name = "hatchpod_dotfiles_settings"
    spec = importlib.util.spec_from_file_location(name, RULES)
    assert spec is not None and spec.loader is not None  # noqa: PT018, S101 - for a path they are there
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


rules = _rules()
SECRETS = ("DOTFILES_SSH_KEY", "DOTFILES_TOKEN")


def _as_text(value: Any) -> str:
    """Return what the file of a setting holds."""
    if isinstance(value, bool):
        return "1" if value else ""
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _given(workstation: dict[str, Any], common: dict[str, Any]) -> dict[str, str]:
    """Return the settings of a workstation by the names of the files, without those that are empty."""
    own = {**common, **{name: value for name, value in workstation.items() if value is not None}}
    values = {name: _as_text(own.get(variable)) for name, variable in rules.NAMES.items()}
    return {name: value for name, value in values.items() if value}


def dotfiles_values(workstation: dict[str, Any], common: dict[str, Any]) -> dict[str, str]:
    """Return what is written for a workstation, without secrets; nothing where it has no repository."""
    values = _given(workstation, common)
    return {name: value for name, value in values.items() if name not in SECRETS} if "DOTFILES_REPO" in values else {}


def dotfiles_problems(workstations: list[dict[str, Any]], common: dict[str, Any]) -> list[str]:
    """Return what is wrong with the settings of the workstations, each with its variable and the fix."""
    return [
        f"{workstation['name']}: {problem}"
        for workstation in workstations
        for problem in rules.problems(_given(workstation, common), managed=True)
    ]


class FilterModule:
    """The filters, by the names that templates use."""

    def filters(self) -> dict[str, Any]:
        """Return them."""
        return {"dotfiles_problems": dotfiles_problems, "dotfiles_values": dotfiles_values}
