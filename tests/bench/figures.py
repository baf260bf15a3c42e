"""A measured figure, its target, and what is read out of other programs' output. Nothing here touches the machine."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

RECAP = re.compile(r"\bok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")
PROFILED = re.compile(r"^(?P<task>.+?) -+ (?P<seconds>\d+\.\d+)s$", re.MULTILINE)
SUPERVISOR = re.compile(r"s6-supervise (?P<service>[\w-]+)$")


@dataclass(frozen=True)
class Figure:
    """One thing that was measured, each time the same way."""

    key: str
    title: str
    values: tuple[float, ...]
    unit: str = "s"
    target: float | None = None
    note: str = ""
    at_least: bool = False  # the target is a floor

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Say whether the median keeps to the target; None where there is no target."""
        if self.target is None:
            return None
        return self.median >= self.target if self.at_least else self.median <= self.target

    def as_json(self) -> dict[str, Any]:
        """Return all that is known of it."""
        return {
            "title": self.title,
            "unit": self.unit,
            "median": round(self.median, 3),
            "min": round(min(self.values), 3),
            "max": round(max(self.values), 3),
            "runs": len(self.values),
            "target": self.target,
            "met": self.met,
            "note": self.note,
        }


@dataclass(frozen=True)
class Process:
    """One process of a container, with its memory in bytes: resident, and its share of what it shares (PSS)."""

    pid: int
    parent: int
    command: str
    rss: int
    pss: int


def recap(output: str) -> tuple[int, int]:
    """Return how many tasks ran and how many of them changed something. Raises ValueError on a run that failed."""
    found = RECAP.search(output)
    if found is None or found[3] != "0" or found[4] != "0":
        raise ValueError(f"this is not the end of a run that went well:\n{output[-2000:]}")
    return int(found[1]), int(found[2])


def slowest_tasks(output: str, count: int) -> list[dict[str, Any]]:
    """Return the slowest tasks of a run with the callback ansible.posix.profile_tasks."""
    found = [{"task": one["task"], "seconds": float(one["seconds"])} for one in PROFILED.finditer(output)]
    return sorted(found, key=lambda one: -float(str(one["seconds"])))[:count]


def layer_title(created_by: str) -> str:
    """Return what a layer of `docker history` does, without the shell that runs it and its build arguments."""
    text = re.sub(r"^\|\d+ .*?(?=/bin/(?:ba)?sh )", "", created_by)
    text = re.sub(r"^/bin/(?:ba)?sh (?:-\S+ (?:pipefail )?)*", "", text).removeprefix("#(nop) ").strip()
    text = re.sub(r"apt-get update\s+&& apt-get install -y --no-install-recommends", "apt-get install", text)
    return re.sub(r"\s+", " ", text) or "base image"


def service_of(process: Process, by_pid: Mapping[int, Process]) -> str:
    """Return the service that a process belongs to; `supervision and logs` is everybody's."""
    while True:
        parent = by_pid.get(process.parent)
        if parent is None:
            return "supervision and logs"
        if found := SUPERVISOR.search(parent.command):
            return found["service"]
        process = parent


def memory_by_service(processes: Iterable[Process]) -> dict[str, dict[str, int]]:
    """Return the sums of resident and proportional memory by service, the largest first."""
    by_pid = {process.pid: process for process in processes}
    sums: dict[str, dict[str, int]] = {}
    for process in by_pid.values():
        service = sums.setdefault(service_of(process, by_pid), {"rss": 0, "pss": 0})
        service["rss"] += process.rss
        service["pss"] += process.pss
    return dict(sorted(sums.items(), key=lambda item: -item[1]["pss"]))


def shown(value: float, unit: str) -> str:
    """Return a value as people read it."""
    if unit == "GB":
        return f"{value:.2f} GB"
    if unit == "MB":
        return f"{value:.0f} MB"
    if unit == "s":
        return f"{value:.2f} s" if value < 60 else f"{value:.0f} s"
    return f"{value:.0f} {unit}".strip() if float(value).is_integer() else f"{value:.1f} {unit}".strip()


def table(rows: list[list[str]]) -> str:
    """Return rows as columns; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def figures_table(figures: Iterable[Figure]) -> str:
    """Return the figures with their targets and verdicts."""
    rows = [["figure", "median", "from - to", "runs", "target", "verdict"]]
    verdicts = {True: "met", False: "MISSED", None: ""}
    for one in figures:
        spread = (
            f"{shown(min(one.values), one.unit)} - {shown(max(one.values), one.unit)}" if len(one.values) > 1 else ""
        )
        bound = ">=" if one.at_least else "<="
        target = "" if one.target is None else f"{bound} {shown(one.target, one.unit)}"
        rows.append([one.title, shown(one.median, one.unit), spread, str(len(one.values)), target, verdicts[one.met]])
    return table(rows)
