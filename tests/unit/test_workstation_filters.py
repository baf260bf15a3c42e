"""Filters over the list of workstations and over the names of variables."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

FILTERS = importlib.import_module("filter.workstations")
ROLES = Path(__file__).parents[2] / "roles"
DEFAULTS = {"ssh_port": 2222, "ssh_address": "", "authorized_keys": []}


def test_filters_are_offered_by_their_names() -> None:
    offered = FILTERS.FilterModule().filters()
    assert offered == {name: getattr(FILTERS, name) for name in offered}
    used = {name for path in ROLES.parent.glob("**/*.yml") for name in re.findall(r"\| (\w+)", path.read_text())}
    assert used >= set(offered)


# --- unknown variables ---


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("workstation_ssh_prot", "did you mean workstation_ssh_port?"),
        ("docker_host_bib", "did you mean docker_host_bip?"),
        ("image_rebuilt", "did you mean image_rebuild?"),
        ("api_pasword", "did you mean api_password?"),
        ("workstation_api_password", "did you mean api_password?"),
        ("workstation_xyzzy_quux", "docs/variables.md lists the ones there are"),
    ],
)
def test_mistyped_variable_is_named_with_a_suggestion(name: str, hint: str) -> None:
    (said,) = FILTERS.unknown_variables([name, "workstation_ssh_port", "unrelated"], [])
    assert said == f"Unknown variable {name}: {hint} (one of your own goes into workstation_ignored_variables)"


@pytest.mark.parametrize(
    "name", ["workstations", "ansible_user", "__image", "_workstation_root", "my_image_name", "apiary", "imagery"]
)
def test_names_of_others_are_left_alone(name: str) -> None:
    assert FILTERS.unknown_variables([name], []) == []


def test_every_option_of_every_role_is_known() -> None:
    names = [
        name
        for path in ROLES.glob("*/meta/argument_specs.yml")
        for entry in yaml.safe_load(path.read_text())["argument_specs"].values()
        for name in entry["options"]
    ]
    assert len(names) > 20
    assert FILTERS.unknown_variables(names, []) == []


def facts_in(tasks: Any) -> Iterator[str]:
    """Yield the names that `set_fact` sets in tasks, blocks and plays."""
    for one in tasks if isinstance(tasks, list) else ():
        yield from one.get("ansible.builtin.set_fact", {})
        for inner in ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks"):
            yield from facts_in(one.get(inner))


def test_every_fact_of_a_role_is_known() -> None:
    """What one role hands on must not stop the preflight of the next run."""
    files = [*ROLES.glob("*/tasks/*.yml"), *ROLES.parent.glob("playbooks/**/*.yml")]
    facts = {name for path in files for name in facts_in(yaml.safe_load(path.read_text()))}
    assert facts >= FILTERS.OUTPUTS
    assert FILTERS.unknown_variables(sorted(facts), []) == []


def test_unknown_variables_that_the_user_vouches_for_are_left_alone() -> None:
    names = ["image_of_mine", "image_of_theirs"]
    (said,) = FILTERS.unknown_variables(names, ["image_of_mine"])
    assert "image_of_theirs" in said


# --- settings ---


def test_own_settings_lie_over_the_defaults() -> None:
    settings = FILTERS.workstation_settings(
        [{"name": "a"}, {"name": "b", "ssh_port": 2200, "api_password": "x"}], DEFAULTS
    )
    assert settings == [{**DEFAULTS, "name": "a"}, {**DEFAULTS, "name": "b", "ssh_port": 2200, "api_password": "x"}]


def test_what_makes_a_workstation_somebody_s_can_be_set_for_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    by_role = {"claude_code": frozenset({"claude_code_settings", "workstation"})}
    monkeypatch.setattr(FILTERS, "known_variables", lambda: by_role)
    own = {"name": "a", "claude_code_settings": {"model": "x"}}
    assert FILTERS.workstation_settings([own], DEFAULTS) == [{**DEFAULTS, **own}]
    for name, says in {"claude_code_setings": "did you mean claude_code_settings?", "workstation": "unknown"}.items():
        with pytest.raises(AnsibleFilterError, match=re.escape(says)):
            FILTERS.workstation_settings([{"name": "a", name: {}}], DEFAULTS)


@given(st.lists(st.dictionaries(st.sampled_from(sorted(DEFAULTS)), st.integers()), min_size=1))
def test_settings_have_all_defaults_and_change_no_input(own: list[dict[str, Any]]) -> None:
    workstations = [{"name": "pod", **one} for one in own]
    before = json.dumps([workstations, DEFAULTS])
    for one, settings in zip(workstations, FILTERS.workstation_settings(workstations, DEFAULTS), strict=True):
        assert settings == {**DEFAULTS, **one}
    assert json.dumps([workstations, DEFAULTS]) == before


@pytest.mark.parametrize(
    ("workstations", "says"),
    [
        (None, "must be a list with at least one entry"),
        ([], "must be a list with at least one entry"),
        ({"name": "pod"}, "must be a list"),
        ("pod", "must be a list"),
        (["pod"], "must be one such as {name: pod}, got 'pod'"),
        ([3], "must be one such as {name: pod}, got 3"),
        ([{"ssh_port": 1, "api_password": "secret"}], "needs a name, got one with ['api_password', 'ssh_port']"),
        ([{"name": "pod", "ssh_prot": 1}], "pod has an unknown setting ssh_prot: did you mean ssh_port?"),
        ([{"name": "pod", "ssh_pasword": "secret"}], "unknown setting ssh_pasword: did you mean ssh_password?"),
        ([{"name": "pod", "xyzzy": 1}], "unknown setting xyzzy: there are api_password, authorized_keys, name, ssh_"),
        ([{"name": "a"}, {"name": "b", "xyzzy": 1}], "b has an unknown setting"),
    ],
)
def test_what_is_no_list_of_workstations(workstations: Any, says: str) -> None:
    with pytest.raises(AnsibleFilterError) as error:
        FILTERS.workstation_settings(workstations, DEFAULTS)
    assert says in str(error.value)
    assert "secret" not in str(error.value)


def test_preflight_gets_no_secrets() -> None:
    workstation = dict.fromkeys([*FILTERS.PORT_SETTINGS, *FILTERS.PASSWORD_SETTINGS, "memory"], "x")
    assert FILTERS.workstation_ports([workstation]) == [dict.fromkeys(FILTERS.PORT_SETTINGS, "x")]


def test_given_passwords_by_the_name_of_where_they_are_set() -> None:
    workstations = [{"name": "a", "ssh_password": "own"}, {"name": "b", "ssh_password": "", "api_password": 12345678}]
    common = {"workstation_ssh_password": "common", "api_password": ""}
    assert FILTERS.workstation_passwords(workstations, common) == {
        "workstation_ssh_password": "common",
        "ssh_password of a": "own",
        "api_password of b": "12345678",
    }


# --- ports ---

PORTS = {"ssh_port": 22, "web_terminal_port": 81, "api_port": 80}
INNER = {"ssh": 2222, "web_terminal": 7681, "api": 8080}


@pytest.mark.parametrize(
    ("ssh", "web", "mosh", "published"),
    [
        ("", "127.0.0.1", "1-4", ["22:2222/tcp", "127.0.0.1:81:7681/tcp", "127.0.0.1:80:8080/tcp", "1-4:1-4/udp"]),
        ("192.0.2.1", "", "1:4", ["192.0.2.1:22:2222/tcp", "81:7681/tcp", "80:8080/tcp", "192.0.2.1:1-4:1-4/udp"]),
        ("fe80::1", "::1", 5, ["[fe80::1]:22:2222/tcp", "[::1]:81:7681/tcp", "[::1]:80:8080/tcp", "[fe80::1]:5:5/udp"]),
    ],
)
def test_published_ports(ssh: str, web: str, mosh: object, published: list[str]) -> None:
    workstation = {**PORTS, "ssh_address": ssh, "web_address": web, "mosh_ports": mosh}
    assert FILTERS.published_ports(workstation, INNER) == published


# --- credentials and troubles ---


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("secrets/SSH_PASSWORD:plain", "SSH_PASSWORD=plain"),
        ("secrets/SSH_PASSWORD:with:colons: and=signs ", "SSH_PASSWORD=with:colons: and=signs "),
        ("secrets/API_PASSWORD:", "API_PASSWORD="),
        ("API_PASSWORD:a/b", "API_PASSWORD=a/b"),
        ("container/ttyd/htpasswd:hatchpod:$6$salt$ha:sh", "TTYD_USERNAME=hatchpod"),
    ],
)
def test_credential_lines(line: str, shown: str) -> None:
    assert FILTERS.credential_lines([line]) == [shown]


@given(st.text())
def test_any_password_is_shown_as_it_is(password: str) -> None:
    assert FILTERS.credential_lines([f"secrets/SSH_PASSWORD:{password}"]) == [f"SSH_PASSWORD={password}"]


@pytest.mark.parametrize("status", ["", "Error response from daemon: ...", "null", "[]", "{}", "3"])
def test_status_that_is_none(status: str) -> None:
    assert FILTERS.workstation_troubles(status) == "Its container does not run."


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ({}, ""),
        ({"sshd": "ready", "tailscaled": "off"}, ""),
        ({"sshd": "starting", "api": "ready", "ttyd": "failed"}, "sshd is starting, ttyd is failed."),
    ],
)
def test_troubles(states: dict[str, str], said: str) -> None:
    services = {name: {"state": state, "reason": None} for name, state in states.items()}
    assert FILTERS.workstation_troubles(json.dumps({"services": services})) == said
