"""What `make status`, `make backup` and `make restore` tell people, from what the tasks found on the hosts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

COLUMNS = ["host", "workstation", "state", "services", "image", "claude", "home", "free", "backup", "next", "tailscale"]
UNKNOWN = "-"
TOOL_IS_MISSING = 2  # the return code that the `command` module gives where there is no such program
SHORT_ID = 12
TAILNET_STATES = {"NeedsLogin": "needs login", "NeedsMachineAuth": "needs approval", "Stopped": "switched off"}
UNUSUAL_STATES = {"paused": "frozen, by a backup or by hand", "restarting": "its start fails again and again"}


def documents(text: str) -> list[Any]:
    """Return the JSON documents at the start of a text, one after another, up to whatever is none."""
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
    names: list[str], found: dict[str, Any], services: list[dict[str, Any]], sizes: str, backups: str
) -> list[dict[str, Any]]:
    """Return the state of each workstation of a host.

    `found` is the result of `docker container inspect`, `services` that of a loop over the ones that run, `sizes` what
    `df` and `du` printed of their home volumes, and `backups` what is known of backups (see `backup_states`).
    """
    containers = {one["Name"].lstrip("/"): one for one in json.loads(found.get("stdout") or "[]")}
    answers = {one["item"]: documents(one.get("stdout", "")) for one in services}
    disk = disk_sizes(sizes)
    known = backup_states(backups)
    return [
        workstation_state(name, containers.get(name), found, answers.get(name, []), disk) | backup_state(name, known)
        for name in names
    ]


def workstation_state(
    name: str,
    container: dict[str, Any] | None,
    found: dict[str, Any],
    answers: list[dict[str, Any]],
    disk: dict[str, dict[str, int]],
) -> dict[str, Any]:
    """Return the state of one workstation, without its backups."""
    row: dict[str, Any] = {"workstation": name, "state": "absent", "reason": None, "image": None, "image_id": None}
    row |= {"claude": None, "services": {}, "home_bytes": None, "free_bytes": None, "tailscale": None}
    row |= {"problems": {}, "login": None, "dotfiles": {"state": "off", "reason": ""}}
    if container is None:
        row["state"], row["reason"] = absence(found)
        return row
    status = next((one for one in answers if "services" in one), None)
    row["state"], reason = container_state(container, status and status["services"])
    row["reason"] = reason or None
    row["image"], row["image_id"] = container["Config"]["Image"], container["Image"]
    row |= next((disk[path] for path in home_paths([container]) if path in disk), {})
    if status:
        row["services"], row["claude"] = status["services"], status["versions"]["claude"]
        row |= {
            key: status[key] for key in ("problems", "login", "dotfiles") if key in status
        }  # not in images before these
    row["tailscale"] = next((tailnet_state(one) for one in answers if one.get("Self")), None)
    return row


def tailnet_state(answer: dict[str, Any]) -> str:
    """Return a node's name in its tailnet, its address where it has no name, or why it is not in it."""
    node, state = answer["Self"], answer.get("BackendState", "Running")
    if node.get("Expired"):
        return "key expired"
    if state != "Running":
        return TAILNET_STATES.get(state, "connecting")
    return (node.get("DNSName") or "").rstrip(".") or next(iter(node.get("TailscaleIPs") or []), UNKNOWN)


def disk_sizes(text: str) -> dict[str, dict[str, int]]:
    """Return the bytes that folders take and have free, from lines of `du` (with a tab) and of `df`."""
    found: dict[str, dict[str, int]] = {}
    for line in text.splitlines():
        taken, tab, path = line.partition("\t")
        if tab:
            found.setdefault(path, {})["home_bytes"] = int(taken)
        elif len(words := line.rsplit(maxsplit=1)) == 2 and words[1].isdecimal():
            found.setdefault(words[0], {})["free_bytes"] = int(words[1])
    return found


def backup_states(text: str) -> dict[str, Any]:
    """Return what a host knows of its backups: the last that succeeded and the last that failed, by workstation, and
    the schedule with the time of the next one.

    The text is the settings of the backup, the records of hatchpod-backup, and systemd's list of timers, all as JSON.
    """
    known: dict[str, Any] = {"done": {}, "failed": {}, "schedule": None, "next": None}
    for one in documents(text):
        if isinstance(one, list):
            known["next"] = next((utc(timer["next"]) for timer in one if timer.get("next")), None)
        elif "schedule" in one:
            known["schedule"] = one["schedule"] or None
        elif "failure" in one:
            known["failed"][one["workstation"]] = {"time": one["time"], "reason": one["failure"]}
        elif "snapshot" in one:
            known["done"][one["workstation"]] = {key: one[key] for key in ("time", "snapshot", "repository")}
    return known


