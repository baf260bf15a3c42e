"""npm's lock of the web UI: it can be installed as it is, from any registry, and nothing unverified is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

UI = Path(__file__).parents[2] / "api/ui"
LOCK = UI / "package-lock.json"
PACKAGES: dict[str, dict[str, Any]] = json.loads(LOCK.read_text())["packages"]


def test_the_lock_names_no_registry() -> None:
    assert "://" not in "".join(str(package.get("resolved", "")) for package in PACKAGES.values())


def test_everything_for_linux_is_locked_by_hash() -> None:
    linux = {name: package for name, package in PACKAGES.items() if name and "linux" in package.get("os", ["linux"])}
    processors = {"x64", "arm64"}
    used = {name for name, package in linux.items() if processors & set(package.get("cpu", processors))}
    assert len(used) > 100
    assert {name for name in used if not PACKAGES[name].get("integrity", "").startswith("sha512-")} == set()


def test_the_lock_is_whole() -> None:
    """`npm ci` refuses a lock that lacks packages of other systems; npm leaves those out that it did not find."""
    declared = json.loads((UI / "package.json").read_text())
    root = PACKAGES[""]
    for kind in ("dependencies", "devDependencies"):
        assert root.get(kind, {}) == declared.get(kind, {}), f"run npm install in api/ui: {kind}"
    missing = {
        f"{name} of {parent}"
        for parent, package in PACKAGES.items()
        for name in package.get("optionalDependencies", {})
        if not any(other == f"node_modules/{name}" or other.endswith(f"/node_modules/{name}") for other in PACKAGES)
    }
    assert missing == set()
