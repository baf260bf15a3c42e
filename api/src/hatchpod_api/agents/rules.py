"""What "always allow" means: the rule that is kept from an approval on. A whole tool only when that was said."""

import re
from typing import Literal

from hatchpod_api.errors import ValueNotAllowedError
from hatchpod_api.messages.commands import Rule
from hatchpod_api.messages.sessions import Approval

_RULE = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,199})(?:\(([^\x00-\x1f\x7f]{1,1000})\))?")
_EVERYTHING = re.compile(r"[\s*:/.]*")

# Claude Code checks these tools against rules of another one as well.
_FAMILIES = {
    "Edit": {"Edit", "MultiEdit", "NotebookEdit", "Write"},
    "Read": {"Glob", "Grep", "LS", "NotebookRead", "Read"},
}


def rule_of(approval: Approval, always: bool | Literal["tool"] | Rule) -> str | None:
    """The rule to keep, None for this once. Raises `ValueNotAllowedError` for a rule that is none or means too much."""
    if always is False:
        return None
    if approval.kind != "tool":
        raise ValueNotAllowedError(
            f"alwaysAllow: a {approval.kind} cannot be answered for ever; leave it out", field="alwaysAllow"
        )
    if not isinstance(always, Rule):
        return approval.tool_name
    if always.rule not in (suggestion.rule for suggestion in approval.suggestions):
        _check(always.rule, approval.tool_name)
    return always.rule


def _check(rule: str, tool: str) -> None:
    match = _RULE.fullmatch(rule)
    if match is None:
        raise _refused(f"got {rule!r}; write it as Tool(what it covers), such as Bash(npm test:*)")
    if match[2] is None or _EVERYTHING.fullmatch(match[2]):
        raise _refused(f'{rule!r} would allow all of {match[1]}; send alwaysAllow: "tool" if that is meant')
    if match[1] != tool and tool not in _FAMILIES.get(match[1], ()):
        raise _refused(f"{rule!r} does not cover {tool}, which is asked for; begin it with {tool}(")


def _refused(problem: str) -> ValueNotAllowedError:
    return ValueNotAllowedError(f"alwaysAllow.rule: {problem}", field="alwaysAllow.rule")
