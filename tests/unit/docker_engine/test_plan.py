"""What a change of the engine's configuration takes, and when docker_engine refuses it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.docker_engine_config import ConfigError
from ansible.module_utils.docker_engine_plan import (
    OFFLINE,
    RELOADABLE,
    Plan,
    Situation,
    classify,
    plan,
    running_config,
)
from hypothesis import given
from hypothesis import strategies as st

from unit.docker_engine.configs import configs

# --- what a change takes ---


@pytest.mark.parametrize(
    ("before", "after", "reload", "restart", "offline"),
    [
        ({}, {}, (), (), ()),
        ({}, {"debug": True, "labels": []}, ("debug", "labels"), (), ()),
        ({"debug": True}, {}, (), ("debug",), ()),  # a reload does not take a setting back
        ({}, {"log-opts": {"max-size": "1m"}}, (), ("log-opts",), ()),
        ({"bip": "a"}, {"bip": "b", "data-root": "/x"}, (), (), ("bip", "data-root")),
        ({}, {"runtimes": {}, "hosts": [], "mtu": 1}, ("runtimes",), ("hosts",), ("mtu",)),
    ],
)
def test_classify(
    before: dict[str, Any],
    after: dict[str, Any],
    reload: tuple[str, ...],
    restart: tuple[str, ...],
    offline: tuple[str, ...],
) -> None:
    change = classify(before, after)
    assert (change.reload, change.restart, change.offline) == (reload, restart, offline)


def test_no_key_is_in_two_classes() -> None:
    assert not RELOADABLE & OFFLINE


@given(configs, configs)
def test_every_changed_key_is_classified_once(before: dict[str, Any], after: dict[str, Any]) -> None:
    change = classify(before, after)
    named = [*change.reload, *change.restart, *change.offline]
    assert len(named) == len(set(named))
    assert set(named) == {key for key in {*before, *after} if before.get(key) != after.get(key)}


RUNS = Situation(running=True, live_restore=True)
BUSY = Situation(running=True, live_restore=True, containers=("plex", "db"))
FRAGILE = Situation(running=True, live_restore=False, containers=("plex", "db"))
SWARM = Situation(running=True, swarm=True, containers=("task",))
KEPT = {"live-restore": True}


@pytest.mark.parametrize(
    ("now", "used", "after", "policy", "result"),
    [
        pytest.param(
            Situation(running=False), {}, {"bip": "x"}, "safe", Plan(write=True, start=True), id="not running"
        ),
        pytest.param(RUNS, {"debug": True}, {"debug": True}, "safe", Plan(write=True), id="same"),
        pytest.param(FRAGILE, {}, {"debug": True}, "safe", Plan(write=True, reload=True), id="reloadable"),
        pytest.param(RUNS, {}, {"bip": "x"}, "safe", Plan(write=True, restart=True), id="no containers"),
        pytest.param(RUNS, {}, {"bip": "x"}, "defer", Plan(write=True, pending=("bip",)), id="deferred"),
        pytest.param(BUSY, KEPT, {**KEPT, "log-opts": {}}, "safe", Plan(write=True, restart=True), id="live restore"),
        pytest.param(
            FRAGILE,
            {},
            {**KEPT, "log-opts": {}},
            "safe",
            Plan(write=True, reload=True, restart=True),
            id="switched on first",
        ),
        pytest.param(BUSY, {}, {"log-opts": {}}, "safe", Plan(write=True, restart=True), id="live restore by flag"),
        pytest.param(
            FRAGILE,
            {},
            {**KEPT, "log-opts": {}},
            "defer",
            Plan(write=True, reload=True, pending=("log-opts",)),
            id="busy, deferred",
        ),
        pytest.param(BUSY, KEPT, {**KEPT, "bip": "x"}, "force", Plan(write=True, stop=True, restart=True), id="forced"),
        pytest.param(
            BUSY,
            KEPT,
            {**KEPT, "log-opts": {}},
            "force",
            Plan(write=True, restart=True),
            id="force stops nothing needlessly",
        ),
    ],
)
def test_plan(now: Situation, used: dict[str, Any], after: dict[str, Any], policy: Any, result: Plan) -> None:
    assert plan(now, used, after, policy, write=True) == result


@pytest.mark.parametrize(
    ("now", "used", "after", "reason"),
    [
        pytest.param(BUSY, KEPT, {**KEPT, "bip": "x"}, "over a change of bip", id="network"),
        pytest.param(FRAGILE, {}, {"log-opts": {}}, "live restore is switched off", id="no live restore"),
        pytest.param(FRAGILE, KEPT, {"live-restore": False, "log-opts": {}}, "switched off", id="going to be off"),
        pytest.param(SWARM, {}, {**KEPT, "log-opts": {}}, "swarm", id="swarm"),
    ],
)
def test_a_restart_that_stops_containers_is_refused(
    now: Situation, used: dict[str, Any], after: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ConfigError, match=r"Nothing was changed.*docker_host_restart to `force`.*`defer`") as error:
        plan(now, used, after, "safe", write=True)
    assert reason in str(error.value)
    assert all(name in str(error.value) for name in now.containers)


@given(configs, configs, st.sampled_from([BUSY, FRAGILE]))
def test_safe_never_stops_a_container(before: dict[str, Any], after: dict[str, Any], now: Situation) -> None:
    try:
        steps = plan(now, before, after, "safe", write=True)
    except ConfigError:
        return
    assert not steps.stop
    if steps.restart:
        assert after.get("live-restore", now.live_restore) is True
        assert not classify(before, after).offline


# --- what the running engine uses ---


@pytest.mark.parametrize(
    ("recorded", "newer", "same", "used"),
    [
        pytest.param({"mtu": 1}, False, True, {"mtu": 1}, id="recorded"),
        pytest.param({"mtu": 1}, True, False, {"mtu": 2}, id="restarted since"),
        pytest.param({"mtu": 1}, False, False, {"mtu": 1}, id="another process, file edited since"),
        pytest.param(None, False, False, {"mtu": 2}, id="nothing known"),
        pytest.param(None, True, False, {"mtu": 2}, id="first run"),
    ],
)
def test_running_config(recorded: dict[str, Any] | None, newer: bool, same: bool, used: dict[str, Any]) -> None:
    assert running_config({"mtu": 2}, recorded, started_after_file=newer, same_process=same, info={}) == used


@pytest.mark.parametrize(
    ("key", "value", "info", "applied"),
    [
        ("runtimes", {"sysbox-runc": {"path": "/s"}}, {"Runtimes": {"runc": {}, "sysbox-runc": {"path": "/s"}}}, True),
        ("runtimes", {"sysbox-runc": {"path": "/s"}}, {"Runtimes": {"runc": {}, "sysbox-runc": {"path": "/t"}}}, False),
        ("runtimes", {"sysbox-runc": {"path": "/s"}}, {"Runtimes": {"runc": {}}}, False),
        ("runtimes", {"k": {"runtimeType": "io.x"}}, {"Runtimes": {"k": {}}}, True),
        ("live-restore", True, {"LiveRestoreEnabled": True}, True),
        ("live-restore", True, {"LiveRestoreEnabled": False}, False),
        ("debug", True, {"Debug": True}, True),
        ("labels", ["a=b"], {"Labels": ["a=b"]}, True),
        ("labels", ["a=b"], {"Labels": None}, False),
        ("default-runtime", "x", {"DefaultRuntime": "x"}, True),
        ("registry-mirrors", ["https://m"], {"RegistryConfig": {"Mirrors": ["https://m/"]}}, True),
        ("registry-mirrors", ["https://m"], {"RegistryConfig": None}, False),
        ("features", {"x": True}, {}, False),
    ],
)
def test_a_reload_by_others_is_seen(key: str, value: Any, info: dict[str, Any], applied: bool) -> None:
    used = running_config({key: value}, {}, started_after_file=False, same_process=True, info=info)
    assert used == ({key: value} if applied else {})
