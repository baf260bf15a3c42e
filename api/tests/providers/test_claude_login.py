"""Many sessions share one login. The real `claude`, with its own lock; the servers that it asks are stand-ins."""

import asyncio
import json
from pathlib import Path

import pytest

from standins.claude_runs import Workstation, endpoint, workstation
from standins.login_endpoint import login_server
from standins.messages_endpoint import Answer

pytestmark = pytest.mark.anyio

__all__ = ["endpoint", "workstation"]

SESSIONS = 4


def log_in(workstation: Workstation) -> Path:
    """Leave a login whose access token has expired."""
    del workstation.environment["ANTHROPIC_API_KEY"]
    credentials = workstation.home / ".claude/.credentials.json"
    credentials.parent.mkdir()
    login = {
        "accessToken": "sk-ant-oat01-old",
        "refreshToken": "sk-ant-ort01-old",
        "expiresAt": 1,
        "scopes": ["user:inference", "user:profile"],
        "subscriptionType": "max",
    }
    credentials.write_text(json.dumps({"claudeAiOauth": login}))
    credentials.chmod(0o600)
    return credentials


async def test_sessions_that_start_at_once_renew_an_expired_login_once(
    workstation: Workstation, tmp_path: Path
) -> None:
    credentials = log_in(workstation)
    with login_server(tmp_path, lifetime=3600) as (server, environment):
        workstation.environment |= environment
        runs = await asyncio.gather(*(workstation.start() for _ in range(SESSIONS)))
        ends = await asyncio.gather(*(heard.turn("Has it?") for heard in runs))
        await workstation.close()
    assert [(end.outcome, end.error) for end in ends] == [("completed", None)] * SESSIONS
    assert (server.renewed, server.refused) == (["sk-ant-ort01-old"], [])
    assert json.loads(credentials.read_text())["claudeAiOauth"]["refreshToken"] == "sk-ant-ort01-standin1"
    assert credentials.stat().st_mode & 0o777 == 0o600


async def test_sessions_that_run_beside_each_other_never_use_a_refresh_token_twice(
    workstation: Workstation, tmp_path: Path
) -> None:
    log_in(workstation)
    # So short a life that each request finds the token about to expire.
    with login_server(tmp_path, lifetime=60) as (server, environment):
        workstation.environment |= environment
        runs = await asyncio.gather(*(workstation.start() for _ in range(SESSIONS)))
        ends = [end for _ in range(3) for end in await asyncio.gather(*(heard.turn("Has it?") for heard in runs))]
        await workstation.close()
    assert [(end.outcome, end.error) for end in ends] == [("completed", None)] * len(ends)
    assert len(server.renewed) > 1
    assert server.refused == []


async def test_a_login_that_has_ended_says_what_to_do(workstation: Workstation, tmp_path: Path) -> None:
    log_in(workstation)
    workstation.endpoint.script("ENDED", Answer(status=401, error=("authentication_error", "OAuth token has expired")))
    with login_server(tmp_path, lifetime=3600) as (server, environment):
        server.renewed.append("sk-ant-ort01-old")
        workstation.environment |= environment
        heard = await workstation.start()
        ended = await heard.turn("ENDED")
        await workstation.close()
    assert ended.outcome == "error"
    assert "log in to Claude again" in (ended.error or "")
