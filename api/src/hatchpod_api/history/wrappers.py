"""Takes out of texts what Claude Code puts around them for the model."""

import re
from typing import Literal, NamedTuple

_REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>\s*", re.DOTALL)
_ERROR = re.compile(r"\A\s*<tool_use_error>(.*)</tool_use_error>\s*\Z", re.DOTALL)
_COMMAND = re.compile(r"<command-name>\s*(.*?)\s*</command-name>", re.DOTALL)
_ARGUMENTS = re.compile(r"<command-args>\s*(.*?)\s*</command-args>", re.DOTALL)
_OUTPUT = re.compile(r"<(local-command-stdout|local-command-stderr|bash-stdout|bash-stderr)>(.*?)</\1>", re.DOTALL)
_SHELL = re.compile(r"\A\s*<bash-input>(.*?)</bash-input>", re.DOTALL)
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_HIDDEN = ("<local-command-caveat>", "<task-notification>", "<user-memory-input>", "Caveat: The messages below were")
_INTERRUPTED = "[Request interrupted by user"
_INPUT_STARTS = ("<command-name>", "<command-message>")
_OUTPUT_STARTS = ("<local-command-std", "<bash-std")


class Said(NamedTuple):
    """Who said it, so far as a person is concerned: `output` is what a command printed, `note` a remark."""

    by: Literal["user", "output", "note"]
    text: str


def without_reminders(text: str) -> str:
    return _REMINDER.sub("", text) if "<system-reminder>" in text else text


def tool_output(text: str) -> str:
    """The text of a tool's result, without the frame of an error and without reminders."""
    match = _ERROR.match(text) if "<tool_use_error>" in text else None
    return without_reminders(match[1] if match else text)


def plain(text: str) -> str:
    """Text for a page, from text for a terminal."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def read_prompt(text: str) -> Said | None:
    """What the text of a user's entry is; None when it is nothing for people."""
    text = without_reminders(text)
    start = text.lstrip()[:200]
    if not start or start.startswith(_HIDDEN):
        return None
    if start.startswith(_INTERRUPTED):
        return Said("note", "Interrupted")
    if start.startswith(_INPUT_STARTS) and (command := _COMMAND.search(text)):
        arguments = _ARGUMENTS.search(text)
        return Said("user", f"{command[1]} {arguments[1] if arguments else ''}".strip())
    if shell := _SHELL.match(text) if start.startswith("<bash-input>") else None:
        return Said("user", f"!{shell[1].strip()}")
    if start.startswith(_OUTPUT_STARTS):
        return command_output(text)
    return Said("user", text)


def command_output(text: str) -> Said | None:
    """What a command of Claude Code itself printed, such as /cost; None when that is nothing worth a line."""
    printed = "\n".join(match[2].strip("\n") for match in _OUTPUT.finditer(text))
    printed = plain(without_reminders(printed)).strip()
    return Said("output", printed) if printed and printed not in ("Compacted", "(no content)") else None
