from pathlib import Path
from typing import Any

import httpx
import pytest

from hatchpod_api.config import Places, Settings
from hatchpod_api.http.settings import HANDLERS
from hatchpod_api.state.database import Database
from hatchpod_api.state.preferences import Preferences

DEFAULTS = {
    "theme": "system",
    "terminalFontSize": 14,
    "terminalScrollback": 5000,
    "terminalShell": None,
    "defaultModel": None,
    "defaultEffort": None,
    "defaultPermissionMode": "default",
    "notifications": {
        "enabled": True,
        "events": ["approval", "question", "plan", "completed", "error"],
        "apprise": [],
    },
}

# One of the services that Apprise loads imports a module that Python is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")


@pytest.fixture
def start(serve, places: Places, tmp_path: Path):  # type: ignore[no-untyped-def]
    """`start(**settings)` is a client of a newly started application on the same database."""

    def start(**settings: Any) -> httpx.Client:
        database = Database(tmp_path / "api.sqlite")
        preferences = Preferences(database)
        configured = Settings(places=places, password_hash="", **settings)
        client: httpx.Client = serve(
            HANDLERS, opened=[database, preferences], preferences=preferences, settings=configured
        )
        return client

    return start


@pytest.fixture
def client(start: Any) -> httpx.Client:
    client: httpx.Client = start()
    return client


def change(client: httpx.Client, **changes: Any) -> httpx.Response:
    return client.patch("/api/settings", json=changes)


def test_the_settings_begin_with_defaults(client: httpx.Client) -> None:
    assert client.get("/api/settings").json() == DEFAULTS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "dark"),
        ("terminalFontSize", 20),
        ("terminalScrollback", 100),
        ("terminalShell", "/bin/bash"),
        ("defaultModel", "claude-opus-4-1[1m]"),
        ("defaultEffort", "high"),
        ("defaultPermissionMode", "plan"),
    ],
)
def test_a_change_of_one_field_resets_no_other(client: httpx.Client, name: str, value: Any) -> None:
    first = {"theme": "light", "terminalFontSize": 9, "defaultModel": "opus", "notifications": {"events": ["error"]}}
    before = change(client, **first).json()
    after = change(client, **{name: value})
    assert after.json() == {**before, name: value} == client.get("/api/settings").json()


def test_a_change_inside_the_notifications_resets_no_other(client: httpx.Client) -> None:
    change(client, notifications={"events": ["error"], "apprise": [{"url": "ntfy://topic"}]})
    before = client.get("/api/settings").json()["notifications"]
    after = change(client, notifications={"enabled": False}).json()["notifications"]
    assert after == {**before, "enabled": False}
    assert change(client, notifications={}).json()["notifications"] == after
    assert change(client).json() == client.get("/api/settings").json()


def test_null_goes_back_to_what_the_system_takes(client: httpx.Client) -> None:
    change(client, defaultModel="opus", terminalShell="zsh")
    assert change(client, defaultModel=None, terminalShell=None).json() == DEFAULTS


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"theme": "pink"}, 422, "theme"),
        ({"terminalFontSize": 7}, 422, "terminalFontSize"),
        ({"terminalFontSize": 33}, 422, "terminalFontSize"),
        ({"terminalFontSize": "big"}, 400, "terminalFontSize"),
        ({"terminalScrollback": 10**9}, 422, "terminalScrollback"),
        ({"terminalShell": "bash -c evil"}, 422, "terminalShell"),
        ({"terminalShell": ""}, 422, "terminalShell"),
        ({"defaultModel": "--model"}, 422, "defaultModel"),
        ({"defaultEffort": "huge"}, 422, "defaultEffort"),
        ({"theme": None}, 400, "theme"),
        ({"notifications": {"events": ["lunch"]}}, 422, None),
        ({"notifications": {"apprise": [{"url": "no-such-service://x"}]}}, 422, "notifications.apprise"),
        ({"notifications": {"apprise": [{"url": "syslog://"}]}}, 422, "notifications.apprise"),
        ({"notifications": {"apprise": [{"id": "unknown"}]}}, 404, "notifications.apprise"),
        ({"notifications": {"apprise": [{}]}}, 422, "notifications.apprise"),
        ({"unknown": 1}, 400, None),
        ({"defaultPermissionMode": "bypassPermissions"}, 403, "defaultPermissionMode"),
    ],
)
def test_a_change_that_is_not_allowed_changes_nothing(
    client: httpx.Client, changes: dict[str, Any], status: int, field: str | None
) -> None:
    valid = {"defaultModel": "opus"} if "defaultModel" not in changes else {"theme": "dark"}
    response = change(client, **{**valid, **changes})
    assert response.status_code == status, response.text
    if field:
        assert response.json()["field"] == field
    assert client.get("/api/settings").json() == DEFAULTS


def test_bypassing_may_be_the_default_where_it_is_permitted(start: Any) -> None:
    client = start(allow_bypass=True)
    assert change(client, defaultPermissionMode="bypassPermissions").status_code == 200


def test_an_address_is_a_secret_that_is_kept_by_its_id(client: httpx.Client) -> None:
    added = change(client, notifications={"apprise": [{"url": "ntfy://hunter2@topic"}, {"url": "mailto://a:b@c.org"}]})
    first, second = added.json()["notifications"]["apprise"]
    assert (first["service"], second["service"]) == ("ntfy", "mailto")
    assert "hunter2" not in added.text + client.get("/api/settings").text
    kept = change(client, notifications={"apprise": [{"id": second["id"]}, {"url": "ntfy://other"}]}).json()
    assert [target["service"] for target in kept["notifications"]["apprise"]] == ["mailto", "ntfy"]
    assert kept["notifications"]["apprise"][0] == second


def test_settings_outlive_a_restart(start: Any) -> None:
    before = change(start(), theme="dark", notifications={"apprise": [{"url": "ntfy://topic"}]}).json()
    assert start().get("/api/settings").json() == before
