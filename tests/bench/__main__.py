"""`make bench`: measure a workstation of its own on this machine, print the figures, and remove it again.

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
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from bench import measure
from bench.figures import Figure, figures_table, shown, table
from bench.station import Station, remove_all
from e2e.machine import ROOT, docker, engine_process, stop_engine

RESULT = ROOT / ".cache/bench.json"


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure a workstation on this machine.")
    parser.add_argument("--quick", action="store_true", help="leave out the build of an image from nothing")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="how often each thing is measured (5)")
    return parser.parse_args()


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
        "docker": docker("version", "--format", "{{.Server.Version}}"),
        "load_before": round(os.getloadavg()[0], 2),
    }


def measured(station: Station, *, repeat: int, quick: bool) -> tuple[list[Figure], dict[str, Any]]:
    """Measure everything."""
    say("deploying a workstation")
    station.deploy()
    about = machine()
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
    return figures + more, {"machine": about, **details, **detail}


def lists(details: dict[str, Any]) -> str:
    """Return the tables below the main one."""
    services = sorted(details["start_fresh"], key=lambda name: float(details["start_fresh"][name]))
    blocks = [
        [["ready after", "first start", "later start"]]
        + [
            [name, *(shown(details[key].get(name, 0), "s") for key in ("start_fresh", "start_again"))]
            for name in services
        ],
        [["memory", "PSS", "RSS"]]
        + [[name, *(shown(one[key] / 1e6, "MB") for key in ("pss", "rss"))] for name, one in details["memory"].items()],
        [["largest layers", ""]] + [[one["layer"][:90], shown(one["bytes"] / 1e6, "MB")] for one in details["layers"]],
        [["largest parts", ""]] + [[one["part"], shown(one["bytes"] / 1e6, "MB")] for one in details["parts"]],
        [["slowest tasks", ""]] + [[one["task"][:90], shown(one["seconds"], "s")] for one in details["slowest_tasks"]],
    ]
    return "\n\n".join(table(block) for block in blocks)


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
    if os.geteuid() != 0:
        sys.exit("bench: error: this deploys a workstation on this machine and needs root: sudo make bench")
    signal.signal(signal.SIGTERM, ended)
    engine_ran = engine_process() is not None
    remove_all()
    try:
        with tempfile.TemporaryDirectory(prefix="hatchpod-bench-") as folder:
            station = Station(Path(folder))
            figures, details = measured(station, repeat=options.repeat, quick=options.quick)
        report(figures, details, as_json=options.json)
    except pytest.fail.Exception as problem:  # raised by the helpers of the end-to-end tests
        sys.exit(f"bench: error: {problem}")
    finally:
        remove_all()
        if (pid := engine_process()) is not None and not engine_ran:
            stop_engine(pid)


if __name__ == "__main__":
    main()
