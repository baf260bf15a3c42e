"""Claude Code's hooks in its settings files: of everything else in them, every byte that matters stays."""

import json
import os
import re
import threading
from pathlib import Path
from typing import Any, NoReturn

from hatchpod_api.errors import ConflictError, TooLargeError, ValueNotAllowedError
from hatchpod_api.files.replacing import draft
from hatchpod_api.history.lines import opened

MAX_FILE = 4 * 1024 * 1024
MAX_HOOKS = 256 * 1024

Hooks = dict[str, Any]

_EVENT = re.compile(r"[A-Z][A-Za-z]{2,40}")
_NEEDED = {"command": "command", "http": "url", "prompt": "prompt", "agent": "prompt"}
_LONGEST_SECONDS = 24 * 3600

_writing = threading.Lock()


def read_hooks(path: Path) -> Hooks:
    """The hooks by event; empty when the file or its `hooks` is missing. `ConflictError` when it is no JSON object."""
    hooks = _read(path).get("hooks", {})
    if not isinstance(hooks, dict):
        raise ConflictError(
            f"{path.name} has `hooks` that are no JSON object. Repair it by hand.", code="invalid_settings"
        )
    return hooks


def write_hooks(path: Path, hooks: Hooks) -> Hooks:
    """Replace the hooks, in a file that may be a link; nothing changes when they are not valid or the file is not."""
    check_hooks(hooks)
    with _writing:
        settings = _read(path)
        if hooks:
            settings["hooks"] = hooks
        else:
            settings.pop("hooks", None)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        real = Path(os.path.realpath(path))  # people keep their settings among their dotfiles
        folder = os.open(real.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with draft(folder, real.name, mode=0o600) as new:
                new.file.write(json.dumps(settings, indent=2, ensure_ascii=False).encode() + b"\n")
                new.publish(overwrite=True)
        finally:
            os.close(folder)
    return hooks


def _read(path: Path) -> dict[str, Any]:
    try:
        with opened(path) as file:
            content = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        message = f"{path.name} cannot be read, so it stays untouched: {error.strerror}. Repair it by hand."
        raise ConflictError(message, code="invalid_settings") from None
    if len(content) > MAX_FILE:
        raise TooLargeError(f"{path.name} is larger than {MAX_FILE} bytes. Repair it by hand.")
    try:
        settings = json.loads(content or b"{}")
    except (ValueError, RecursionError) as error:
        message = f"{path.name} is not valid JSON, so it stays untouched: {str(error)[:200]}. Repair it by hand."
        raise ConflictError(message, code="invalid_settings") from None
    if not isinstance(settings, dict):
        message = f"{path.name} is not a JSON object, so it stays untouched. Repair it by hand."
        raise ConflictError(message, code="invalid_settings")
    return settings


def check_hooks(hooks: Hooks) -> None:
    """Raises `ValueNotAllowedError` with the path of what Claude Code would not take. Unknown keys are its business."""
    if len(json.dumps(hooks)) > MAX_HOOKS:
        raise TooLargeError(f"The hooks are larger than {MAX_HOOKS} bytes. Put long commands into scripts.")
    for event, groups in hooks.items():
        if not _EVENT.fullmatch(event):
            _refuse(event[:50], "is no name of an event, such as `PreToolUse`")
        if not isinstance(groups, list):
            _refuse(event, "must be a list of groups")
        for number, group in enumerate(groups):
            _check_group(f"{event}.{number}", group)


def _check_group(where: str, group: object) -> None:
    if not isinstance(group, dict) or not isinstance(group.get("hooks"), list) or not group["hooks"]:
        _refuse(where, "must be an object with a list `hooks` that is not empty")
    if not isinstance(group.get("matcher", ""), str):
        _refuse(f"{where}.matcher", "must be a text")
    for number, handler in enumerate(group["hooks"]):
        _check_handler(f"{where}.hooks.{number}", handler)


def _check_handler(where: str, handler: object) -> None:
    if not isinstance(handler, dict) or not isinstance(handler.get("type"), str):
        _refuse(where, "must be an object with a `type`")
    needed = _NEEDED.get(handler["type"])
    if needed and (not isinstance(handler.get(needed), str) or not handler[needed].strip()):
        _refuse(f"{where}.{needed}", "must be a text that is not empty")
    seconds = handler.get("timeout", 1)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= _LONGEST_SECONDS:
        _refuse(f"{where}.timeout", "must be a number of seconds, at most a day")


def _refuse(field: str, problem: str) -> NoReturn:
    raise ValueNotAllowedError(f"`{field}` {problem}. Nothing was changed.", field=field)
