"""The provider's pure parts, without a process."""

from itertools import count
from typing import Any

import pytest
from claude_agent_sdk import PermissionResultAllow, PermissionResultDeny, PermissionUpdate, ToolPermissionContext
from claude_agent_sdk.types import PermissionRuleValue

from hatchpod_api.errors import ProviderError, ValueNotAllowedError
from hatchpod_api.messages.sessions import Attachment
from hatchpod_api.providers.base import Decision, Delta, ProviderPrompt, StartOptions
from hatchpod_api.providers.claude.command import arguments, environment_of
from hatchpod_api.providers.claude.deltas import Deltas
from hatchpod_api.providers.claude.failures import explain, was_interrupted
from hatchpod_api.providers.claude.permissions import approval_of, format_rule, parse_rule, result_of
from hatchpod_api.providers.claude.prompts import content

SESSION = "00000000-0000-4000-8000-000000000000"


def started(key: str) -> dict[str, Any]:
    return {"type": "message_start", "message": {"id": key}}


def text(words: str, index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": words}}


def test_deltas_wait_for_what_the_transcript_puts_before_them() -> None:
    deltas = Deltas()
    deltas.expect("result")
    list(deltas.stream_event(started("a")))
    assert not list(deltas.stream_event(text("One ")))
    assert not list(deltas.stream_event(text("two")))
    deltas.arrived("result")
    assert [delta.text for delta in deltas.released()] == ["One ", "two"]
    assert [delta.text for delta in deltas.stream_event(text(" three"))] == [" three"]


def test_deltas_do_not_wait_for_what_the_transcript_had_before_the_stream_told_of_it() -> None:
    deltas = Deltas()
    deltas.arrived("prompt")
    deltas.expect("prompt")
    list(deltas.stream_event(started("a")))
    assert [delta.text for delta in deltas.stream_event(text("One "))] == ["One "]


def test_deltas_do_not_wait_for_ever() -> None:
    clock = count(step=0.6)
    deltas = Deltas(clock=lambda: float(next(clock)))
    deltas.expect("never")
    list(deltas.stream_event(started("a")))
    told = [delta.text for words in ("a", "b", "c") for delta in deltas.stream_event(text(words))]
    assert told[:2] == ["a", "b"]


def test_held_deltas_of_parts_that_were_said_are_dropped() -> None:
    deltas = Deltas()
    deltas.expect("result")
    list(deltas.stream_event(started("a")))
    list(deltas.stream_event(text("said", 0)))
    list(deltas.stream_event(text("not yet", 1)))
    deltas.said("a", 1)
    deltas.arrived("result")
    assert list(deltas.released()) == [Delta(key="a", part_index=1, kind="text", text="not yet")]


def test_parts_are_counted_as_they_are_shown() -> None:
    deltas = Deltas()
    list(deltas.stream_event(started("a")))
    hidden = {"type": "signature_delta", "signature": "x"}
    list(deltas.stream_event({"type": "content_block_delta", "index": 0, "delta": hidden}))
    use = {"type": "tool_use", "id": "t", "name": "Bash"}
    list(deltas.stream_event({"type": "content_block_start", "index": 1, "content_block": use}))
    assert [delta.part_index for delta in deltas.stream_event(text("after", 2))] == [1]


@pytest.mark.parametrize(
    ("rule", "tool", "covers"),
    [
        ("Bash", "Bash", None),
        ("Bash(git diff:*)", "Bash", "git diff:*"),
        (r"Bash(echo \(x\))", "Bash", "echo (x)"),
        ("mcp__memory__read", "mcp__memory__read", None),
        ("WebFetch(domain:example.org)", "WebFetch", "domain:example.org"),
    ],
)
def test_rules_are_read_and_written(rule: str, tool: str, covers: str | None) -> None:
    parsed = parse_rule(rule)
    assert (parsed.tool_name, parsed.rule_content) == (tool, covers)
    assert format_rule(parsed) == rule


@pytest.mark.parametrize("rule", ["", "(x)", "Bash(", "Bash(x", "Bash x"])
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(ProviderError, match="no permission rule"):
        parse_rule(rule)


def test_only_rules_that_allow_are_suggested() -> None:
    def update(behavior: Any, rule: str) -> PermissionUpdate:
        return PermissionUpdate(type="addRules", rules=[PermissionRuleValue("Bash", rule)], behavior=behavior)

    context = ToolPermissionContext(
        tool_use_id="t",
        suggestions=[update("allow", "ls:*"), update("deny", "rm:*"), PermissionUpdate(type="setMode", mode="plan")],
    )
    approval = approval_of("Bash", {"command": "ls"}, context)
    assert [suggestion.rule for suggestion in approval.suggestions] == ["Bash(ls:*)"]


def test_answers_become_results() -> None:
    rule = result_of("Bash", {"command": "ls"}, Decision(allowed=True, rule="Bash(ls:*)"))
    assert isinstance(rule, PermissionResultAllow)
    assert [update.destination for update in rule.updated_permissions or []] == ["localSettings"]
    mode = result_of("ExitPlanMode", {}, Decision(allowed=True, target_mode="acceptEdits"))
    assert isinstance(mode, PermissionResultAllow)
    assert [(update.type, update.mode) for update in mode.updated_permissions or []] == [("setMode", "acceptEdits")]
    no = result_of("Bash", {}, Decision(allowed=False))
    assert no == PermissionResultDeny(message="", interrupt=True)
    why = result_of("Bash", {}, Decision(allowed=False, message="Not here."))
    assert why == PermissionResultDeny(message="Not here.", interrupt=False)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"is_error": False}, None),
        ({"is_error": True, "api_error_status": 401, "result": "Invalid API key"}, "log in to Claude again"),
        ({"is_error": True, "result": "Not logged in · Please run /login"}, "log in to Claude again"),
        ({"is_error": True, "api_error_status": 429, "result": "Limit"}, "wait until the limit resets"),
        ({"is_error": True, "result": "You've hit your limit"}, "wait until the limit resets"),
        ({"is_error": True, "api_error_status": 529}, "overloaded"),
        ({"is_error": True, "api_error_status": 599}, "send the prompt again"),
        ({"is_error": True, "subtype": "error_max_turns"}, "send a prompt to go on"),
        ({"is_error": True, "errors": ["[ede_diagnostic] x", "The disk is full"]}, "The disk is full; the turn failed"),
    ],
)
def test_failures_say_what_to_do(result: dict[str, Any], said: str | None) -> None:
    explained = explain(result)
    assert explained is None if said is None else said in (explained or "")
    assert "ede_diagnostic" not in (explained or "")


