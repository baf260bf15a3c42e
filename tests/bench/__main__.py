"""`make bench`: measure workstations, the API and the web UI on this machine, print the figures, and clean up.

Not a test: the machine may be busy, so that nothing fails for being slow. docs/benchmarks.md tells the method.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from bench import bare, measure, remote
from bench.api import case as api
from bench.figures import Figure, figures_table, shown, table
from bench.station import Station, remove_all
from bench.ui import case as ui
from e2e.machine import ROOT, docker, engine_process, stop_engine

CASES = ("workstation", "api", "ui")
RESULT = ROOT / ".cache/bench.json"


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measure workstations, the API and the web UI on this machine."
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help="workstation, api or ui; all without one")
    parser.add_argument("--quick", action="store_true", help="leave out the build of an image from nothing")
    parser.add_argument("--bare", action="store_true", help="measure a bare virtual machine as well: ten minutes")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="how often each thing is measured (5)")
    options = parser.parse_args()
    if unknown := sorted(set(options.cases) - set(CASES)):
        parser.error(f"there is no case {unknown[0]!r}; choose from {', '.join(CASES)}")
    return options


def say(text: str) -> None:
    """Tell on standard error what happens now."""
    sys.stderr.write(f"bench: {text}\n")


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    models = [
        line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return {
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "processors": os.cpu_count(),
        "model": models[0] if models else "",
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load_before": round(os.getloadavg()[0], 2),
    }


def workstation(folder: Path, options: argparse.Namespace) -> tuple[list[Figure], dict[str, Any]]:
    """Measure workstations: one on this machine, one on a host over SSH."""
    station, repeat, quick = Station(folder), options.repeat, options.quick
    say("deploying a workstation")
    station.deploy()
    say(f"starting and stopping it, {repeat} times each way")
    figures, details = measure.starts(station, repeat)
    say("reading its memory and its image")
    for more, detail in (measure.memory(station), measure.image()):
        figures += more
        details |= detail
    say("building the image" if quick else "building the image, once from nothing")
    figures += measure.builds(station, repeat, cold=not quick)
    say(f"running the playbook where nothing is to change, {repeat} times")
    more, detail = measure.no_change(station, repeat)
    figures += more
    details |= detail | {"docker": docker("version", "--format", "{{.Server.Version}}")}
    say("deploying to a host over SSH, and upgrading that")
    figures += remote.measure(folder / "remote", repeat)
    if options.bare:
        say("taking a bare virtual machine to a workstation")
        more, detail = bare.measure(folder / "bare")
        figures += more
        details |= detail
    return figures, details


def lists(details: dict[str, Any]) -> str:
    """Return the tables below the main one: of the cases that were measured."""
    blocks = _workstation_lists(details) if "start_fresh" in details else []
    if "api_memory" in details:
        blocks.append(_memory_list(details["api_memory"]))
    return "\n\n".join(table(block) for block in blocks)


def _memory_list(parts: dict[str, dict[str, int]]) -> list[list[str]]:
    rows = [[name, *(shown(one[key] / 1e6, "MB") for key in ("pss", "rss"))] for name, one in parts.items()]
    return [["memory", "PSS", "RSS"], *rows]


def _workstation_lists(details: dict[str, Any]) -> list[list[list[str]]]:
    services = sorted(details["start_fresh"], key=lambda name: float(details["start_fresh"][name]))
    return [
        [["ready after", "first start", "later start"]]
        + [
            [name, *(shown(details[key].get(name, 0), "s") for key in ("start_fresh", "start_again"))]
            for name in services
        ],
        _memory_list(details["memory"]),
        [["largest layers", ""]] + [[one["layer"][:90], shown(one["bytes"] / 1e6, "MB")] for one in details["layers"]],
        [["largest parts", ""]] + [[one["part"], shown(one["bytes"] / 1e6, "MB")] for one in details["parts"]],
        [["slowest tasks", ""]] + [[one["task"][:90], shown(one["seconds"], "s")] for one in details["slowest_tasks"]],
    ]


def report(figures: list[Figure], details: dict[str, Any], *, as_json: bool) -> None:
    """Keep the figures as JSON, and print them."""
    document = json.dumps({"figures": {one.key: one.as_json() for one in figures}, **details}, indent=2)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(f"{document}\n")
    about = ", ".join(f"{key} {value}" for key, value in details["machine"].items())
    sys.stdout.write(f"{document}\n" if as_json else f"\n{figures_table(figures)}\n\n{lists(details)}\n\nOn: {about}\n")


def ended(number: int, _frame: FrameType | None) -> None:
    """Clean up on SIGTERM as on Ctrl-C."""
    sys.exit(128 + number)


def main() -> None:
    """Measure, and leave the machine as it was."""
    options = arguments()
    signal.signal(signal.SIGTERM, ended)
    cases = options.cases or CASES
    if "workstation" in cases and os.geteuid() != 0:
        sys.exit("bench: error: this deploys a workstation on this machine and needs root: sudo make bench")
    figures: list[Figure] = []
    details: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="hatchpod-bench-") as folder:
        if "api" in cases:
            more, detail = api.measure(Path(folder, "api"), options.repeat, say)
            figures += more
            details |= detail
        if "ui" in cases:
            figures += ui.measure(Path(folder, "ui"), options.repeat, say)
        if "workstation" in cases:
            with _engine():
                more, detail = workstation(Path(folder), options)
            figures += more
            details |= detail
    report(figures, details, as_json=options.json)


@contextmanager
def _engine() -> Iterator[None]:
    """Remove what was made, also by a benchmark that was killed, and leave the container engine as it was."""
    ran = engine_process() is not None
    remove_all()
    try:
        yield
    except pytest.fail.Exception as problem:  # raised by the helpers of the end-to-end tests
        sys.exit(f"bench: error: {problem}")
    finally:
        remove_all()
        if (pid := engine_process()) is not None and not ran:
            stop_engine(pid)


if __name__ == "__main__":
    main()
