"""Routes on their own, with the real parts behind them."""

import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient
from litestar.types import ControllerRouterHandler

from hatchpod_api.git.command import Git
from hatchpod_api.http.errors import HANDLERS as ERRORS
from hatchpod_api.workspace import Workspace

Serve = Callable[..., TestClient[Litestar]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(handlers, opened=[...], **parts)` is a client of these handlers; `opened` parts are entered first."""
    with ExitStack() as stack:

        def serve(
            handlers: Sequence[ControllerRouterHandler],
            opened: Sequence[AbstractAsyncContextManager[Any]] = (),
            **parts: object,
        ) -> TestClient[Litestar]:
            @asynccontextmanager
            async def lifespan(_: Litestar) -> AsyncIterator[None]:
                async with AsyncExitStack() as entered:
                    for part in opened:
                        await entered.enter_async_context(part)
                    yield

            app = Litestar(
                handlers,
                dependencies={name: Provide(_constant(part), sync_to_thread=False) for name, part in parts.items()},
                lifespan=[lifespan],
                exception_handlers=ERRORS,
                openapi_config=None,
                logging_config=None,
            )
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield serve


def _constant(part: object) -> Callable[[], object]:
    return lambda: part


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The workspace's root; beside it is a file that no client may ever see."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("the secret")
    root = tmp_path / "workspace"
    root.mkdir()
    return root


@pytest.fixture
def workspace(root: Path) -> Workspace:
    return Workspace(root)


@pytest.fixture
def git_home(tmp_path: Path) -> dict[str, str]:
    """The environment of a person who has told git their name."""
    home = tmp_path / "git-home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\nname=Ada\nemail=ada@example.org\n[init]\ndefaultBranch=main\n")
    return {"HOME": str(home), "PATH": os.defpath + ":/usr/local/bin", "XDG_CONFIG_HOME": str(home)}


@pytest.fixture
def git(workspace: Workspace, git_home: dict[str, str]) -> Git:
    return Git(workspace, git_home)


@pytest.fixture
def run_git(root: Path, git_home: dict[str, str]) -> Callable[..., str]:
    """`run_git("add", ".", cwd=...)` as a person would, and what it prints."""

    def run(*arguments: str, cwd: Path = root) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd, env=git_home, check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout

    return run
