import sqlite3
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from hatchpod_api import __version__
from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import HostOverview
from hatchpod_api.history.readers import Readers


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


def test_an_index_that_cannot_be_read_is_a_problem_of_a_service_that_is_up(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def overview(*_: object, **__: object) -> HostOverview:
        return HostOverview(version="", uptime=1, sessions=0, running=0, terminals=0)

    def refuse(_: Readers) -> sqlite3.Connection:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(AgentsClient, "call", overview)
    monkeypatch.setattr(Readers, "_connection", refuse)
    response = client.get("/healthz")
    assert (response.status_code, response.json()["status"]) == (200, "ok")
    assert response.json()["sessions"] == {"active": 0, "total": 0}
    (problem,) = response.json()["problems"]
    assert "disk I/O error" in problem