def test_a_turn_that_a_person_ended_is_no_failure() -> None:
    assert was_interrupted({"terminal_reason": "aborted_tools"})
    assert not was_interrupted({"terminal_reason": "completed"})


def test_a_prompt_is_text_alone_wherever_it_can_be() -> None:
    assert content(ProviderPrompt(text="/compact")) == "/compact"
    files = (Attachment(path="a.py"), Attachment(path="b c.py"))
    assert content(ProviderPrompt(text="Look", attachments=files)) == 'Look\n\n@a.py @"b c.py"'
    blocks = content(ProviderPrompt(text="", attachments=(Attachment(media_type="image/png", data="AA=="),)))
    assert blocks == [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}}]


def test_a_file_of_another_type_is_refused() -> None:
    odd = Attachment(name="a.zip", media_type="application/zip", data="AA==")
    with pytest.raises(ValueNotAllowedError, match=r"a\.zip is of type 'application/zip'"):
        content(ProviderPrompt(text="Look", attachments=(odd,)))


def test_the_command_line_says_how_to_begin() -> None:
    new = arguments(StartOptions(session_id=SESSION, cwd="/w"), allow_bypass=False)
    assert f"--session-id={SESSION}" in new
    assert "--allow-dangerously-skip-permissions" not in new
    again = arguments(StartOptions(session_id=SESSION, cwd="/w", resume=SESSION), allow_bypass=True)
    assert f"--resume={SESSION}" in again
    assert f"--session-id={SESSION}" not in again
    assert "--allow-dangerously-skip-permissions" in again
    fork = arguments(StartOptions(session_id=SESSION, cwd="/w", resume="old", fork=True), allow_bypass=False)
    assert {"--resume=old", "--fork-session", f"--session-id={SESSION}"} <= set(fork)
    hostile = StartOptions(session_id=SESSION, cwd="/w", model="--dangerously-skip-permissions")
    assert "--dangerously-skip-permissions" not in arguments(hostile, allow_bypass=False)


def test_the_environment_keeps_secrets_and_the_service_s_own_variables_back() -> None:
    seen = environment_of({"HOME": "/h", "API_PASSWORD_HASH": "x", "PORT": "8080", "DISABLE_AUTOUPDATER": "0"})
    assert seen["HOME"] == "/h"
    assert seen["DISABLE_AUTOUPDATER"] == "0"
    assert not {"API_PASSWORD_HASH", "PORT"} & set(seen)