def backup_state(name: str, known: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of one workstation's backups."""
    return {
        "last_backup": known["done"].get(name),
        "failed_backup": known["failed"].get(name),
        "backup_schedule": known["schedule"],
        "next_backup": known["next"],
    }


def utc(microseconds: int) -> str:
    """Return a time of systemd, microseconds since 1970, as the records write times."""
    return datetime.fromtimestamp(microseconds / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def absence(found: dict[str, Any]) -> tuple[str, str | None]:
    """Return the state of a workstation that Docker did not tell of, and the reason."""
    errors = str(found.get("stderr") or found.get("msg") or "")
    if "rc" not in found:
        return ("unreachable" if found.get("unreachable") else "unknown"), one_line(errors)
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


def one_line(text: str) -> str:
    """Return a message without line breaks."""
    return " ".join(text.split())


def minute(time: str | None) -> str:
    """Return a time of the records for people."""
    return f"{time.replace('T', ' ')[:16]} UTC" if time else UNKNOWN


def cells(row: dict[str, Any]) -> list[str]:
    """Return the texts of a workstation's line in the table."""
    running = [one["state"] for one in row["services"].values() if one["state"] != "off"]
    found = {
        **row,
        "services": f"{running.count('ready')}/{len(running)}" if running else UNKNOWN,
        "image": (row["image_id"] or UNKNOWN).removeprefix("sha256:")[:SHORT_ID],
        "home": size(row["home_bytes"]),
        "free": size(row["free_bytes"]),
        "backup": minute(row["last_backup"]["time"]) if row["last_backup"] else "never",
        "next": minute(row["next_backup"]),
    }
    if row["state"] in {"unreachable", "unknown"} and not row["last_backup"]:
        found["backup"] = UNKNOWN
    return [found[column] or UNKNOWN for column in COLUMNS]


def notes(row: dict[str, Any]) -> list[str]:
    """Return what is not as it should be with a workstation."""
    where = f"{row['workstation']} on {row['host']}"
    lines = [f"{where} is {row['state']}: {row['reason']}"] if row["reason"] else []
    lines += [f"{where}: {name} is {trouble}" for name, trouble in troubles(row["services"]).items()]
    if row["dotfiles"]["state"] not in {"off", "installed"}:
        why = one_line(row["dotfiles"]["reason"])
        lines.append(f"{where}: dotfiles are {row['dotfiles']['state']}{f': {why}' if why else ''}")
    for part, problems in row["problems"].items():
        lines += [f"{where}: {part}: {problem}" for problem in problems]
    if failed := row["failed_backup"]:
        lines.append(f"{where}: the backup failed on {minute(failed['time'])}: {one_line(failed['reason'])}")
    if row["backup_schedule"] and not row["next_backup"]:
        lines.append(
            f"{where}: backups shall be made ({row['backup_schedule']}), and no timer is set. Run `make backup`"
        )
    return lines


def copied_logins(rows: list[dict[str, Any]]) -> list[str]:
    """Return a line for each login of Claude Code that several workstations have: refreshing one ends the others."""
    places: dict[str, list[str]] = {}
    for row in rows:
        if row["login"]:
            places.setdefault(row["login"], []).append(f"{row['workstation']} on {row['host']}")
    return [
        f"{', '.join(copies)}: their Claude Code has one and the same login, copied. Each ends it for the others "
        f"by refreshing it: log in anew in all but one, or give them claude_code_oauth_token"
        for copies in places.values()
        if len(copies) > 1
    ]


def status_table(rows: list[dict[str, Any]]) -> list[str]:
    """Return the states of all workstations as a table, and below it what is not as it should be and why."""
    lines = [[column.upper() for column in COLUMNS], *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ["  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    below = [*(note for row in rows for note in notes(row)), *copied_logins(rows)]
    return [*table, "", *below] if below else table


def backup_lines(results: list[str]) -> list[str]:
    """Return a line for each result of `hatchpod-backup create` and `hatchpod-backup restore`."""
    lines = []
    for one in map(json.loads, results):
        if "added_bytes" in one:
            done = f"snapshot {one['snapshot']} of {size(one['total_bytes'])}, {size(one['added_bytes'])} added"
            done += f", {one['removed']} older removed" if one.get("removed") else ""
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
