"""What is read of past sessions: index, lists, pages, search, changes, memory, restarts."""

from __future__ import annotations

import json
import random
import statistics
import time
import uuid
from typing import Any

from bench.api.service import Service
from bench.figures import Figure

REQUESTS = 200
CHANGES = 20
GLANCE = 0.005  # seconds between looks at what has changed
SETTLE = 3.0  # seconds after which a process that was started is idle
QUERIES = (
    "certificate", "restore snapshot", "docker network journal", '"backup restore"', "alpha1234", "omega77 kappa18",
    "sigma199", "retention schedu", "the", "file test error server request", "gamma4321 timer", "delta12", "unit",
)  # fmt: skip


def measure(service: Service, longest: str, repeat: int) -> tuple[list[Figure], dict[str, Any]]:
    """Measure everything about the data set of `service`; `longest` is the session whose pages are asked for."""
    builds, processor, meanwhile = _from_nothing(service, repeat)
    restarts, firsts = _restarts(service, repeat)
    service.wait_for_index()
    lists = [requests(service, "/api/sessions?limit=50") for _ in range(repeat)]
    pages = [requests(service, f"/api/sessions/{longest}/messages?limit=30&before={{}}") for _ in range(repeat)]
    searches = [_searches(service) for _ in range(repeat)]
    changes, read = _changes(service, longest)
    rss, pss, parts = _memory(service)
    figures = [
        figure("api_first_list", "first list after a restart", firsts, "ms", 150),
        figure("api_list", "list page of 50", [p50 for p50, _ in lists], "ms", 5),
        figure("api_list_p95", "list page of 50, p95", [p95 for _, p95 in lists], "ms"),
        figure("api_index", "index from nothing", builds, "s", 8),
        figure("api_index_processor", "processor time of that, on both processors", processor, "s"),
        figure("api_index_list", "slowest list meanwhile", meanwhile, "ms"),
        figure("api_change", "a changed transcript is visible", changes, "ms", 500),
        figure("api_change_read", "bytes read for that, of a transcript of megabytes", read, "kB"),
        figure("api_search_p50", "search, p50", [p50 for p50, _ in searches], "ms"),
        figure("api_search_p95", "search, p95", [p95 for _, p95 in searches], "ms", 50),
        figure("api_page", "page of 30 of 10,000 messages", [p50 for p50, _ in pages], "ms", 5),
        figure("api_page_p95", "page of 30 of 10,000 messages, p95", [p95 for _, p95 in pages], "ms"),
        figure("api_restart", "`serve` stopped and accepting again", restarts, "s", 1),
        figure("api_memory", "memory of `serve` and `agents` (RSS)", rss, "MB", 130),
        figure("api_memory_pss", "the same, shared pages counted once (PSS)", pss, "MB"),
    ]
    return figures, {"api_memory": parts}


def figure(key: str, title: str, values: list[float], unit: str, target: float | None = None) -> Figure:
    factor = {"ms": 1000.0, "MB": 1e-6, "kB": 1e-3}.get(unit, 1.0)
    return Figure(key, title, tuple(value * factor for value in values), unit, target)


def _from_nothing(service: Service, repeat: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds until every transcript was read, from the start of `serve`; of processors for it; of the slowest list."""
    builds, processor, slowest = [], [], []
    for _ in range(repeat):
        service.forget()
        service.start_agents()
        before = time.monotonic()
        service.start_web()
        lists = service.wait_for_index()
        builds.append(time.monotonic() - before)
        processor.append(service.processor_seconds())
        slowest.append(max(lists))
        for command in ("serve", "agents"):
            service.stop(command)
    service.start()
    return builds, processor, slowest


def _restarts(service: Service, repeat: int) -> tuple[list[float], list[float]]:
    """Seconds without an API when it is restarted, and those of the first list then."""
    restarts, firsts = [], []
    service.wait_for_index()
    for _ in range(repeat):
        stopped = service.stop("serve")
        before = time.monotonic()
        service.spawn_web()
        restarts.append(stopped + time.monotonic() - before)
        firsts.append(service.ask("/api/sessions?limit=50")[0])
    return restarts, firsts


def requests(service: Service, path: str) -> tuple[float, float]:
    """Median and 95th percentile of requests one after the other; `{}` becomes an index."""
    chance = random.Random(1)  # noqa: S311 - the same requests each time
    return _spread([service.ask(path.format(chance.randrange(30, 10_000)))[0] for _ in range(REQUESTS)])


def _searches(service: Service) -> tuple[float, float]:
    times = []
    for number in range(REQUESTS):
        query = QUERIES[number % len(QUERIES)].replace(" ", "%20").replace('"', "%22")
        times.append(service.ask(f"/api/search?q={query}")[0])
    return _spread(times)


def _spread(times: list[float]) -> tuple[float, float]:
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def _changes(service: Service, session: str) -> tuple[list[float], list[float]]:
    """Seconds from a line at the end of the longest transcript until the list counts it, and bytes read meanwhile."""
    (path,) = service.projects.rglob(f"{session}.jsonl")
    last = json.loads(path.read_text().splitlines()[-1])
    seconds, read = [], []
    for number in range(CHANGES):
        messages = f"/api/sessions/{session}/messages?limit=1"
        total = service.ask(messages)[1]["totalMessages"]
        line = {**last, "uuid": str(uuid.uuid4()), "type": "user", "message": {"role": "user", "content": f"{number}"}}
        before, bytes_before = time.monotonic(), service.read_bytes()
        with path.open("a") as transcript:
            transcript.write(f"{json.dumps(line)}\n")
        while service.ask(messages)[1]["totalMessages"] == total:
            if time.monotonic() - before > 60:
                raise TimeoutError("a line at the end of a transcript was not seen within a minute")
            time.sleep(GLANCE)
        seconds.append(time.monotonic() - before)
        read.append(float(service.read_bytes() - bytes_before))
    return seconds, read


def _memory(service: Service) -> tuple[list[float], list[float], dict[str, dict[str, int]]]:
    """Bytes of both processes as they are after all of this, and again after a restart, by process."""
    service.stop("serve")
    service.stop("agents")
    service.start()
    service.wait_for_index()
    requests(service, "/api/sessions?limit=50")
    _searches(service)
    time.sleep(SETTLE)
    processes = service.memory()
    parts = {one.command.split(" -m ")[-1]: {"rss": one.rss, "pss": one.pss} for one in processes}
    return [float(sum(one.rss for one in processes))], [float(sum(one.pss for one in processes))], parts
