"""The programs that lay the inventory into a home, in a home of a test's own. Git, GPG and SSH are the real ones."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.home.person import LIBRARY, Home


@pytest.fixture(autouse=True, scope="session")
def library() -> Iterator[None]:
    """The image's programs can be imported."""
    sys.path.insert(0, str(LIBRARY))
    yield
    sys.path.remove(str(LIBRARY))


@pytest.fixture
def claude(tmp_path: Path) -> Home:
    """A home for Claude Code."""
    return Home(tmp_path, "claude_code")


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home for git, SSH and GPG, which read it from the environment."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / ".gnupg"))
    for name in ("GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".gnupg").mkdir(mode=0o700)
    yield Home(tmp_path, "identity")
    subprocess.run(["gpgconf", "--kill", "all"], check=False, env=os.environ)
