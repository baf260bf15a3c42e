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


def test_what_could_not_be_set_up_and_a_login_that_was_copied_are_told() -> None:
    problem = "/home/hatchpod/.claude/settings.json is not valid JSON; it stays as it is. Repair it by hand"
    document = {"services": {"sshd": READY}, "versions": {"claude": "2"}, "login": "d5c0"}
    rows = []
    problems: dict[str, dict[str, list[str]]] = {"one": {"claude_code": [problem]}, "two": {}}
    for host, problems_there in problems.items():
        row = one(found(container()), [{"item": "pod", "stdout": json.dumps({**document, "problems": problems_there})}])
        rows.append({**row, "host": host})
    lines = told.status_table(rows)
    assert f"pod on one: claude_code: {problem}" in lines
    (line,) = [line for line in lines if "copied" in line]
    assert line.startswith("pod on one, pod on two: ")
    assert "claude_code_oauth_token" in line
    assert not any("copied" in line for line in told.status_table([rows[0], {**rows[1], "login": "e000"}]))


def test_healthy_workstation() -> None:
    tailnet = json.dumps({"Self": {"DNSName": "pod.tail1234.ts.net."}}, indent=2)
    row = one(
        found(container()),
        [answer({"sshd": READY, "dockerd": {"state": "off", "reason": "no Sysbox"}}, more=tailnet)],
        sizes="File  Avail\n/volumes/pod_home/_data 70000\n4096\t/volumes/pod_home/_data\n",
        records=json.dumps(RECORD),
    )
    assert (row["state"], row["reason"]) == ("healthy", None)
    assert (row["claude"], row["home_bytes"], row["tailscale"]) == ("2.1.330", 4096, "pod.tail1234.ts.net")
    assert row["free_bytes"] == 70000
    assert row["last_backup"] == {"time": RECORD["time"], "snapshot": "1b3ffae4", "repository": "/backup"}


@pytest.mark.parametrize(
    ("node", "shown"),
    [
        ({"BackendState": "Running", "Self": {"DNSName": "pod.tail1234.ts.net."}}, "pod.tail1234.ts.net"),
        ({"BackendState": "Running", "Self": {"DNSName": "", "TailscaleIPs": ["100.64.0.1"]}}, "100.64.0.1"),
        ({"BackendState": "NeedsLogin", "Self": {"DNSName": "", "TailscaleIPs": None}}, "needs login"),
        ({"BackendState": "NeedsLogin", "Self": {"DNSName": "pod.ts.net.", "Expired": True}}, "key expired"),
        ({"BackendState": "NeedsMachineAuth", "Self": {"DNSName": "pod.ts.net."}}, "needs approval"),
        ({"BackendState": "Starting", "Self": {"DNSName": ""}}, "connecting"),
    ],
)
def test_node_of_a_tailnet(node: dict[str, Any], shown: str) -> None:
    row = one(found(container()), [answer({"sshd": READY}, more=json.dumps(node))])
    assert row["tailscale"] == shown


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
        "HOST  WORKSTATION  STATE      SERVICES  IMAGE         CLAUDE   HOME  FREE  BACKUP                NEXT  "
        "TAILSCALE",
        "web1  pod          unhealthy  1/2       644fb1607859  2.1.330  -     -     2026-11-23 18:03 UTC  -     -",
        "web2  pod          absent     -         -             -        -     -     never                 -     -",
        "",
        "pod on web1: dockerd is off: no Sysbox",
        "pod on web1: api is failed",
    ]


def test_host_that_does_not_answer_has_a_row_with_the_reason() -> None:
    gone = {"unreachable": True, "changed": False, "msg": "Failed to connect to the host via ssh:\nConnection refused"}
    locked = {"failed": False, "msg": "Missing sudo password"}
    rows = [one(gone, []) | {"host": "web1"}, one(locked, []) | {"host": "web2"}]
    assert [(row["state"], row["last_backup"]) for row in rows] == [("unreachable", None), ("unknown", None)]
    table = told.status_table(rows)
    assert [line.split()[:3] for line in table[1:3]] == [["web1", "pod", "unreachable"], ["web2", "pod", "unknown"]]
    assert table[-2:] == [
        "pod on web1 is unreachable: Failed to connect to the host via ssh: Connection refused",
        "pod on web2 is unknown: Missing sudo password",
    ]
    assert "never" not in "\n".join(table)


def test_next_backup_and_a_failed_one_are_told() -> None:
    texts = [
        {"repository": "/backup", "schedule": "daily"},
        RECORD,
        {"workstation": "pod", "time": "2026-11-24T03:00:00Z", "failure": "no room\nleft"},
        {"repository": "/backup"},
        [{"next": 1795564800000000, "unit": "hatchpod-backup.timer"}],
    ]
    row = one(found(container()), [answer({})], records="\n".join(map(json.dumps, texts))) | {"host": "web1"}
    assert (row["next_backup"], row["backup_schedule"]) == ("2026-11-25T00:00:00Z", "daily")
    assert row["failed_backup"] == {"time": "2026-11-24T03:00:00Z", "reason": "no room\nleft"}
    table = told.status_table([row])
    assert "2026-11-23 18:03 UTC  2026-11-25 00:00 UTC" in table[1]
    assert "pod on web1: the backup failed on 2026-11-24 03:00 UTC: no room left" in table


@pytest.mark.parametrize("timers", ["[]", "", '[{"next": null}]'])
def test_schedule_without_a_timer_is_told(timers: str) -> None:
    row = one(found(container()), [answer({"sshd": READY})], records=json.dumps({"schedule": "daily"}) + timers)
    line = "pod on web1: backups shall be made (daily), and no timer is set. Run `make backup`"
    assert told.status_table([row | {"host": "web1"}])[-1] == line


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
    made = {**RECORD, "removed": 2, "added_bytes": 5000, "total_bytes": 10**6, "unread": ["/x"], "seconds": 1.5}
    back = {
        "workstation": "pod",
        "snapshot": "1b3ffae4",
        "time": "2026-11-23T18:03:08.1234Z",
        "bytes": 10**6,
        "seconds": 2,
    }
    assert told.backup_lines([json.dumps(made), json.dumps(back)]) == [
        "pod: snapshot 1b3ffae4 of 1.0 MB, 5.0 kB added, 2 older removed, 1.5 s",
        "  not readable: /x",
        "pod: restored 1.0 MB of snapshot 1b3ffae4 from 2026-11-23T18:03:08, 2 s",
    ]
