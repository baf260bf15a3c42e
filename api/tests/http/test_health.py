from collections.abc import Callable
from typing import Any

import httpx

from hatchpod_api import __version__


def test_health_is_open_and_says_when_the_agent_host_is_down(client: httpx.Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {
        "status": "degraded",
        "version": __version__,
        "uptime": 0,
        "sessions": {"active": 0, "total": 0},
        "services": {"agents": "down"},
        "problems": [],
    }


def test_uptime_is_in_seconds(connect: Callable[..., httpx.Client], clock: Any) -> None:
    client = connect()
    clock.now += 61.9
    assert client.get("/healthz").json()["uptime"] == 61
