"""The whole case: a data set, what is read of it, and what is streamed beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import transcripts
from bench.api import reading, recorded, streaming
from bench.api.service import Service, StampingService
from bench.figures import Figure


def measure(folder: Path, repeat: int, say: Callable[[str], None]) -> tuple[list[Figure], dict[str, Any]]:
    """Measure the API of this checkout on this machine. Everything is kept in `folder`."""
    projects = folder / "projects"
    say(f"writing {transcripts.SESSIONS} transcripts with {transcripts.MESSAGES} messages")
    longest = transcripts.generate(projects)
    size = sum(path.stat().st_size for path in projects.rglob("*.jsonl"))
    say(f"reading {size / 1e6:.0f} MB of them, {repeat} times each way")
    with Service(folder / "reading", projects) as service:
        figures, details = reading.measure(service, longest, repeat)
        figures += recorded.measure(service, repeat)
    say(f"streaming to {streaming.SESSIONS * streaming.CLIENTS} clients, {repeat} times each way")
    with StampingService(folder / "streaming", projects) as stamping:
        stamping.start()
        stamping.wait_for_index()
        figures += streaming.measure(stamping, repeat)
    return figures, {**details, "api_data_bytes": size}
