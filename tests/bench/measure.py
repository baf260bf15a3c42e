"""What is measured, one function for each part of the report."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from bench.figures import Figure, Process, layer_title, memory_by_service, recap, slowest_tasks
from bench.station import BUILD_NAME, NAME, Start, Station, engine
from e2e.machine import docker, run

READY_TARGET = 2.0  # seconds
STOP_TARGET = 2.0  # seconds
IMAGE_TARGET = 2.0  # GB
TASKS_TARGET = 25
RATIO_TARGET = 8.0
ATTEMPTS = 3
SETTLE = 10  # seconds after which a workstation counts as idle
LISTED = 12  # rows of each list of largest or slowest things
# Bytes of every Debian package's files, and of every folder of the Python environment: together most of an image.
LARGEST_PARTS = """
import json, os, pathlib
def size(path):
    return path.lstat().st_blocks * 512 if not path.is_dir() or path.is_symlink() else 0
def tree(path):
    return sum(size(pathlib.Path(folder, name)) for folder, _, names in os.walk(path) for name in names)
parts = {}
for listing in pathlib.Path("/var/lib/dpkg/info").glob("*.list"):
    paths = (pathlib.Path(line) for line in listing.read_text().splitlines())
    parts["Debian " + listing.stem.split(":")[0]] = sum(size(path) for path in paths if os.path.lexists(path))
for site in pathlib.Path("/opt/hatchpod/venv/lib").glob("python*/site-packages"):
    for path in site.iterdir():
        parts["PyPI " + path.name] = tree(path) if path.is_dir() else size(path)
