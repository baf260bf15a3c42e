"""Somebody's home in a workstation, where the image's own program works with real git."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from unit.dotfiles.forge import SshForge, Upstream, WebForge, git

PROGRAM = Path(__file__).parents[3] / "roles/image/files/rootfs/usr/lib/hatchpod"
sys.path.insert(0, str(PROGRAM))

command = importlib.import_module("hatchpod_dotfiles.command")
Place = importlib.import_module("hatchpod_dotfiles.place").Place
Record = importlib.import_module("hatchpod_dotfiles.record").Record


@dataclass
class Home:
    """A home, and the program at work in it."""

    path: Path
    secrets: Path

    @property
    def dotfiles(self) -> Path:
        return self.path / "dotfiles"

    @property
    def place(self) -> Any:
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.path), "LANG": "C.UTF-8", "TERM": "dumb"}
        return Place(self.path, self.secrets, variables)

    def apply(
        self, repository: str | Path, *, check: bool = False, again: bool = False, update: bool = False, **settings: str
    ) -> Any:
        """Run the program with settings by the end of their names, such as `branch`; return its report."""
        values = {f"DOTFILES_{name.upper()}": value for name, value in settings.items()}
        options = argparse.Namespace(check=check, again=again, update=update)
        report = command.run({"DOTFILES_REPO": str(repository), **values}, self.place, options, managed=True)
        assert not self.secrets.exists()
        return report

    def record(self) -> Any:
        """Return what is recorded."""
        return Record.read(self.place.state)

    def ran(self) -> list[str]:
        """Return what the scripts of these tests wrote when they ran."""
        path = self.path / "ran"
        return path.read_text().splitlines() if path.exists() else []

    def git(self, *words: str) -> str:
        """Run git in the clone, as the user."""
        return git(self.dotfiles, *words)

    def files(self) -> dict[str, bytes]:
        """Return everything in the home but what is recorded."""
        paths = (path for path in self.path.rglob("*") if path.is_file() and ".local" not in path.parts)
        return {str(path.relative_to(self.path)): path.read_bytes() for path in paths}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    path = tmp_path / "home of somebody"
    path.mkdir()
    return Home(path, tmp_path / "secrets")


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream(tmp_path / "upstream.git", tmp_path / "author")


@pytest.fixture(scope="session")
def ssh_forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshForge]:
    forge = SshForge(tmp_path_factory.mktemp("ssh") / "forge")
    with forge.up():
        yield forge


@pytest.fixture(scope="session")
def web_forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebForge]:
    forge = WebForge(tmp_path_factory.mktemp("web") / "forge")
    with forge.up():
        yield forge
