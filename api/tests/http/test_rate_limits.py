from pathlib import Path

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import FeedRateLimit
from hatchpod_api.config import Places
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.http.usage import HANDLERS
from hatchpod_api.messages.frames import RateLimit


def test_the_newest_limit_of_each_kind_is_shown(serve, places: Places, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    agents = AgentsClient(tmp_path / "no-host.sock")
    client = serve(HANDLERS, agents=agents, history=HistoryIndex(places))
    assert (client.get("/api/rate-limits").status_code, client.get("/api/rate-limits").content) == (204, b"")
    reset = "2126-11-23T20:00:00.000Z"
    for limit in (
        RateLimit(status="allowed", kind="five_hour", utilization=0.5, resets_at=reset),
        RateLimit(status="allowed_warning", kind="seven_day"),
        RateLimit(status="rejected", kind="five_hour", utilization=1.0, resets_at=reset),
    ):
        agents._take(FeedRateLimit(rate_limit=limit))
    response = client.get("/api/rate-limits")
    assert response.status_code == 200
    assert response.json() == [
        {"type": "rate_limit", "status": "rejected", "kind": "five_hour", "utilization": 1.0, "resetsAt": reset},
        {"type": "rate_limit", "status": "allowed_warning", "kind": "seven_day"},
    ]


def test_a_limit_whose_window_has_begun_anew_says_nothing(serve, places: Places, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    agents = AgentsClient(tmp_path / "no-host.sock")
    client = serve(HANDLERS, agents=agents, history=HistoryIndex(places))
    for kind, reset in (("five_hour", "2026-11-23T20:00:00.000Z"), ("seven_day", "2126-11-23T20:00:00.000Z")):
        agents._take(FeedRateLimit(rate_limit=RateLimit(status="rejected", kind=kind, resets_at=reset)))
    assert [limit["kind"] for limit in client.get("/api/rate-limits").json()] == ["seven_day"]
