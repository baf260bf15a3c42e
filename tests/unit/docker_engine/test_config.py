"""How docker_engine reads and merges the engine's configuration, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.docker_engine_config import (
    ConfigError,
    check_addresses,
    defaults_in,
    desired,
    enforce,
    flag_keys,
    flag_values,
    is_readable_by_line,
    parse,
    render,
    routes_from_proc,
)
from hypothesis import given
from hypothesis import strategies as st

from unit.docker_engine.configs import configs

DEFAULTS = {
    "bip": "172.30.0.1/24",
    "default-address-pools": [{"base": "172.29.0.0/16", "size": 24}],
    "log-driver": "json-file",
    "log-opts": {"max-size": "10m", "max-file": "3"},
    "live-restore": True,
}


def without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_null(inner) for key, inner in value.items() if inner is not None}
    return value


# --- the file ---


@pytest.mark.parametrize("text", ["", " \n", "{}", "{\n}\n"])
def test_no_configuration(text: str) -> None:
    assert parse(text, "daemon.json") == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{\n  "bip": "1.2.3.4/24"\n  "mtu": 1400\n}', "line 3, column 3: '\"mtu\": 1400'"),
        ('{"a": 1,}', "line 1"),
        ("{", "line 1"),
        ("[]", "one JSON object"),
        ("null", "one JSON object"),
    ],
)
def test_broken_file_is_named_with_the_place(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match="nothing was changed") as error:
        parse(text, "/etc/docker/daemon.json")
    assert says in str(error.value)
    assert "/etc/docker/daemon.json" in str(error.value)


@given(configs)
def test_rendered_file_is_read_back(config: dict[str, Any]) -> None:
    assert parse(render(config), "x") == config
    assert not config or is_readable_by_line(render(config))


def test_one_line_is_not_readable_by_line() -> None:
    assert not is_readable_by_line('{"bip": "172.30.0.1/24", "mtu": 1400}\n')


# --- merging ---


@pytest.mark.parametrize(
    ("current", "wanted", "result"),
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": None}, {}),
        ({}, {"a": None}, {}),
        ({"r": {"x": {"path": "x"}}}, {"r": {"y": {"path": "y"}}}, {"r": {"x": {"path": "x"}, "y": {"path": "y"}}}),
        ({"r": {"x": 1, "y": 2}}, {"r": {"x": None}}, {"r": {"y": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": "text"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_enforce(current: dict[str, Any], wanted: dict[str, Any], result: dict[str, Any]) -> None:
    assert enforce(current, wanted) == result


@pytest.mark.parametrize(
    ("current", "wanted", "flags", "swarm", "result"),
    [
        pytest.param({}, {}, (), False, DEFAULTS, id="bare host"),
        pytest.param(
            {"bip": "10.1.0.1/16", "live-restore": False},
            {},
            (),
            False,
            {**DEFAULTS, "bip": "10.1.0.1/16", "live-restore": False},
            id="owner's values stay",
        ),
        pytest.param(
            {"bip": "10.1.0.1/16"}, {"bip": "10.2.0.1/16"}, (), False, {**DEFAULTS, "bip": "10.2.0.1/16"}, id="enforced"
        ),
        pytest.param(
            {"log-driver": "journald"},
            {},
            (),
            False,
            {key: value for key, value in {**DEFAULTS, "log-driver": "journald"}.items() if key != "log-opts"},
            id="options of another log driver",
        ),
        pytest.param(
            {},
            {"log-driver": "local"},
            (),
            False,
            {key: value for key, value in {**DEFAULTS, "log-driver": "local"}.items() if key != "log-opts"},
            id="enforced log driver",
        ),
        pytest.param(
            {"bridge": "none"},
            {},
            (),
            False,
            {"bridge": "none", **{key: value for key, value in DEFAULTS.items() if key != "bip"}},
            id="own bridge",
        ),
        pytest.param(
            {}, {"bip": None}, (), False, {k: v for k, v in DEFAULTS.items() if k != "bip"}, id="default refused"
        ),
        pytest.param(
            {},
            {},
            ("bip", "log-driver"),
            False,
            {k: DEFAULTS[k] for k in ("default-address-pools", "live-restore")},
            id="flags",
        ),
        pytest.param({}, {}, (), True, {k: v for k, v in DEFAULTS.items() if k != "live-restore"}, id="swarm"),
        pytest.param(
            {},
            {"log-opts": {"tag": "x"}},
            (),
            False,
            {**DEFAULTS, "log-opts": {"max-size": "10m", "max-file": "3", "tag": "x"}},
            id="beside",
        ),
    ],
)
def test_desired(
    current: dict[str, Any], wanted: dict[str, Any], flags: tuple[str, ...], swarm: bool, result: dict[str, Any]
) -> None:
    assert desired(current, DEFAULTS, wanted, flags=flags, swarm=swarm) == result


def test_a_setting_which_is_a_flag_too_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--mtu on its command line.*nothing was changed"):
        desired({}, {}, {"mtu": 1400}, flags={"mtu"})


def test_live_restore_in_a_swarm_is_refused() -> None:
    with pytest.raises(ConfigError, match="swarm"):
        desired({}, {}, {"live-restore": True}, swarm=True)


@pytest.mark.parametrize(
    ("current", "wrote", "wanted", "result"),
    [
        pytest.param({"mtu": 1}, {"mtu": 1}, {}, {"mtu": 2}, id="ours"),
        pytest.param({"mtu": 1}, {}, {}, {"mtu": 1}, id="owner's"),
        pytest.param({"mtu": 3}, {"mtu": 1}, {}, {"mtu": 3}, id="changed by the owner since"),
        pytest.param({}, {"mtu": 1}, {}, {"mtu": 2}, id="removed by the owner"),
        pytest.param({"mtu": 1}, {"mtu": 1}, {"mtu": 9}, {"mtu": 9}, id="enforced"),
        pytest.param({"dns": [], "mtu": 1}, {"dns": [], "mtu": 1}, {}, {"mtu": 2}, id="no default any more"),
    ],
)
def test_a_changed_default_replaces_only_its_own_earlier_value(
    current: dict[str, Any], wrote: dict[str, Any], wanted: dict[str, Any], result: dict[str, Any]
) -> None:
    assert desired(current, {"mtu": 2}, wanted, wrote=wrote) == result


@given(configs, configs, configs, configs)
def test_values_of_an_owner_survive_any_series_of_defaults(
    owners: dict[str, Any], first: dict[str, Any], second: dict[str, Any], wanted: dict[str, Any]
) -> None:
    one = desired(owners, first, wanted)
    wrote = defaults_in(owners, one, first, {})
    two = desired(one, second, wanted, wrote=wrote)
    assert {k: v for k, v in two.items() if k in owners} == {k: v for k, v in one.items() if k in owners}
    again = defaults_in(one, two, second, wrote)
    assert desired(two, second, wanted, wrote=again) == two


def test_order_of_the_file_stays() -> None:
    assert list(desired({"b": 1, "mtu": 1, "a": 1}, {"mtu": 2, "c": 3}, {}, wrote={"mtu": 1})) == ["b", "mtu", "a", "c"]


@given(configs, configs)
def test_defaults_never_touch_what_is_there(current: dict[str, Any], defaults: dict[str, Any]) -> None:
    result = desired(current, defaults, {})
    assert {key: result[key] for key in current} == current


@given(configs, configs, configs)
def test_foreign_keys_stay_and_enforced_values_hold(
    current: dict[str, Any], defaults: dict[str, Any], wanted: dict[str, Any]
) -> None:
    result = desired(current, defaults, wanted)
    for key in current.keys() - wanted.keys():
        assert result[key] == current[key]
    for key, value in wanted.items():
        if value is None:
            assert key not in result
        elif not isinstance(value, dict):
            assert result[key] == value
        elif not isinstance(current.get(key), dict) and key not in defaults:
            assert result[key] == without_null(value)


@given(configs, configs, configs, st.booleans())
def test_desired_is_idempotent(
    current: dict[str, Any], defaults: dict[str, Any], wanted: dict[str, Any], swarm: bool
) -> None:
    wanted.pop("live-restore", None)
    once = desired(current, defaults, wanted, swarm=swarm)
    assert desired(once, defaults, wanted, swarm=swarm) == once


@given(configs, configs, configs)
def test_inputs_are_left_alone(current: dict[str, Any], defaults: dict[str, Any], wanted: dict[str, Any]) -> None:
    before = json.dumps([current, defaults, wanted])
    desired(current, defaults, wanted)
    assert json.dumps([current, defaults, wanted]) == before


# --- command line ---


@pytest.mark.parametrize(
    ("argv", "found"),
    [
        ("dockerd", set()),
        ("dockerd -H fd:// --containerd=/run/containerd/containerd.sock", {"hosts", "containerd"}),
        ("dockerd --bip 10.0.0.1/24 --log-opt max-size=1m -D", {"bip", "log-opts", "debug"}),
        (
            "dockerd --default-address-pool base=10.0.0.0/8,size=24 --live-restore",
            {"default-address-pools", "live-restore"},
        ),
    ],
)
def test_flag_keys(argv: str, found: set[str]) -> None:
    assert flag_keys(argv.split()) == found


def test_flag_values() -> None:
    argv = ["dockerd", "-H", "unix:///a", "--host=unix:///b", "--bip", "1.2.3.4/24", "-H"]
    assert flag_values(argv, "-H", "--host") == ["unix:///a", "unix:///b"]


# --- addresses ---

ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
br-1\t00001EAC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
"""


