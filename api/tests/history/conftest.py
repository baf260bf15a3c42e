"""An index over the transcripts of one test."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from hatchpod_api.config import Places
from hatchpod_api.history.index import HistoryIndex

LIMIT = 60.0  # seconds that anything may take on a busy machine


@pytest.fixture
def transcript(places: Places) -> Callable[[int], Path]:
    """`transcript(7)` is where the transcript of the seventh session belongs."""

    def path(number: int, project: str = "-shop") -> Path:
        return places.claude_projects / project / f"{number:08}-1111-4111-8111-111111111111.jsonl"

    return path


async def eventually(condition: Callable[[], object]) -> None:
    """Wait until the condition holds; what it returns may have to be awaited."""
    async with asyncio.timeout(LIMIT):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.02)


@pytest.fixture
def soon() -> Callable[[Callable[[], object]], object]:
    return eventually


@pytest.fixture
async def history(places: Places) -> AsyncIterator[HistoryIndex]:
    async with HistoryIndex(places) as index:
        async with asyncio.timeout(LIMIT):
            await index.wait_ready()
        yield index


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB; skipped where none may be mounted."""
    import subprocess

    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
