"""Ends what a `claude` that was killed left running: its tools wait for nobody then.

Claude Code starts each tool as the leader of a session of its own. Whoever detached itself from such a tool on purpose,
like a server that shall go on, is no leader and is left alone.
"""

import contextlib
import os
import signal
from pathlib import Path

MARK = "HATCHPOD_RUN"


def end_leftovers(mark: str) -> int:
    """Ask tools of the run with this mark to end; return how many there were. Only when `claude` is gone."""
    ended = 0
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and _leads_session(process) and _is_marked(process, mark):
            with contextlib.suppress(OSError):
                os.killpg(int(process.name), signal.SIGTERM)
                ended += 1
    return ended


def _leads_session(process: Path) -> bool:
    try:
        return os.getsid(int(process.name)) == int(process.name)
    except OSError:
        return False


def _is_marked(process: Path, mark: str) -> bool:
    try:
        return f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
