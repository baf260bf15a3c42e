"""Permission requests: what a person sees of one, and what their answer means to Claude Code."""

import re
from pathlib import PurePosixPath
from typing import Any

from claude_agent_sdk import PermissionResultAllow, PermissionResultDeny, PermissionUpdate, ToolPermissionContext
from claude_agent_sdk.types import PermissionRuleValue

from hatchpod_api.errors import ProviderError
from hatchpod_api.messages.sessions import Approval, Question, QuestionOption, Suggestion
from hatchpod_api.providers.base import Decision
from hatchpod_api.providers.claude.times import now

PLAN_TOOL = "ExitPlanMode"
QUESTION_TOOL = "AskUserQuestion"

_RULE = re.compile(r"([^()\s]+)(?:\((.+)\))?", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\()])")
_TO_ESCAPE = re.compile(r"[\\()]")
_FILE_TOOLS = {"Edit": "file_path", "MultiEdit": "file_path", "Write": "file_path", "NotebookEdit": "notebook_path"}


def approval_of(tool: str, tool_input: dict[str, Any], context: ToolPermissionContext) -> Approval:
    """The request as people see it."""
    return Approval(
        tool_use_id=context.tool_use_id or "",
        tool_name=tool,
        input=tool_input,
        kind={PLAN_TOOL: "plan", QUESTION_TOOL: "question"}.get(tool, "tool"),  # type: ignore[arg-type]
        title=context.title or context.description,
        reason=context.decision_reason or (f"It touches {context.blocked_path}" if context.blocked_path else None),
        suggestions=_suggestions(tool, tool_input, context.suggestions),
        questions=_questions(tool_input) if tool == QUESTION_TOOL else [],
        subagent_id=context.agent_id,
        created_at=now(),
    )


def _suggestions(tool: str, tool_input: dict[str, Any], updates: list[PermissionUpdate]) -> list[Suggestion]:
    rules = [
        format_rule(rule)
        for update in updates
        if update.type == "addRules" and update.behavior == "allow"
        for rule in update.rules or ()
    ]
    path = tool_input.get(_FILE_TOOLS.get(tool, ""))
    if not rules and isinstance(path, str) and path.startswith("/"):
        # Claude Code suggests no rule here, only another mode. Two slashes: from the root of the file system.
        rules = [format_rule(PermissionRuleValue("Edit", f"/{PurePosixPath(path).parent}/**"))]
    return [Suggestion(rule=rule, label=f"Always allow {rule}") for rule in dict.fromkeys(rules)]


def _questions(tool_input: dict[str, Any]) -> list[Question]:
    asked = [question for question in tool_input.get("questions") or [] if isinstance(question, dict)]
    return [
        Question(
            question=str(question.get("question", "")),
            header=str(question.get("header", "")),
            options=[
                QuestionOption(label=str(option.get("label", "")), description=option.get("description"))
                for option in question.get("options") or []
                if isinstance(option, dict)
            ],
            multi_select=bool(question.get("multiSelect")),
        )
        for question in asked
    ]


def format_rule(rule: PermissionRuleValue) -> str:
    """A rule as settings files have it: `Bash(git diff:*)`."""
    if not rule.rule_content:
        return rule.tool_name
    return f"{rule.tool_name}({_TO_ESCAPE.sub(lambda match: chr(92) + match[0], rule.rule_content)})"


def parse_rule(text: str) -> PermissionRuleValue:
    """The opposite of `format_rule`. Raises `ProviderError`."""
    match = _RULE.fullmatch(text.strip())
    if match is None:
        raise ProviderError(f"{text!r} is no permission rule; write it like Bash(npm test:*)", field="alwaysAllow")
    return PermissionRuleValue(match[1], _ESCAPED.sub(r"\1", match[2]) if match[2] else None)


def result_of(
    tool: str, tool_input: dict[str, Any], decision: Decision, *, stop: bool = False
) -> PermissionResultAllow | PermissionResultDeny:
    """The answer in the SDK's terms. A denial without a message stops the turn, and so does `stop`."""
    if not decision.allowed or stop:
        return PermissionResultDeny(message=decision.message or "", interrupt=stop or not decision.message)
    updated = decision.updated_input if decision.updated_input is not None else tool_input
    if tool == QUESTION_TOOL and decision.answers is not None:
        updated = {**updated, "answers": {question: _joined(said) for question, said in decision.answers.items()}}
    return PermissionResultAllow(updated_input=updated, updated_permissions=_updates(decision) or None)


def _joined(answer: str | list[str]) -> str:
    return answer if isinstance(answer, str) else ", ".join(answer)


def _updates(decision: Decision) -> list[PermissionUpdate]:
    updates = []
    if decision.rule:
        rules = [parse_rule(decision.rule)]
        updates.append(PermissionUpdate(type="addRules", rules=rules, behavior="allow", destination="localSettings"))
    if decision.target_mode:
        updates.append(PermissionUpdate(type="setMode", mode=decision.target_mode, destination="session"))
    return updates
