"""Scenarios of the scripted provider in which the agent asks a person."""

import asyncio

from hatchpod_api.messages.frames import ModeChanged
from hatchpod_api.messages.sessions import Approval, Question, QuestionOption, Suggestion
from hatchpod_api.messages.transcript import ToolUsePart
from hatchpod_api.providers.base import ProviderPrompt
from hatchpod_api.providers.scripted_stage import Stage


async def tool_approval(stage: Stage, _: ProviderPrompt) -> None:
    await _approved_tool(stage, "Bash", {"command": "touch approved.txt"})


async def tool_approval_multi(stage: Stage, _: ProviderPrompt) -> None:
    for name, arguments in (("Bash", {"command": "npm test"}), ("Write", {"file_path": "a.txt", "content": "a"})):
        if not await _approved_tool(stage, name, arguments):
            break


async def tool_approval_both(stage: Stage, _: ProviderPrompt) -> None:
    """Asks for two uses of tools at once."""
    await asyncio.gather(
        _approved_tool(stage, "Bash", {"command": "npm test"}),
        _approved_tool(stage, "Write", {"file_path": "a.txt", "content": "a"}),
    )


async def _approved_tool(stage: Stage, name: str, arguments: dict[str, str]) -> bool:
    use = stage.key("tool")
    await stage.say(ToolUsePart(tool_use_id=use, tool_name=name, input=dict(arguments)))
    rule = f"{name}({next(iter(arguments.values()))})"
    decision = await stage.ask(
        Approval(
            tool_use_id=use,
            tool_name=name,
            input=dict(arguments),
            title=f"Use {name}",
            suggestions=[Suggestion(rule=rule, label=f"Always allow {rule}")],
        )
    )
    used = decision.updated_input or arguments
    if decision.allowed:
        await stage.result(use, f"Did {name} with {used}")
        await stage.text(f"{name} was allowed.")
    else:
        await stage.result(use, decision.message or "Denied", is_error=True)
        await stage.text(f"{name} was denied.")
    return decision.allowed


async def question(stage: Stage, _: ProviderPrompt) -> None:
    asked = Question(
        question="Which colour?",
        header="Colour",
        options=[QuestionOption(label="Red", description="like fire"), QuestionOption(label="Blue")],
    )
    use = stage.key("tool")
    await stage.say(ToolUsePart(tool_use_id=use, tool_name="AskUserQuestion", input={"questions": [asked.question]}))
    approval = Approval(
        tool_use_id=use, tool_name="AskUserQuestion", input={}, kind="question", title="Colour", questions=[asked]
    )
    decision = await stage.ask(approval)
    await stage.result(use, str(decision.answers or decision.message or "no answer"), is_error=not decision.allowed)
    await stage.text(f"You said {(decision.answers or {}).get(asked.question, 'nothing')}.")


async def plan(stage: Stage, _: ProviderPrompt) -> None:
    use, steps = stage.key("tool"), {"plan": "1. Read\n2. Write\n3. Test"}
    await stage.tell(ModeChanged(mode="plan"))
    await stage.say(ToolUsePart(tool_use_id=use, tool_name="ExitPlanMode", input=dict(steps)))
    decision = await stage.ask(
        Approval(tool_use_id=use, tool_name="ExitPlanMode", input=dict(steps), kind="plan", title="A plan")
    )
    if decision.allowed:
        await stage.tell(ModeChanged(mode=decision.target_mode or "default"))
    await stage.result(use, "Approved" if decision.allowed else decision.message or "No", is_error=not decision.allowed)
    await stage.text("The plan is carried out." if decision.allowed else "The plan is changed.")
