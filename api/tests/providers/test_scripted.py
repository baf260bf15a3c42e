import asyncio

import pytest

from hatchpod_api.errors import ProviderError
from hatchpod_api.messages.transcript import AssistantMessage, TextPart
from hatchpod_api.providers.base import (
    ApprovalRequested,
    Decision,
    Delta,
    Event,
    ProviderPrompt,
    Run,
    Said,
    StartOptions,
    TurnEnded,
    TurnStarted,
)
from hatchpod_api.providers.scripted import ScriptedProvider
from hatchpod_api.providers.scripted_scenarios import SCENARIOS

pytestmark = pytest.mark.anyio

OPTIONS = StartOptions(session_id="00000000-0000-4000-8000-000000000001", cwd="/")
REQUIRED = {
    "error", "tool-approval", "tool-approval-multi", "multi-turn", "slow", "slash-commands", "remap", "subagent",
    "subagent-slow", "compacting", "thinking", "model-changed", "rate-limit",
}  # fmt: skip


async def play(run: Run, *prompts: str) -> list[Event]:
    """Everything up to the end of the last prompt's turn; whatever is asked is allowed."""
    events: list[Event] = []
    left = list(prompts)
    await run.prompt(ProviderPrompt(text=left.pop(0)))
    async with asyncio.timeout(60):
        async for event in run.events():
            events.append(event)
            if isinstance(event, ApprovalRequested):
                await run.answer(event.approval.tool_use_id, Decision(allowed=True))
            if isinstance(event, TurnEnded):
                if not left:
                    break
                await asyncio.sleep(0)
                await run.prompt(ProviderPrompt(text=left.pop(0)))
    await run.close()
    return events


def test_the_required_scenarios_are_there() -> None:
    assert set(SCENARIOS) >= REQUIRED


@pytest.mark.parametrize("tag", sorted(set(SCENARIOS) - {"deaf", "crash", "remap"}))
async def test_every_scenario_plays_the_same_each_time_and_ends_its_turn(tag: str) -> None:
    first = await play(await ScriptedProvider().start(OPTIONS), f"[{tag} 5] text")
    second = await play(await ScriptedProvider().start(OPTIONS), f"[{tag} 5] text")
    assert first == second
    assert sum(isinstance(event, TurnStarted) for event in first) == 1
    grown = {event.key for event in first if isinstance(event, Delta)}
    assert grown <= {event.key for event in first if isinstance(event, Said)}


async def test_without_a_tag_it_echoes() -> None:
    events = await play(await ScriptedProvider().start(OPTIONS), "Hello [there]", "[unknown] x")
    messages = [event.message for event in events if isinstance(event, Said)]
    said = [message.parts for message in messages if isinstance(message, AssistantMessage)]
    assert said == [[TextPart(text="Echo: Hello [there]")], [TextPart(text="Echo: x")]]


async def test_keys_never_repeat_even_in_another_run_of_the_session() -> None:
    provider = ScriptedProvider()
    keys = []
    for _ in range(2):
        events = await play(await provider.start(OPTIONS), "one", "two")
        keys += [event.key for event in events if isinstance(event, Said)]
    assert len(set(keys)) == len(keys)


async def test_a_crash_ends_the_events_with_an_error() -> None:
    run = await ScriptedProvider().start(OPTIONS)
    with pytest.raises(ProviderError, match="crashed"):
        await play(run, "[crash]")
    await run.close()
    with pytest.raises(ProviderError):
        await run.prompt(ProviderPrompt(text="late"))


async def test_an_interrupt_ends_the_turn_and_what_it_asked() -> None:
    run = await ScriptedProvider().start(OPTIONS)
    await run.interrupt()  # nothing runs
    await run.prompt(ProviderPrompt(text="[tool-approval]"))
    asked = ""
    async with asyncio.timeout(30):
        async for event in run.events():
            if isinstance(event, ApprovalRequested):
                asked = event.approval.tool_use_id
                await run.interrupt()
            if isinstance(event, TurnEnded):
                assert event.outcome == "interrupted"
                break
    with pytest.raises(ProviderError):
        await run.answer(asked, Decision(allowed=True))
    await run.close()
    await run.close()
