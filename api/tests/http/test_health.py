from collections.abc import Callable
from typing import Any

import httpx

from hatchpod_api import __version__


def test_health_is_open_and_counts_no_sessions(client: httpx.Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "version": __version__,
        "uptime": 0,
        "sessions": {"active": 0, "total": 0},
        "services": {},
    }


def test_uptime_is_in_seconds(connect: Callable[..., httpx.Client], clock: Any) -> None:
    client = connect()
    clock.now += 61.9
    assert client.get("/healthz").json()["uptime"] == 61
