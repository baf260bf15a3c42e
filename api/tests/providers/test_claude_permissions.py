"""Approvals of the real `claude`: what is asked, what an answer does, and what stays of it."""

import json
import uuid
from typing import Any

import pytest

from hatchpod_api.errors import ProviderError
from hatchpod_api.messages.frames import ModeChanged, SubagentStarted
from hatchpod_api.messages.sessions import Approval
from hatchpod_api.messages.transcript import ToolResultPart, UserMessage
from hatchpod_api.providers.base import (
    ApprovalRequested,
    ApprovalWithdrawn,
    Decision,
    ProviderPrompt,
    Redirected,
    TurnEnded,
)
from standins.claude_runs import Heard, Workstation, endpoint, workstation
from standins.messages_endpoint import Answer, Text, Use, newest_prompt

pytestmark = pytest.mark.anyio

__all__ = ["endpoint", "workstation"]

ALLOW = Decision(allowed=True)


def mkdir(name: str) -> Answer:
    return Answer([Use("Bash", {"command": f"mkdir {name}", "description": f"Make {name}"})])


async def asked(heard: Heard, text: str, count: int = 1) -> Approval:
    await heard.run.prompt(ProviderPrompt(text=text))
    return (await heard.until(ApprovalRequested, count)).approval


def results(heard: Heard) -> list[ToolResultPart]:
    parts = [part for message in heard.messages() if isinstance(message, UserMessage) for part in message.parts]
    return [part for part in parts if isinstance(part, ToolResultPart)]


def local_rules(station: Workstation) -> Any:
    settings = json.loads((station.workspace / ".claude/settings.local.json").read_text())
    return settings["permissions"]["allow"]


async def test_a_tool_waits_and_runs_with_the_input_that_was_allowed(workstation: Workstation) -> None:
    workstation.endpoint.script("NEST", mkdir("nest"), "Built.")
    heard = await workstation.start()
    approval = await asked(heard, "NEST")
    assert (approval.tool_name, approval.kind, approval.title) == ("Bash", "tool", "Make nest")
    assert approval.input["command"] == "mkdir nest"
    assert [suggestion.rule for suggestion in approval.suggestions] == ["Bash(mkdir nest *)"]
    await heard.run.answer(approval.tool_use_id, Decision(allowed=True, updated_input={"command": "mkdir hut"}))
    assert (await heard.until(TurnEnded)).outcome == "completed"
    assert (workstation.workspace / "hut").is_dir()
    assert not (workstation.workspace / "nest").exists()
    with pytest.raises(ProviderError, match="no longer waits"):
        await heard.run.answer(approval.tool_use_id, ALLOW)


async def test_a_denial_with_a_message_is_told_to_the_agent_which_goes_on(workstation: Workstation) -> None:
    workstation.endpoint.script("DITCH", mkdir("ditch"), "As you like.")
    heard = await workstation.start()
    approval = await asked(heard, "DITCH")
    await heard.run.answer(approval.tool_use_id, Decision(allowed=False, message="Dig it elsewhere."))
    assert (await heard.until(TurnEnded)).outcome == "completed"
    assert "Dig it elsewhere." in results(heard)[0].output
    assert not (workstation.workspace / "ditch").exists()


async def test_a_denial_without_a_message_stops_the_agent_which_waits(workstation: Workstation) -> None:
    workstation.endpoint.script("MOAT", mkdir("moat"), "Never said.")
    heard = await workstation.start()
    approval = await asked(heard, "MOAT")
    await heard.run.answer(approval.tool_use_id, Decision(allowed=False))
    ended = await heard.until(TurnEnded)
    assert (ended.outcome, ended.error) == ("interrupted", None)
    assert len(workstation.endpoint.asked("MOAT")) == 1
    assert (await heard.turn("And now?")).outcome == "completed"


@pytest.mark.parametrize("rule", ["Bash(mkdir:*)", "Bash"])
async def test_always_is_written_as_a_rule_that_holds_after_a_restart(rule: str, workstation: Workstation) -> None:
    workstation.endpoint.script("ROOMS", mkdir("one"), mkdir("two"), "Two rooms.")
    workstation.endpoint.script("CELLAR", mkdir("cellar"), "A cellar.")
    heard = await workstation.start()
    approval = await asked(heard, "ROOMS")
    await heard.run.answer(approval.tool_use_id, Decision(allowed=True, rule=rule))
    await heard.until(TurnEnded)
    await heard.close()
    assert local_rules(workstation) == [rule]

    other = await workstation.start()
    await other.turn("CELLAR")
    assert (workstation.workspace / "cellar").is_dir()
    assert len(heard.all(ApprovalRequested)) + len(other.all(ApprovalRequested)) == 1


