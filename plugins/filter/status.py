"""What `make status`, `make backup` and `make restore` tell people, from what the tasks found on the hosts."""

from __future__ import annotations

import json
from typing import Any

COLUMNS = ("host", "workstation", "state", "image", "claude", "home", "backup", "tailscale")
UNKNOWN = "-"
TOOL_IS_MISSING = 2  # the return code that the `command` module gives where there is no such program
SHORT_ID = 12
UNUSUAL_STATES = {"paused": "frozen, by a backup or by hand", "restarting": "its start fails again and again"}


def documents(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects at the start of a text, one after another, up to whatever is none."""
    decoder, found, position = json.JSONDecoder(), [], 0
    while position < len(text):
        try:
            document, end = decoder.raw_decode(text, position)
        except ValueError:
            break
        found.append(document)
        position = end + len(text[end:]) - len(text[end:].lstrip())
    return found


def troubles(services: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the services that are not ready, each with its state and the reason."""
    return {
        name: f"{one['state']}: {one['reason']}" if one.get("reason") else str(one["state"])
        for name, one in services.items()
        if one["state"] != "ready"
    }


def container_state(container: dict[str, Any], services: dict[str, dict[str, Any]] | None) -> tuple[str, str]:
    """Return a container's state in one word, and the reason where it does not run as it should."""
    state = container["State"]
    word = state["Status"]
    if word == "running":
        if services is None:
            return "unhealthy", "its services cannot be asked"
        waiting = {one["state"] for one in services.values()} & {"starting", "failed"}
        return ("unhealthy", "") if waiting or not services else ("healthy", "")
    if word in {"exited", "created", "dead"}:
        reason = state.get("Error") or f"exit code {state['ExitCode']} on {state['FinishedAt'][:19]}"
        return "stopped", reason if word == "exited" else word
    return word, UNUSUAL_STATES.get(word, "")


def workstation_states(
    names: list[str], found: dict[str, Any], services: list[dict[str, Any]], sizes: str, records: str
) -> list[dict[str, Any]]:
    """Return the state of each workstation of a host.

    `found` is the result of `docker container inspect`, `services` that of a loop over the ones that run, `sizes` what
    `du` printed of their home volumes, and `records` the last backups, one JSON object after another.
    """
    containers = {one["Name"].lstrip("/"): one for one in json.loads(found.get("stdout") or "[]")}
    answers = {one["item"]: documents(one.get("stdout", "")) for one in services}
    homes = {line.partition("\t")[2]: int(line.partition("\t")[0]) for line in sizes.splitlines() if "\t" in line}
    backups = {record["workstation"]: record for record in documents(records)}
    return [
        workstation_state(name, containers.get(name), found, answers.get(name, []), homes, backups.get(name))
        for name in names
    ]


def workstation_state(
    name: str,
    container: dict[str, Any] | None,
    found: dict[str, Any],
    answers: list[dict[str, Any]],
    homes: dict[str, int],
    backup: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return the state of one workstation."""
    row: dict[str, Any] = {"workstation": name, "state": "absent", "reason": None, "image": None, "image_id": None}
    row |= {"claude": None, "services": {}, "home_bytes": None, "tailscale": None}
    row["last_backup"] = {key: backup[key] for key in ("time", "snapshot", "repository")} if backup else None
    if container is None:
        row["state"], row["reason"] = absence(found)
        return row
    status = next((one for one in answers if "services" in one), None)
    row["state"], reason = container_state(container, status and status["services"])
    row["reason"] = reason or None
    row["image"], row["image_id"] = container["Config"]["Image"], container["Image"]
    row["home_bytes"] = next((homes[path] for path in home_paths([container]) if path in homes), None)
    if status:
        row["services"], row["claude"] = status["services"], status["versions"]["claude"]
    node: dict[str, Any] = next((one["Self"] for one in answers if one.get("Self")), {})
    row["tailscale"] = (node.get("DNSName") or "").rstrip(".") or None
    return row


def absence(found: dict[str, Any]) -> tuple[str, str | None]:
    """Return the state of a workstation that Docker did not tell of, and the reason."""
    errors = str(found.get("stderr") or found.get("msg") or "")
    if found["rc"] == TOOL_IS_MISSING:
        return "absent", "Docker is not installed"
    others = [line for line in errors.splitlines() if line and "no such container" not in line.lower()]
    return ("unknown", others[0]) if others else ("absent", None)


def home_paths(containers: list[dict[str, Any]]) -> list[str]:
    """Return where the home volumes of containers are on the host."""
    return [
        mount["Source"] for one in containers for mount in one["Mounts"] if mount["Destination"] == "/home/hatchpod"
    ]


def size(number: float | None) -> str:
    """Return a number of bytes for people."""
    if number is None:
        return UNKNOWN
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def status_table(rows: list[dict[str, Any]]) -> list[str]:
    """Return the states of all workstations as a table, and below it what is not ready and why."""
    cells = [tuple(column.upper() for column in COLUMNS)]
    for row in rows:
        image = (row["image_id"] or UNKNOWN).removeprefix("sha256:")[:SHORT_ID]
        backup = row["last_backup"]["time"].replace("T", " ")[:16] + " UTC" if row["last_backup"] else "never"
        texts = (row["host"], row["workstation"], row["state"], image, row["claude"], size(row["home_bytes"]), backup)
        cells.append(tuple(text or UNKNOWN for text in (*texts, row["tailscale"])))
    widths = [max(len(line[column]) for line in cells) for column in range(len(COLUMNS))]
    table = ["  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    notes = []
    for row in rows:
        where = f"{row['workstation']} on {row['host']}"
        notes += [f"{where} is {row['state']}: {row['reason']}"] if row["reason"] else []
        notes += [f"{where}: {name} is {trouble}" for name, trouble in troubles(row["services"]).items()]
    return [*table, "", *notes] if notes else table


def backup_lines(results: list[str]) -> list[str]:
    """Return a line for each result of `hatchpod-backup create` and `hatchpod-backup restore`."""
    lines = []
    for one in map(json.loads, results):
        if "added_bytes" in one:
            done = f"snapshot {one['snapshot']} of {size(one['total_bytes'])}, {size(one['added_bytes'])} added"
        else:
            done = f"restored {size(one['bytes'])} of snapshot {one['snapshot']} from {one['time'][:19]}"
        lines.append(f"{one['workstation']}: {done}, {one['seconds']} s")
        lines += [f"  not readable: {path}" for path in one.get("unread", [])]
    return lines


class FilterModule:
    """The filters, by the names that templates use."""

    def filters(self) -> dict[str, Any]:
        """Return them."""
        return {
            "backup_lines": backup_lines,
            "home_paths": home_paths,
            "status_table": status_table,
            "workstation_states": workstation_states,
        }
