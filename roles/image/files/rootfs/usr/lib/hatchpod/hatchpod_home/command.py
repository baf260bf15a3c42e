"""The user's part: reads what is wanted as JSON on standard input, prints what became of it."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hatchpod_home import claude_code, identity
from hatchpod_home.record import Record

PARTS: dict[str, Callable[[Record, dict[str, Any], dict[str, str]], None]] = {
    "claude_code": claude_code.apply,
    "identity": identity.apply,
}


def apply(request: dict[str, Any], home: Path) -> dict[str, Any]:
    """Apply one part.

    `request` has the part's `name`, the document `wanted`, the values of its `secrets`, and whether this is only to
    `check`, or the `boot`, at which nothing waits for a network. The answer has `changes`, `kept` and `problems`.
    """
    record = Record(home, request["name"], check=request["check"], boot=request["boot"])

    def every_step(one: Record) -> None:
        one.load()
        PARTS[one.name](one, request["wanted"], request["secrets"])

    record.attempt(every_step)
    return {
        "changes": [dataclasses.asdict(change) for change in record.changes],
        "kept": record.kept,
        "problems": record.problems,
    }


def main() -> None:
    """Run the command."""
    os.umask(0o077)
    answer = apply(json.load(sys.stdin), Path(os.environ["HOME"]))
    sys.stdout.write(json.dumps(answer) + "\n")