print(json.dumps(sorted(parts.items(), key=lambda part: -part[1])[:int(os.environ["LISTED"])]))
"""


def _per_service(starts: list[Start]) -> dict[str, float]:
    """Return the median-like middle start's seconds by service, with the part before the first process."""
    middle = sorted(starts, key=lambda start: start.ready)[len(starts) // 2]
    return {"first process": round(middle.process, 3), **{name: round(at, 3) for name, at in middle.services.items()}}


def starts(station: Station, repeat: int) -> tuple[list[Figure], dict[str, Any]]:
    """Start fresh and existing containers; once to read readiness, once more to log in."""
    fresh, again, fresh_ssh, again_ssh, stops, stops_login = [], [], [], [], [], []
    for _ in range(repeat):
        station.renew()
        fresh.append(station.start())
        stops.append(station.stop())
        again.append(station.start())
        with station.login():
            stops_login.append(station.stop())
        again_ssh.append(station.start_until_login())
        station.renew()
        fresh_ssh.append(station.start_until_login())
    figures = [
        _seconds("ready_fresh", "first start, every service ready", [one.ready for one in fresh], READY_TARGET),
        _seconds("ready_again", "later start, every service ready", [one.ready for one in again], READY_TARGET),
        _seconds("banner_fresh", "first start, SSH banner", [banner for banner, _ in fresh_ssh]),
        _seconds("login_fresh", "first start, SSH login by key done", [login for _, login in fresh_ssh]),
        _seconds("banner_again", "later start, SSH banner", [banner for banner, _ in again_ssh]),
        _seconds("login_again", "later start, SSH login by key done", [login for _, login in again_ssh]),
        _seconds("stop", "stop", stops, STOP_TARGET),
        _seconds("stop_login", "stop with an idle login", stops_login, STOP_TARGET),
    ]
    return figures, {"start_fresh": _per_service(fresh), "start_again": _per_service(again)}


def _seconds(key: str, title: str, values: list[float], target: float | None = None) -> Figure:
    return Figure(key, title, tuple(values), "s", target)


def memory(station: Station) -> tuple[list[Figure], dict[str, Any]]:
    """Read the memory of a workstation that nobody uses."""
    station.start()
    time.sleep(SETTLE)
    stats = engine("GET", f"/containers/{NAME}/stats?stream=false")["memory_stats"]
    services = memory_by_service(_processes())
    figures = [
        Figure(
            "memory_pss", "memory of its processes (PSS)", (sum(one["pss"] for one in services.values()) / 1e6,), "MB"
        ),
        Figure(
            "memory_rss",
            "the same counting shared pages each time (RSS)",
            (sum(one["rss"] for one in services.values()) / 1e6,),
            "MB",
        ),
    ]
    if "usage" in stats:  # an older engine cannot read the control groups (v1) of a newer kernel
        cached = stats["stats"].get("total_inactive_file", stats["stats"].get("inactive_file", 0))
        counted = (stats["usage"] - cached) / 1e6
        figures.insert(0, Figure("memory_cgroup", "memory when idle, as Docker counts", (counted,), "MB"))
    return figures, {"memory": services}


def _processes() -> list[Process]:
    """Return the container's processes."""
    found = []
    for line in docker("top", NAME, "-eo", "pid,ppid,args").splitlines()[1:]:
        pid, parent, command = line.split(None, 2)
        rollup = Path("/proc", pid, "smaps_rollup")
        fields = dict(row.split(":", 1) for row in rollup.read_text().splitlines()[1:] if ":" in row)
        rss, pss = (int(fields[name].split()[0]) * 1024 for name in ("Rss", "Pss"))
        found.append(Process(int(pid), int(parent), command, rss, pss))
    return found


def image() -> tuple[list[Figure], dict[str, Any]]:
    """Read the image's size, its largest layers, and the largest things in it."""
    name = docker("inspect", "--format", "{{.Config.Image}}", NAME)
    size = int(docker("image", "inspect", "--format", "{{.Size}}", name))
    history = docker("history", "--no-trunc", "--human=false", "--format", "{{json .}}", name).splitlines()
    layers = sorted((json.loads(line) for line in history), key=lambda layer: -int(layer["Size"]))
    inside = run(
        "docker", "exec", "--interactive", "--env", f"LISTED={LISTED}", NAME, "python3", "-", input=LARGEST_PARTS
    )
    details = {
        "layers": [
            {"layer": layer_title(one["CreatedBy"]), "bytes": int(one["Size"])}
            for one in layers[:LISTED]
            if int(one["Size"])
        ],
        "parts": [{"part": part, "bytes": size} for part, size in json.loads(inside.stdout)],
    }
    return [Figure("image_size", "image size", (size / 1e9,), "GB", IMAGE_TARGET)], details


def builds(station: Station, repeat: int, *, cold: bool) -> list[Figure]:
    """Build the image from nothing under a name of its own, and ask for the image that is there already."""
    figures = []
    if cold:
        seconds, _ = _timed(
            station,
            "ansible-playbook",
            "playbooks/image.yml",
            "-e",
            f"image_name={BUILD_NAME}",
            "-e",
            "image_rebuild=true",
        )
        figures.append(Figure("build_cold", "image build, nothing cached but the base", (seconds,), "s"))
    unchanged = [_unchanged(station, "playbooks/image.yml")[0] for _ in range(repeat)]
    return [*figures, _seconds("build_unchanged", "image build, nothing changed", unchanged)]


def no_change(station: Station, repeat: int) -> tuple[list[Figure], dict[str, Any]]:
    """Run the whole playbook where it has nothing to do, each time next to a ping of the same host."""
    runs, pings, tasks = [], [], []
    for _ in range(repeat):
        pings.append(_timed(station, "ansible", "all", "--become", "-m", "ansible.builtin.ping")[0])
        seconds, output = _unchanged(station, "playbooks/site.yml")
        runs.append(seconds)
        tasks.append(recap(output)[0])
    profile = station.ansible(
        "ansible-playbook",
        "playbooks/site.yml",
        ANSIBLE_CALLBACKS_ENABLED="ansible.posix.profile_tasks",
        PROFILE_TASKS_TASK_OUTPUT_LIMIT="all",
    )
    ratios = [run / ping for run, ping in zip(runs, pings, strict=True)]
    figures = [
        Figure("run_tasks", "run that changes nothing, tasks", tuple(tasks), "", TASKS_TARGET),
        _seconds("run_seconds", "run that changes nothing, time", runs),
        _seconds("ping_seconds", "`ansible -m ping`", pings),
        Figure("run_ratio", "ratio of the two", tuple(ratios), "x", RATIO_TARGET),
    ]
    return figures, {"slowest_tasks": slowest_tasks(profile, LISTED)}


def _timed(station: Station, *command: str) -> tuple[float, str]:
    """Run one of Ansible's programs; return seconds and output."""
    before = time.monotonic()
    output = station.ansible(*command)
    return time.monotonic() - before, output


def _unchanged(station: Station, playbook: str) -> tuple[float, str]:
    """Time a run that changes nothing. One that does, because the checkout was edited meanwhile, does not count."""
    for _ in range(ATTEMPTS):
        seconds, output = _timed(station, "ansible-playbook", playbook)
        if recap(output)[1] == 0:
            return seconds, output
    raise RuntimeError(f"{playbook} changed something {ATTEMPTS} times in a row:\n{output}")
