"""What `make bench` reads out of other programs' output, and how it judges and shows figures."""

from __future__ import annotations

import pytest

from bench.figures import (
    Figure,
    Process,
    figures_table,
    layer_title,
    memory_by_service,
    recap,
    service_of,
    shown,
    slowest_tasks,
    table,
)
from bench.station import Start, parse_readiness, seconds_since_epoch

RECAP = "localhost  : ok={}   changed={}    unreachable={}    failed={}    skipped=9    rescued=0    ignored=0"


def figure(*values: float, target: float | None = None, unit: str = "s") -> Figure:
    return Figure("key", "title", values, unit, target)


def test_a_figure_is_its_median_with_the_spread() -> None:
    known = figure(3.0, 1.0, 2.0).as_json()
    assert (known["median"], known["min"], known["max"], known["runs"], known["met"]) == (2.0, 1.0, 3.0, 3, None)


def test_a_target_is_a_ceiling_unless_it_is_a_floor() -> None:
    floor = Figure("key", "title", (12_000.0,), "/s", 10_000, at_least=True)
    assert floor.met is True
    assert Figure("key", "title", (9_000.0,), "/s", 10_000, at_least=True).met is False
    assert ">= 10000 /s" in figures_table([floor])
    assert figure(2.0, target=1.0).met is False


@pytest.mark.parametrize(("values", "met"), [((1.9, 2.0, 9.0), True), ((2.0, 2.1, 2.1), False)])
def test_the_median_decides_whether_a_target_is_met(values: tuple[float, ...], met: bool) -> None:
    assert figure(*values, target=2.0).met is met


def test_the_table_has_target_and_verdict_only_where_there_is_a_target() -> None:
    lines = figures_table([figure(1.0, 2.0, 3.0, target=1.5), figure(1.0), figure(1.0, target=2.0)]).splitlines()
    assert lines[2].split() == ["title", "2.00", "s", "1.00", "s", "-", "3.00", "s", "3", "<=", "1.50", "s", "MISSED"]
    assert lines[3].split() == ["title", "1.00", "s", "1"]
    assert lines[4].split()[-1] == "met"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.675, "GB", "1.68 GB"),
        (41.6, "MB", "42 MB"),
        (0.5, "s", "0.50 s"),
        (118.2, "s", "118 s"),
        (7.25, "x", "7.2 x"),
        (24.0, "", "24"),
    ],
)
def test_values_are_shown_as_people_read_them(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text


def test_a_table_s_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table([["a", "b"], ["long", "c"]]) == "a     b\n----  -\nlong  c"


def test_the_recap_tells_tasks_and_changes() -> None:
    assert recap(f"PLAY RECAP ***\n{RECAP.format(24, 1, 0, 0)}\n") == (24, 1)


@pytest.mark.parametrize("output", ["", RECAP.format(3, 0, 1, 0), RECAP.format(3, 0, 0, 1)])
def test_a_run_that_failed_is_no_measurement(output: str) -> None:
    with pytest.raises(ValueError, match="went well"):
        recap(output)


def test_the_slowest_tasks_come_first() -> None:
    output = (
        "TASKS RECAP ****\n====\nGathering Facts ---------- 0.86s\nimage : A - B ---------- 1.25s\nLast --- 0.01s\n"
    )
    assert slowest_tasks(output, 2) == [
        {"task": "image : A - B", "seconds": 1.25},
        {"task": "Gathering Facts", "seconds": 0.86},
    ]


@pytest.mark.parametrize(
    ("created_by", "title"),
    [
        ("", "base image"),
        ("/bin/bash -euo pipefail -c update-ca-certificates", "update-ca-certificates"),
        ("/bin/sh -c #(nop) COPY dir:1 in / ", "COPY dir:1 in /"),
        ("|2 SUITE=forky X=a b /bin/bash -euo pipefail -c /tmp/install ${SUITE}", "/tmp/install ${SUITE}"),
        (
            "/bin/bash -euo pipefail -c apt-get update  && apt-get install -y --no-install-recommends   git  && rm x",
            "apt-get install git && rm x",
        ),
    ],
)
def test_a_layer_is_named_by_what_it_does(created_by: str, title: str) -> None:
    assert layer_title(created_by) == title


PROCESSES = [
    Process(1, 900, "s6-svscan /run/service", 5, 1),
    Process(2, 1, "s6-supervise api", 5, 1),
    Process(3, 2, "/usr/bin/python3 hatchpod-api serve", 40, 30),
    Process(4, 3, "a child of it", 8, 6),
    Process(5, 1, "s6-supervise api/log", 5, 1),
    Process(6, 5, "s6-log -b -- papi: T 1", 5, 1),
]


def test_processes_count_for_the_service_that_started_them() -> None:
    assert memory_by_service(PROCESSES) == {
        "api": {"rss": 48, "pss": 36},
        "supervision and logs": {"rss": 20, "pss": 4},
    }


def test_a_process_of_unknown_descent_is_nobody_s() -> None:
    assert service_of(Process(9, 77, "docker exec", 1, 1), {}) == "supervision and logs"


@pytest.mark.parametrize(
    "text", ["2026-11-23T18:01:45.25Z", "2026-11-23 18:01:45.250000000\n", "2026-11-23T18:01:45.250Z"]
)
def test_times_of_docker_and_of_s6_are_on_one_clock(text: str) -> None:
    assert seconds_since_epoch(text) == seconds_since_epoch("2026-11-23T18:01:45Z") + 0.25


LINES = [
    "api true true 2026-11-23 18:01:45.500000000",
    "dockerd false false 2026-11-23 18:01:44.000000000",
    "sshd true true 2026-11-23 18:01:45.250000000",
]


def test_readiness_counts_from_the_start_and_leaves_out_what_is_off() -> None:
    start = seconds_since_epoch("2026-11-23 18:01:44")
    assert parse_readiness("\n".join(LINES), start) == {"api": 1.5, "sshd": 1.25}


@pytest.mark.parametrize("output", ["", "\n".join([*LINES, "ttyd true false 2026-11-23 18:01:44.000000000"])])
def test_there_is_no_readiness_while_a_service_is_missing(output: str) -> None:
    assert parse_readiness(output, 0) is None


def test_a_workstation_is_ready_without_its_inner_engine() -> None:
    assert Start(0.3, {"api": 1.0, "sshd": 0.7, "dockerd": 4.0}).ready == 1.0