async def test_a_file_tool_suggests_its_folder_and_parentheses_survive(workstation: Workstation) -> None:
    folder = workstation.workspace / "a (b)"
    folder.mkdir()

    def write(name: str) -> Answer:
        return Answer([Use("Write", {"file_path": str(folder / name), "content": "x"})])

    workstation.endpoint.script("LETTERS", write("a.txt"), write("b.txt"), "Written.")
    heard = await workstation.start()
    approval = await asked(heard, "LETTERS")
    (suggestion,) = approval.suggestions
    assert suggestion.rule == f"Edit(/{str(folder).replace('(', chr(92) + '(').replace(')', chr(92) + ')')}/**)"
    await heard.run.answer(approval.tool_use_id, Decision(allowed=True, rule=suggestion.rule))
    await heard.until(TurnEnded)
    assert sorted(path.name for path in folder.iterdir()) == ["a.txt", "b.txt"]
    assert len(heard.all(ApprovalRequested)) == 1
    assert local_rules(workstation) == [suggestion.rule]


async def test_a_question_is_answered_by_its_text(workstation: Workstation) -> None:
    options = [{"label": "Red", "description": "Warm"}, {"label": "Blue", "description": "Cold"}]
    question = {"question": "Which colours?", "header": "Colours", "multiSelect": True, "options": options}
    workstation.endpoint.script("PAINT", Answer([Use("AskUserQuestion", {"questions": [question]})]), "Painted.")
    heard = await workstation.start()
    approval = await asked(heard, "PAINT")
    assert approval.kind == "question"
    assert [(q.question, q.multi_select, len(q.options)) for q in approval.questions] == [("Which colours?", True, 2)]
    await heard.run.answer(approval.tool_use_id, Decision(allowed=True, answers={"Which colours?": ["Red", "Blue"]}))
    await heard.until(TurnEnded)
    assert '"Which colours?"="Red, Blue"' in results(heard)[0].output


async def plan(station: Workstation, heard: Heard, word: str) -> Approval:
    """Lead the agent to a plan, which it writes into a file that the command chooses."""
    await heard.turn(f"{word}-FIRST")
    request = json.dumps(station.endpoint.asked(f"{word}-FIRST")[-1])
    start = request.index(str(station.home / ".claude/plans/"))
    path = request[start : request.index(".md", start) + 3]
    station.endpoint.script(
        f"{word}-PLAN",
        Answer([Use("Write", {"file_path": path, "content": "# Build a hut"})]),
        Answer([Use("ExitPlanMode", {})]),
        "It is planned.",
    )
    return await asked(heard, f"{word}-PLAN")


async def test_an_approved_plan_goes_on_in_the_mode_that_was_chosen(workstation: Workstation) -> None:
    heard = await workstation.start(permission_mode="plan")
    approval = await plan(workstation, heard, "HUT")
    assert (approval.kind, approval.input["plan"]) == ("plan", "# Build a hut")
    await heard.run.answer(approval.tool_use_id, Decision(allowed=True, target_mode="acceptEdits"))
    assert (await heard.until(TurnEnded, 2)).outcome == "completed"
    assert heard.all(ModeChanged)[-1].mode == "acceptEdits"
    assert "approved your plan" in results(heard)[-1].output


async def test_a_plan_can_be_carried_out_in_an_empty_conversation(workstation: Workstation) -> None:
    workstation.endpoint.script("Implement the following plan", "It stands.")
    heard = await workstation.start(permission_mode="plan")
    approval = await plan(workstation, heard, "TOWER")
    decision = Decision(allowed=True, clear_context=True, target_mode="acceptEdits")
    await heard.run.answer(approval.tool_use_id, decision)
    assert (await heard.until(TurnEnded, 2)).outcome == "completed"
    redirected = heard.all(Redirected)[-1]
    (request,) = workstation.endpoint.asked("Implement the following plan")
    assert "Implement the following plan:\n\n# Build a hut" in newest_prompt(request["messages"])[0]
    assert "TOWER" not in json.dumps(request["messages"])
    assert heard.all(ModeChanged)[-1].mode == "acceptEdits"
    await heard.close()
    assert len(workstation.transcript(redirected.session_id)) == 3


