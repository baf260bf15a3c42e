"""Approvals through the socket: answered once, by whoever is first, and never left behind dead."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import FeedEvent, GetSession
from hatchpod_api.agents.rules import rule_of
from hatchpod_api.agents.server import AgentServer
from hatchpod_api.errors import ProviderError, ValueNotAllowedError
from hatchpod_api.messages.commands import Rule
from hatchpod_api.messages.sessions import Approval, SessionDetail, Suggestion
from hatchpod_api.providers.base import Decision, Run, StartOptions
from hatchpod_api.providers.scripted import ScriptedProvider, ScriptedRun
from standins.stream_client import StreamClient, eventually

OpenStreamOf = Callable[..., Awaitable[StreamClient]]

BASH = Approval(tool_use_id="t", tool_name="Bash", input={}, suggestions=[Suggestion(rule="mcp__x", label="all of x")])


@pytest.mark.parametrize(
    ("always", "rule"),
    [
        (False, None),
        (True, "Bash"),
        ("tool", "Bash"),
        (Rule(rule="Bash(npm test:*)"), "Bash(npm test:*)"),
        (Rule(rule="Bash(echo (a) b)"), "Bash(echo (a) b)"),
        (Rule(rule="mcp__x"), "mcp__x"),
    ],
)
def test_always_is_the_whole_tool_or_exactly_one_rule(always: Any, rule: str | None) -> None:
    assert rule_of(BASH, always) == rule


@pytest.mark.parametrize(
    "rule",
    [
        "", " ", "Bash", "Bash()", "Bash(*)", "Bash(:*)", "Bash( ** )", "Bash(npm", "npm test", "Bash(a)b",
        "Bash(a\nb)",
        "Edit(/src/**)", "(x)", "1Bash(x)", "Bash (x)", f"Bash({'x' * 1001})",
    ],
)  # fmt: skip
def test_a_rule_that_is_none_or_means_more_is_refused(rule: str) -> None:
    with pytest.raises(ValueNotAllowedError) as refused:
        rule_of(BASH, Rule(rule=rule))
    assert refused.value.field == "alwaysAllow.rule"


def test_a_rule_may_be_of_the_tool_that_claude_checks_as_well() -> None:
    write = Approval(tool_use_id="t", tool_name="Write", input={})
    assert rule_of(write, Rule(rule="Edit(/src/**)")) == "Edit(/src/**)"


def test_a_question_cannot_be_answered_for_ever() -> None:
    question = Approval(tool_use_id="t", tool_name="AskUserQuestion", input={}, kind="question")
    assert rule_of(question, False) is None
    with pytest.raises(ValueNotAllowedError):
        rule_of(question, True)


@pytest.mark.anyio
async def test_the_second_of_two_clients_is_told_that_it_came_too_late(stream: OpenStreamOf) -> None:
    first = await stream()
    second = await stream(first.session_id)
    first.send("prompt", text="[tool-approval]")
    request = await first.until_type("tool_approval_request")
    await second.until_type("tool_approval_request")
    first.send("approve", toolUseId=request["toolUseId"], updatedInput={"command": "true"})
    await first.until_type("tool_approval_resolved")
    second.send("deny", toolUseId=request["toolUseId"])
    assert (await second.until_type("error"))["code"] == "approval_gone"
    await first.until_status("completed")
    await second.caught_up()
    assert first.texts[-1] == "Bash was allowed."
    assert "{'command': 'true'}" in str(first.reduced.state)
    assert first.reduced.state == second.reduced.state


@pytest.mark.anyio
async def test_a_late_joiner_sees_what_waits_and_can_answer_it(stream: OpenStreamOf, agents: AgentsClient) -> None:
    first = await stream()
    first.send("prompt", text="[tool-approval-multi]")
    await first.until_status("waiting_for_approval")
    late = await stream(first.session_id)
    assert late.reduced.state == first.reduced.state
    detail = await agents.call(GetSession(id=first.session_id), SessionDetail)
    assert detail.pending_approval == detail.pending_approvals[0]
    assert agents.sessions[first.session_id].has_pending_approval
    [waiting] = late.reduced.approvals
    late.send("approve", toolUseId=waiting)
    await late.until_status("waiting_for_approval")
    [waiting] = late.reduced.approvals
    late.send("deny", toolUseId=waiting, message="not today")
    await late.until_status("completed")
    assert "not today" in str(late.reduced.state)
    assert late.texts[-1] == "Write was denied."


@pytest.mark.anyio
@pytest.mark.parametrize("tag", ["tool-approval", "question", "plan"])
async def test_an_interrupt_leaves_no_dead_approval(stream: OpenStreamOf, agents: AgentsClient, tag: str) -> None:
    client = await stream()
    client.send("prompt", text=f"[{tag}]")
    request = await client.until_type("tool_approval_request")
    client.send("interrupt")
    assert (await client.until_type("tool_approval_resolved"))["outcome"] == "withdrawn"
    late = await stream(client.session_id)
    assert late.reduced.approvals == {}
    await client.until_status("interrupted")
    client.send("approve", toolUseId=request["toolUseId"])
    assert (await client.until_type("error"))["code"] == "approval_gone"
    detail = await agents.call(GetSession(id=client.session_id), SessionDetail)
    assert (detail.pending_approvals, detail.has_pending_approval) == ([], False)


@pytest.mark.anyio
async def test_what_is_always_allowed_is_not_asked_again_and_kept(stream: OpenStreamOf, server: AgentServer) -> None:
    client = await stream()
    client.send("prompt", text="[tool-approval]")
    request = await client.until_type("tool_approval_request")
    client.send("approve", toolUseId=request["toolUseId"], alwaysAllow={"rule": "Bash"})
    assert (await client.until_type("error"))["field"] == "alwaysAllow.rule"
    assert client.reduced.approvals  # it still waits
    client.send("approve", toolUseId=request["toolUseId"], alwaysAllow={"rule": "Bash(touch *)"})
    await client.until_status("completed")
    client.send("prompt", text="[tool-approval]")
    request = await client.until_type("tool_approval_request")
    client.send("approve", toolUseId=request["toolUseId"], alwaysAllow=True)
    await client.until_status("completed")
    client.send("prompt", text="[tool-approval]")
    await client.until_status("completed")
    assert client.reduced.approvals == {}
    assert server.host.held[client.session_id].session.record.allowed_tools == ["Bash(touch *)", "Bash"]


@pytest.mark.anyio
async def test_questions_are_answered_and_plans_approved_with_a_mode(stream: OpenStreamOf) -> None:
    client = await stream()
    client.send("prompt", text="[question]")
    request = await client.until_type("tool_approval_request")
    assert request["questions"][0]["options"][0]["label"] == "Red"
    client.send("approve", toolUseId=request["toolUseId"], answers={"Which colour?": "Blue"})
    await client.until_status("completed")
    assert client.texts[-1] == "You said Blue."
    client.send("prompt", text="[plan]")
    request = await client.until_type("tool_approval_request")
    client.send("approve", toolUseId=request["toolUseId"], targetMode="bypassPermissions")
    assert (await client.until_type("error"))["code"] == "bypass_disabled"
    client.send("approve", toolUseId=request["toolUseId"], targetMode="acceptEdits")
    await client.until_status("completed")
    assert client.reduced.latest["mode_changed"]["mode"] == "acceptEdits"


@pytest.mark.anyio
async def test_people_are_told_of_what_waits_and_of_ends(stream: OpenStreamOf, agents: AgentsClient) -> None:
    events: list[FeedEvent] = []
    agents.on_event(events.append)
    client = await stream()
    for prompt, kind in (("[tool-approval]", "approval"), ("[question]", "question"), ("[plan]", "plan")):
        client.send("prompt", text=prompt)
        request = await client.until_type("tool_approval_request")
        client.send("approve", toolUseId=request["toolUseId"])
        await client.until_status("completed")
        await eventually(lambda: len(events) == 2)
        assert [event.kind for event in events] == [kind, "completed"]
        assert events[0].tool_use_id == request["toolUseId"]
        events.clear()
    client.send("prompt", text="[slow 5]")
    client.send("prompt", text="directly after", mode="queue")
    await client.until(lambda frame: "Echo: directly after" in str(frame.get("message")))
    await client.until_status("completed")
    client.send("prompt", text="[rate-limit]")
    await client.until_status("error")
    await eventually(lambda: len(events) == 3)
    assert [event.kind for event in events] == ["completed", "rate_limit", "error"]
    assert len({event.id for event in events}) == 3
    assert agents.rate_limits["five_hour"].status == "rejected"


@pytest.mark.anyio
async def test_an_answer_that_cannot_be_taken_leaves_it_waiting_for_everybody(stream: OpenStreamOf) -> None:
    first = await stream()
    second = await stream(first.session_id)
    first.send("prompt", text="[tool-approval]")
    use = (await first.until_type("tool_approval_request"))["toolUseId"]
    first.send("approve", toolUseId=use, clearContext=True)
    assert (await first.until_type("error"))["field"] == "clearContext"
    await second.caught_up()
    assert list(second.reduced.approvals) == [use]
    second.send("approve", toolUseId=use)
    await first.until_status("completed")


class Choosy(ScriptedRun):
    """Refuses rules, as an agent may that knows better what they are; and once, to have been asked."""

    async def answer(self, tool_use_id: str, decision: Decision) -> None:
        if decision.rule:
            raise ProviderError("this rule is none", field="alwaysAllow")
        if not decision.allowed:
            await super().answer(tool_use_id, decision)
        await super().answer(tool_use_id, decision)


class ChoosyProvider(ScriptedProvider):
    async def start(self, options: StartOptions) -> Run:
        return Choosy(options, self._turns)


@pytest.mark.anyio
async def test_what_the_agent_refuses_waits_on_unless_it_is_gone(
    stream: OpenStreamOf, agents: AgentsClient, server: AgentServer
) -> None:
    server.host.providers = {"scripted": ChoosyProvider()}
    client = await stream()
    client.send("prompt", text="[tool-approval]")
    use = (await client.until_type("tool_approval_request"))["toolUseId"]
    client.send("approve", toolUseId=use, alwaysAllow=True)
    assert (await client.until_type("error"))["field"] == "alwaysAllow"
    detail = await agents.call(GetSession(id=client.session_id), SessionDetail)
    assert (detail.status, [waiting.tool_use_id for waiting in detail.pending_approvals]) == (
        "waiting_for_approval",
        [use],
    )
    assert server.host.held[client.session_id].session.record.allowed_tools == []
    client.send("deny", toolUseId=use)
    assert (await client.until_type("tool_approval_resolved"))["outcome"] == "withdrawn"
    assert (await client.until_type("error"))["code"] == "approval_gone"
    await client.until_status("completed")
