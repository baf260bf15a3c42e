"""A real Headscale for the whole of these tests, and a real `tailscaled` for each that asks for one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tailnet import programs
from tailnet.headscale import Headscale
from tailnet.node import Node

Apply = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def short() -> Iterator[Path]:
    """A folder whose path leaves room for the names of sockets."""
    with tempfile.TemporaryDirectory(prefix="tn") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def headscale(short: Path) -> Iterator[Headscale]:
    """The control server. Whoever stops it starts it again."""
    server = Headscale(short / "server")
    server.write_policy({"tagOwners": {"tag:pod": ["alice@"], "tag:other": ["alice@"]}})
    with server:
        yield server


@pytest.fixture
def node(short: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """A daemon that is in no tailnet yet; its command is the one that is found."""
    monkeypatch.setenv("PATH", f"{programs.tailscale().parent}{os.pathsep}{os.environ['PATH']}")
    with Node(Path(tempfile.mkdtemp(dir=short))) as daemon:
        yield daemon


@pytest.fixture
def apply(node: Node, headscale: Headscale, call_module: Any) -> Apply:
    """Run the module on the node; `key` is written to the file that the module is told."""

    def call(*, check_mode: bool = False, key: str = "", **options: Any) -> dict[str, Any]:
        path = node.folder / "key"
        if key:
            path.write_text(key)
        arguments = {"socket": str(node.socket), "login_server": headscale.url, "timeout": 20}
        if path.exists() and options.get("state") != "absent":
            arguments["auth_key_file"] = str(path)
        result: dict[str, Any] = call_module("tailscale_node", {**arguments, **options}, check_mode=check_mode)
        return result

    return call