async def test_an_interrupt_leaves_nothing_pending(workstation: Workstation) -> None:
    workstation.endpoint.script("BRIDGE", mkdir("bridge"), "Never said.")
    heard = await workstation.start()
    approval = await asked(heard, "BRIDGE")
    await heard.run.interrupt()
    assert (await heard.until(TurnEnded)).outcome == "interrupted"
    assert [gone.tool_use_id for gone in heard.all(ApprovalWithdrawn)] == [approval.tool_use_id]
    with pytest.raises(ProviderError, match="no longer waits"):
        await heard.run.answer(approval.tool_use_id, ALLOW)
    await heard.run.interrupt()  # nothing runs: nothing happens
    assert (await heard.turn("And now?")).outcome == "completed"


async def test_a_subagent_asks_in_its_own_name(workstation: Workstation) -> None:
    task = {"description": "Dig", "prompt": "SPADE", "subagent_type": "general-purpose"}
    workstation.endpoint.script("SPADE", mkdir("hole"), "Dug.")
    workstation.endpoint.script("GARDEN", Answer([Text("Go."), Use("Task", task)]), "It is dug.")
    heard = await workstation.start()
    approval = await asked(heard, "GARDEN")
    assert approval.subagent_id == heard.all(SubagentStarted)[0].subagent_id
    await heard.run.answer(approval.tool_use_id, ALLOW)
    await heard.until_true(lambda: (workstation.workspace / "hole").is_dir())


async def test_bypass_is_possible_only_where_it_is_allowed(workstation: Workstation) -> None:
    workstation.endpoint.script("RUSH", mkdir("rush"), "Done.")
    with pytest.raises(ProviderError, match="ALLOW_BYPASS_PERMISSIONS"):
        await workstation.start(permission_mode="bypassPermissions")
    careful = await workstation.start()
    with pytest.raises(ProviderError, match="ALLOW_BYPASS_PERMISSIONS"):
        await careful.run.set_mode("bypassPermissions")
    workstation.environment["IS_SANDBOX"] = "1"  # without it `claude` refuses when it is root, as in some test machines
    bold = await workstation.start(allow_bypass=True)
    await bold.run.set_mode("bypassPermissions")
    await bold.turn("RUSH")
    assert bold.all(ModeChanged)[-1].mode == "bypassPermissions"
    assert (workstation.workspace / "rush").is_dir()
    assert not bold.all(ApprovalRequested)


async def test_what_is_allowed_at_the_start_is_not_asked_for(workstation: Workstation) -> None:
    session = str(uuid.uuid4())
    workstation.endpoint.script("PATH", mkdir("path"), "Paved.")
    heard = await workstation.start(session, allowed_tools=("Bash(mkdir:*)",))
    await heard.turn("PATH")
    assert (workstation.workspace / "path").is_dir()
    assert not heard.all(ApprovalRequested)


async def test_a_rule_allows_no_more_than_it_says_whatever_is_in_it(workstation: Workstation) -> None:
    """Once a `)` in a rule ended it for the command line, and the next word allowed a whole tool."""
    rules = (r"Bash(mkdir \"\)\" Bash #\()", r"Bash(mkdir 'a, Bash \(b\)')", "no rule Bash", "Bash(mkdir nest)")
    workstation.endpoint.script(
        "NESTS",
        Answer([Use("Bash", {"command": "mkdir 'a, Bash (b)'", "description": "Make one"})]),
        mkdir("nest"),
        mkdir("other"),
        "Nests.",
    )
    heard = await workstation.start(allowed_tools=rules)
    await heard.run.set_effort("low")  # another setting of the same kind, which must not replace the rules
    approval = await asked(heard, "NESTS")
    assert approval.input["command"] == "mkdir other"
    assert sorted(path.name for path in workstation.workspace.iterdir() if path.name[0] != ".") == [
        "a, Bash (b)",
        "nest",
    ]
