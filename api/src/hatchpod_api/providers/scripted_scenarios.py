"""The scenarios of the scripted provider, by the tag that a prompt begins with. A number may follow: `[long 200]`."""

import re
from collections.abc import Awaitable, Callable

from hatchpod_api.errors import ProviderError
from hatchpod_api.messages.frames import (
    Compacting,
    ContextUsage,
    ModelChanged,
    RateLimit,
    SlashCommand,
    SlashCommands,
    SubagentCompleted,
    SubagentStarted,
    SubagentToolCall,
    Tasks,
    ToolProgress,
)
from hatchpod_api.messages.transcript import (
    CompactBoundary,
    ReasoningPart,
    SystemMessage,
    Task,
    TextPart,
    ToolUsePart,
)
from hatchpod_api.providers.base import ProviderPrompt, Redirected, Said
from hatchpod_api.providers.scripted_asking import (
    plan,
    question,
    tool_approval,
    tool_approval_both,
    tool_approval_multi,
)
from hatchpod_api.providers.scripted_stage import Stage

# What a scenario ends with: nothing, the text of an error, or the end of the whole run.
Ending = str | ProviderError | None
Scenario = Callable[[Stage, ProviderPrompt], Awaitable[Ending]]

REMAPPED = "5c1f7ed0-0000-4000-8000-{:012x}"

_TAG = re.compile(r"\s*\[([a-z-]+)(?: (\d{1,6}))?\] ?")


def tag_of(text: str) -> str | None:
    match = _TAG.match(text)
    return match[1] if match else None


def count_of(text: str, default: int) -> int:
    match = _TAG.match(text)
    return int(match[2]) if match and match[2] else default


async def echo(stage: Stage, prompt: ProviderPrompt) -> Ending:
    names = "".join(f" [{attachment.name}]" for attachment in prompt.attachments)
    tag = _TAG.match(prompt.text)
    await stage.text(f"Echo: {prompt.text[tag.end() if tag else 0 :]}{names}")
    return None


async def error(stage: Stage, _: ProviderPrompt) -> Ending:
    await stage.text("This will fail.")
    return "The scripted error happened."


async def crash(stage: Stage, _: ProviderPrompt) -> Ending:
    await stage.grow(stage.key("assistant"), "These words are never finished")
    return ProviderError("the scripted agent crashed; send a prompt to start it again")


async def multi_turn(stage: Stage, _: ProviderPrompt) -> Ending:
    await stage.text(f"This is turn {stage.turn}.")
    return None


async def slow(stage: Stage, prompt: ProviderPrompt) -> Ending:
    key, steps = stage.key("assistant"), count_of(prompt.text, 40)
    for step in range(steps):
        await stage.grow(key, f"step {step} ")
        await stage.pause()
    await stage.say(TextPart(text="".join(f"step {step} " for step in range(steps))), key=key)
    return None


async def slash_commands(stage: Stage, prompt: ProviderPrompt) -> Ending:
    commands = [
        SlashCommand(name="deploy", description="Deploy it", argument_hint="<where>"),
        SlashCommand(name="lint"),
    ]
    await stage.tell(SlashCommands(commands=commands))
    return await echo(stage, prompt)


async def remap(stage: Stage, prompt: ProviderPrompt) -> Ending:
    await stage.tell(Redirected(session_id=_another_id(stage)))
    return await echo(stage, prompt)


async def clear(stage: Stage, prompt: ProviderPrompt) -> Ending:
    """As Claude Code's `/clear` does."""
    await stage.tell(Redirected(session_id=_another_id(stage), begins_anew=True))
    return await echo(stage, prompt)


def _another_id(stage: Stage) -> str:
    return REMAPPED.format(int(stage.options.session_id[-12:], 16))


async def subagent(stage: Stage, _: ProviderPrompt) -> Ending:
    await _subagent(stage, pauses=0)
    return None


async def subagent_slow(stage: Stage, _: ProviderPrompt) -> Ending:
    await _subagent(stage, pauses=20)
    return None


