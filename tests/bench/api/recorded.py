"""Lists of a workstation whose every session ran here: thousands on the agent host's record, besides transcripts."""

from __future__ import annotations

import time

import msgspec

from bench.api.reading import SETTLE, figure, requests
from bench.api.service import Service
from bench.figures import Figure
from hatchpod_api.agents.records import Record, Records
from hatchpod_api.messages.sessions import SessionPage

PAGE = 500

# What a record has of what a list shows.
_KEPT = {
    *("id", "cwd", "provider", "created_at", "last_modified", "model", "num_turns", "total_cost_usd", "tokens"),
    *("summary", "total_messages", "git_branch"),
}


def measure(service: Service, repeat: int) -> list[Figure]:
    """Measure them over the data set of `service`, which has read its transcripts and knows none of their sessions."""
    count = _put_on_record(service)
    firsts = []
    for _ in range(repeat):
        service.stop("serve")
        service.spawn_web()
        firsts.append(service.ask("/api/sessions?limit=50")[0])
    lists = [requests(service, "/api/sessions?limit=50") for _ in range(repeat)]
    health = [requests(service, "/healthz") for _ in range(repeat)]
    time.sleep(SETTLE)
    resident = float(sum(one.rss for one in service.memory()))
    return [
        figure("api_recorded_first_list", f"first list after a restart, {count} on record", firsts, "ms", 150),
        figure("api_recorded_list", f"list page of 50, {count} on record", [p50 for p50, _ in lists], "ms", 5),
        figure("api_recorded_list_p95", f"list page of 50, {count} on record, p95", [p95 for _, p95 in lists], "ms"),
        figure("api_recorded_health", f"`/healthz`, {count} on record", [p50 for p50, _ in health], "ms"),
        figure("api_recorded_memory", f"memory (RSS), {count} on record", [resident], "MB"),
    ]


def _put_on_record(service: Service) -> int:
    """Give the agent host a record of every session that the history knows; the result is their number."""
    folder = service.home / ".local/state/hatchpod/sessions"
    folder.mkdir(parents=True, exist_ok=True)
    records, count, cursor = Records(folder), 0, ""
    while True:
        page = msgspec.convert(service.ask(f"/api/sessions?limit={PAGE}{cursor}")[1], SessionPage)
        for session in page.items:
            known = {name: value for name, value in msgspec.structs.asdict(session).items() if name in _KEPT}
            records.save(Record(**known, status="completed", begun=True))
        count += len(page.items)
        if page.next_cursor is None:
            break
        cursor = f"&cursor={page.next_cursor}"
    for command in ("serve", "agents"):
        service.stop(command)
    service.start()
    service.wait_for_index()
    return count
