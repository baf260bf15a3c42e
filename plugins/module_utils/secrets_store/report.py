"""What may be told: paths, actions, owners and modes. Never a value, unless it was asked for."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.secrets_store.model import Attributes, Change, Plan


def result(directory: Change, planned: Plan, *, return_values: bool) -> dict[str, Any]:
    """The module's result, in the form which RETURN documents."""
    changes = planned.changes
    told: dict[str, Any] = {
        "changed": directory.changes or any(change.changes for change in changes),
        "directory": {"path": directory.path, "action": directory.action},
        "secrets": _by_secret(planned),
        "changed_paths": [change.path for change in changes if change.content_changes],
    }
    if return_values:
        told["values"] = planned.values
    return told


def diff(directory: Change, planned: Plan) -> list[dict[str, str]]:
    """One entry for each file that changes; contents are never shown."""
    changes = (change for change in (directory, *planned.changes) if change.changes)
    return [
        {
            "before_header": change.path,
            "after_header": change.path,
            "before": _describe(change.before, "present"),
            "after": _describe(change.after, _after(change)),
        }
        for change in changes
    ]


def _by_secret(planned: Plan) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for change in planned.changes:
        if change.secret not in told:
            told[change.secret] = {"path": change.path, "action": change.action, "changed": False, "derived": {}}
        else:
            told[change.secret]["derived"][change.path] = change.action
        told[change.secret]["changed"] |= change.changes
    for name, public_key in planned.public_keys.items():
        told[name]["public_key"] = public_key
    return told


def _after(change: Change) -> str:
    return "present" if change.before is None or not change.content_changes else "present, with other content"


def _describe(attributes: Attributes | None, presence: str) -> str:
    if attributes is None:
        return "absent\n"
    return f"{presence}\nowner {attributes.owner}, group {attributes.group}, mode {attributes.mode:04o}\n"