async def _subagent(stage: Stage, pauses: int) -> None:
    use = stage.key("tool")
    await stage.say(ToolUsePart(tool_use_id=use, tool_name="Task", input={"description": "Look around"}))
    await stage.tell(SubagentStarted(subagent_id=use, description="Look around", agent_type="Explore"))
    for step, name in enumerate(("Glob", "Grep", "Read")):
        call = f"{use}-{step}"
        await stage.tell(SubagentToolCall(subagent_id=use, tool_use_id=call, tool_name=name, input={"pattern": "test"}))
        await stage.tell(ToolProgress(tool_use_id=call, tool_name=name, elapsed_seconds=1.0, subagent_id=use))
        await stage.pause(pauses)
    await stage.tell(SubagentCompleted(subagent_id=use, summary="Found 3 tests", total_tokens=1200, tool_uses=3))
    await stage.result(use, "Found 3 tests")
    await stage.text("The subagent found 3 tests.")


async def compacting(stage: Stage, prompt: ProviderPrompt) -> Ending:
    await stage.tell(ContextUsage(used=180_000, total=200_000, percent=90.0))
    await stage.tell(Compacting(active=True))
    await stage.pause()
    await stage.tell(Compacting(active=False))
    boundary = SystemMessage(index=0, event=CompactBoundary(trigger="auto", tokens_before=180_000))
    await stage.tell(Said(key=stage.key("compact"), message=boundary))
    await stage.tell(ContextUsage(used=20_000, total=200_000, percent=10.0))
    return await echo(stage, prompt)


async def thinking(stage: Stage, _: ProviderPrompt) -> Ending:
    key, thought, answer = stage.key("assistant"), "Let me think about that.", "I have thought about it."
    for word in thought.split():
        await stage.think(key, f"{word} ")
    for word in answer.split():
        await stage.grow(key, f"{word} ", part=1)
    await stage.say(ReasoningPart(text=f"{thought} "), TextPart(text=f"{answer} "), key=key)
    return None


async def model_changed(stage: Stage, prompt: ProviderPrompt) -> Ending:
    await stage.tell(ModelChanged(model="scripted-2"))
    return await echo(stage, prompt)


async def rate_limit(stage: Stage, _: ProviderPrompt) -> Ending:
    resets = "2030-01-01T00:00:00.000Z"
    await stage.tell(RateLimit(status="allowed_warning", kind="five_hour", utilization=0.9, resets_at=resets))
    await stage.tell(RateLimit(status="rejected", kind="five_hour", utilization=1.0, resets_at=resets))
    return "The rate limit is reached until 2030-01-01T00:00:00.000Z."


async def tasks(stage: Stage, prompt: ProviderPrompt) -> Ending:
    names = ("Read the code", "Write the test", "Make it pass")
    for done in range(len(names) + 1):
        items = [
            Task(
                id=str(number),
                content=name,
                status="completed" if number < done else "in_progress" if number == done else "pending",
            )
            for number, name in enumerate(names)
        ]
        await stage.tell(Tasks(tasks=items))
        await stage.pause(count_of(prompt.text, 1))
    return await echo(stage, prompt)


async def background(stage: Stage, prompt: ProviderPrompt) -> Ending:
    await stage.go_on_beside(stage.pause(count_of(prompt.text, 20)))
    return await echo(stage, prompt)


async def long(stage: Stage, prompt: ProviderPrompt) -> Ending:
    for number in range(count_of(prompt.text, 100)):
        await stage.say(TextPart(text=f"message {number}"))
    return None


async def burst(stage: Stage, prompt: ProviderPrompt) -> Ending:
    key, count = stage.key("assistant"), count_of(prompt.text, 1000)
    for number in range(count):
        await stage.grow(key, f"{number} ")
    await stage.say(TextPart(text="".join(f"{number} " for number in range(count))), key=key)
    return None


async def tool(stage: Stage, prompt: ProviderPrompt) -> Ending:
    await stage.tool("Read", "contents of the file", file_path="README.md")
    return await echo(stage, prompt)


async def deaf(stage: Stage, _: ProviderPrompt) -> Ending:
    """Waits for a very long time."""
    await stage.pause(1_000_000)
    return None


SCENARIOS: dict[str, Scenario] = {
    scenario.__name__.replace("_", "-"): scenario
    for scenario in (
        background, burst, clear, compacting, crash, deaf, error, long, model_changed, multi_turn, plan, question,
        rate_limit, remap, slash_commands, slow, subagent, subagent_slow, tasks, thinking, tool, tool_approval,
        tool_approval_both, tool_approval_multi,
    )
}  # fmt: skip
