"""What `make status` and `make backup` tell, from what Docker, du and the workstations answer."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

told = importlib.import_module("filter.status")

READY = {"state": "ready", "reason": None}
RECORD = {
    "workstation": "pod",
    "time": "2026-11-23T18:03:08Z",
    "snapshot": "1b3ffae4",
    "repository": "/backup",
    "seconds": 1,
}


def container(name: str = "pod", status: str = "running", **state: Any) -> dict[str, Any]:
    return {
        "Name": f"/{name}",
        "Image": "sha256:644fb160785900b80b7d",
        "Config": {"Image": "hatchpod/workstation:7ddd"},
        "State": {"Status": status, "ExitCode": 1, "FinishedAt": "2026-11-23T17:45:24.59Z", "Error": "", **state},
        "Mounts": [
            {"Destination": "/var/lib/docker", "Source": f"/volumes/{name}_docker-data/_data"},
            {"Destination": "/home/hatchpod", "Source": f"/volumes/{name}_home/_data"},
        ],
    }


def found(*containers: dict[str, Any], errors: str = "", code: int = 0) -> dict[str, Any]:
    return {"rc": code, "stdout": json.dumps(containers), "stderr": errors}


def answer(services: dict[str, Any], name: str = "pod", more: str = "") -> dict[str, Any]:
    text = json.dumps({"services": services, "versions": {"claude": "2.1.330"}})
    return {"item": name, "stdout": f"{text}\n{more}"}


def one(result: dict[str, Any], services: list[dict[str, Any]], sizes: str = "", records: str = "") -> dict[str, Any]:
    row: dict[str, Any]
    (row,) = told.workstation_states(["pod"], result, services, sizes, records)
    return row


def test_healthy_workstation() -> None:
    tailnet = json.dumps({"Self": {"DNSName": "pod.tail1234.ts.net."}}, indent=2)
    row = one(
        found(container()),
        [answer({"sshd": READY, "dockerd": {"state": "off", "reason": "no Sysbox"}}, more=tailnet)],
        sizes="4096\t/volumes/pod_home/_data",
        records=json.dumps(RECORD),
    )
    assert (row["state"], row["reason"]) == ("healthy", None)
    assert (row["claude"], row["home_bytes"], row["tailscale"]) == ("2.1.330", 4096, "pod.tail1234.ts.net")
    assert row["last_backup"] == {"time": RECORD["time"], "snapshot": "1b3ffae4", "repository": "/backup"}


@pytest.mark.parametrize("state", ["starting", "failed"])
def test_service_that_does_not_work_makes_it_unhealthy(state: str) -> None:
    row = one(found(container()), [answer({"sshd": {"state": state, "reason": None}})])
    assert row["state"] == "unhealthy"


def test_container_that_does_not_answer_is_unhealthy() -> None:
    row = one(found(container()), [{"item": "pod", "rc": 124, "stdout": ""}])
    assert (row["state"], row["reason"]) == ("unhealthy", "its services cannot be asked")


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ({"status": "exited"}, "stopped", "exit code 1 on 2026-11-23T17:45:24"),
        ({"status": "exited", "Error": "no bridge"}, "stopped", "no bridge"),
        ({"status": "created"}, "stopped", "created"),
        ({"status": "paused"}, "paused", "frozen, by a backup or by hand"),
        ({"status": "restarting"}, "restarting", "its start fails again and again"),
    ],
)
def test_container_that_does_not_run(status: dict[str, str], state: str, reason: str) -> None:
    row = one(found(container(**status)), [])
    assert (row["state"], row["reason"]) == (state, reason)


@pytest.mark.parametrize(
    ("result", "state", "reason"),
    [
        (found(errors="Error: No such container: pod\n", code=1), "absent", None),
        (found(errors="Error response from daemon: no such container: pod", code=1), "absent", None),
        (found(errors="Cannot connect to the Docker daemon", code=1), "unknown", "Cannot connect to the Docker daemon"),
        ({"rc": 2, "stdout": "", "stderr": "", "msg": "No such file: docker"}, "absent", "Docker is not installed"),
    ],
)
def test_workstation_that_docker_does_not_know(result: dict[str, Any], state: str, reason: str | None) -> None:
    row = one(result, [])
    assert (row["state"], row["reason"], row["last_backup"]) == (state, reason, None)


def test_one_missing_workstation_does_not_hide_the_other() -> None:
    rows = told.workstation_states(
        ["pod", "other"],
        found(container(), errors="No such container: other", code=1),
        [answer({"sshd": READY})],
        "",
        "",
    )
    assert [row["state"] for row in rows] == ["healthy", "absent"]


def test_table_says_what_is_not_ready_and_why() -> None:
    services = {
        "sshd": READY,
        "dockerd": {"state": "off", "reason": "no Sysbox"},
        "api": {"state": "failed", "reason": None},
    }
    row = one(found(container()), [answer(services)], records=json.dumps(RECORD)) | {"host": "web1"}
    absent = one(found(errors="no such container: pod", code=1), []) | {"host": "web2"}
    assert told.status_table([row, absent]) == [
        "HOST  WORKSTATION  STATE      IMAGE         CLAUDE   HOME  BACKUP                TAILSCALE",
        "web1  pod          unhealthy  644fb1607859  2.1.330  -     2026-11-23 18:03 UTC  -",
        "web2  pod          absent     -             -        -     never                 -",
        "",
        "pod on web1: dockerd is off: no Sysbox",
        "pod on web1: api is failed",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", []), ('{"a": 1}\n{"b": 2}', [{"a": 1}, {"b": 2}]), ('{"a": 1}\nnot running', [{"a": 1}]), ("oops", [])],
)
def test_documents_one_after_another(text: str, expected: list[dict[str, int]]) -> None:
    assert told.documents(text) == expected


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, "-"), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1.5e9, "1.5 GB"), (2e15, "2000.0 TB")],
)
def test_sizes_for_people(number: float | None, text: str) -> None:
    assert told.size(number) == text


def test_result_of_backup_and_restore() -> None:
    made = {**RECORD, "added_bytes": 5000, "total_bytes": 10**6, "unread": ["/x"], "seconds": 1.5}
    back = {
        "workstation": "pod",
        "snapshot": "1b3ffae4",
        "time": "2026-11-23T18:03:08.1234Z",
        "bytes": 10**6,
        "seconds": 2,
    }
    assert told.backup_lines([json.dumps(made), json.dumps(back)]) == [
        "pod: snapshot 1b3ffae4 of 1.0 MB, 5.0 kB added, 1.5 s",
        "  not readable: /x",
        "pod: restored 1.0 MB of snapshot 1b3ffae4 from 2026-11-23T18:03:08, 2 s",
    ]
