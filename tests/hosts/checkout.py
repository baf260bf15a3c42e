"""Another state of this checkout: what an owner has after `git pull`."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from e2e.machine import ROOT, run

PARTS = [
    "ansible.cfg",
    "api/pyproject.toml",
    "api/src",
    "api/ui",
    "playbooks",
    "plugins",
    "pyproject.toml",
    "requirements",
    "roles",
]
MADE = ("__pycache__", "node_modules", "dist")  # of sources, on this machine
LOCK_LIMIT = 600  # seconds


def copy(target: Path) -> Path:
    """Copy what playbooks need; return the copy."""
    for part in PARTS:
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns(*MADE))
        else:
            shutil.copy2(source, target / part)
    return target


def pin(checkout: Path, package: str, version: str) -> None:
    """Pin another version of one of the image's Python packages, as a maintainer would: by the pins and `make lock`."""
    for file, line in (
        ("roles/image/vars/main.yml", rf"(?m)^(  {re.escape(package)}: )[0-9.]+"),
        ("api/pyproject.toml", rf'(?m)^(  "{re.escape(package)}~=)[0-9.]+'),
    ):
        text, count = re.subn(line, rf"\g<1>{version}", (checkout / file).read_text())
        assert count == 1, f"{package} is pinned {count} times in {file}"
        (checkout / file).write_text(text)
    run(sys.executable, str(checkout / "requirements/lock.py"), timeout=LOCK_LIMIT)