def test_routes() -> None:
    assert [(name, str(network)) for name, network in routes_from_proc(ROUTES)] == [
        ("eth0", "192.168.1.0/24"),
        ("docker0", "172.17.0.0/16"),
        ("br-1", "172.30.0.0/16"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({}, {"bip": "172.17.0.1/16"}, None),  # docker0 itself
        ({}, {"bip": "172.20.0.1/16"}, None),
        ({}, {"bip": "192.168.1.129/25"}, "bip 192.168.1.128/25 overlaps with 192.168.1.0/24.*eth0.*docker_host_bip"),
        ({}, {"bip": "172.30.0.1/24"}, "br-1"),
        ({"bip": "172.30.0.1/24"}, {"bip": "172.30.0.1/24"}, None),  # not ours to judge
        ({}, {"default-address-pools": [{"base": "172.30.0.0/16", "size": 24}]}, None),  # Docker skips its own networks
        ({}, {"default-address-pools": [{"base": "192.168.0.0/16", "size": 24}]}, "docker_host_address_pools"),
        ({}, {"default-address-pools": [{"base": "fd00::/64", "size": 80}]}, None),
        ({}, {"bip": "172.30.0.300/24"}, "not usable"),
        ({}, {"default-address-pools": ["172.29.0.0/16"]}, "not usable"),
        ({}, {"default-address-pools": [{"size": 24}]}, "not usable"),
    ],
)
def test_addresses(before: dict[str, Any], after: dict[str, Any], says: str | None) -> None:
    if says is None:
        check_addresses(before, after, routes_from_proc(ROUTES))
    else:
        with pytest.raises(ConfigError, match=says):
            check_addresses(before, after, routes_from_proc(ROUTES))
