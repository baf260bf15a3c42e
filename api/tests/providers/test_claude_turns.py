"""Turns of the real `claude`: what a prompt brings about, and everything that is told beside the messages."""

import json
import threading
from typing import Any

import pytest

from hatchpod_api.messages.frames import (
    ContextUsage,
    ModeChanged,
    ModelChanged,
    RateLimit,
    SlashCommands,
    SubagentCompleted,
    SubagentStarted,
    SubagentToolCall,
)
from hatchpod_api.messages.sessions import Attachment, TokenCounts
from hatchpod_api.messages.transcript import ImagePart, TextPart, UserMessage
from hatchpod_api.providers.base import (
    BackgroundTasks,
    Delta,
    ProviderPrompt,
    Redirected,
    Said,
    TurnEnded,
    TurnStarted,
)
from standins.claude_runs import Workstation, endpoint, workstation
from standins.messages_endpoint import Answer, Text, Use

pytestmark = pytest.mark.anyio

__all__ = ["endpoint", "workstation"]

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


async def test_a_turn_tells_its_beginning_its_text_its_end_and_what_it_cost(workstation: Workstation) -> None:
    usage = {
        "input_tokens": 100,
        "output_tokens": 20,
        "cache_read_input_tokens": 30,
        "cache_creation_input_tokens": 40,
    }
    workstation.endpoint.script("COUNT", Answer([Text("One, two, three.", pieces=4)], usage=usage))
    heard = await workstation.start()
    first = await heard.turn("COUNT", client_id="mine")
    order = [type(event) for event in heard.events if isinstance(event, TurnStarted | Said | Delta | TurnEnded)]
    assert order == [TurnStarted, Said, Delta, Delta, Delta, Delta, Said, TurnEnded]
    assert "".join(delta.text for delta in heard.all(Delta)) == "One, two, three."
    prompt = heard.all(Said)[0].message
    assert isinstance(prompt, UserMessage)
    assert prompt.client_id == "mine"
    assert (first.outcome, first.error, first.num_turns) == ("completed", None, 1)
    assert first.tokens == TokenCounts(input=100, output=20, cache_read=30, cache_write=40)
    second = await heard.turn("COUNT")
    assert second.tokens == TokenCounts(input=200, output=40, cache_read=60, cache_write=80)
    assert first.total_cost_usd
    assert second.total_cost_usd == pytest.approx(2 * first.total_cost_usd)
    context = await heard.until(ContextUsage)
    assert 0 < context.used < context.total
    assert 0 <= context.percent <= 100


async def test_a_prompt_into_a_turn_that_ends_begins_the_next_one(workstation: Workstation) -> None:
    gate = threading.Event()
    workstation.endpoint.script("FIRST THING", Answer([Text("Done with it.", pieces=4)], gate=gate))
    heard = await workstation.start()
    await heard.run.prompt(ProviderPrompt(text="FIRST THING"))
    await heard.until(Delta)
    await heard.run.prompt(ProviderPrompt(text="And the next."))
    gate.set()
    await heard.until(TurnEnded, 2)
    assert len(heard.all(TurnStarted)) == 2
    assert len(heard.messages()) == 4


async def test_pictures_are_sent_and_files_are_mentioned(workstation: Workstation) -> None:
    (workstation.workspace / "my notes.md").write_text("Eggs hatch after 21 days.")
    heard = await workstation.start()
    picture = Attachment(name="egg.png", media_type="image/png", data=PIXEL)
    await heard.turn("LOOK at these", attachments=(picture, Attachment(path="my notes.md")))
    (request,) = workstation.endpoint.asked("LOOK at these")
    said = json.dumps(request["messages"])
    assert PIXEL in said
    assert "Eggs hatch after 21 days." in said
    message = heard.messages()[0]
    assert isinstance(message, UserMessage)
    assert [type(part) for part in message.parts] == [ImagePart, TextPart]


def shape(request: dict[str, Any]) -> tuple[str, str | None]:
    return request["model"], (request.get("output_config") or {}).get("effort")


async def test_model_and_effort_change_while_it_runs(workstation: Workstation) -> None:
    heard = await workstation.start(model="claude-opus-5", effort="low")
    await heard.turn("SHAPE one")
    await heard.run.set_model("claude-sonnet-5")
    await heard.run.set_effort("high")
    await heard.turn("SHAPE two")
    assert [event.model for event in heard.all(ModelChanged)] == ["claude-sonnet-5"]
    assert [shape(request) for request in workstation.endpoint.asked("SHAPE")] == [
        ("claude-opus-5", "low"),
        ("claude-sonnet-5", "high"),
    ]


async def test_a_model_that_a_command_chose_is_told(workstation: Workstation) -> None:
    heard = await workstation.start()
    await heard.turn("Has it?")
    await heard.turn("/model claude-sonnet-5")
    await heard.turn("Has it now?")
    assert [event.model for event in heard.all(ModelChanged)] == ["claude-sonnet-5"]


async def test_the_mode_changes_while_it_runs(workstation: Workstation) -> None:
    heard = await workstation.start()
    await heard.run.set_mode("plan")
    await heard.run.set_mode("acceptEdits")
    await heard.until(ModeChanged, 2)
    assert [event.mode for event in heard.all(ModeChanged)] == ["plan", "acceptEdits"]


async def test_commands_and_hooks_of_the_workspace_apply(workstation: Workstation) -> None:
    settings = workstation.workspace / ".claude"
    (settings / "commands").mkdir(parents=True)
    (settings / "commands/greet.md").write_text(
        "---\ndescription: Greets somebody\nargument-hint: name\n---\nSay HELLO to $ARGUMENTS"
    )
    hook = {"hooks": [{"type": "command", "command": "touch hooked"}]}
    (settings / "settings.json").write_text(json.dumps({"hooks": {"UserPromptSubmit": [hook]}}))
    heard = await workstation.start()
    offered = {command.name: command for command in (await heard.until(SlashCommands)).commands}
    assert (offered["greet"].description or "").startswith("Greets somebody")
    assert offered["greet"].argument_hint == "name"
    assert "compact" in offered
    await heard.turn("/greet Bob")
    assert workstation.endpoint.asked("Say HELLO to Bob")
    assert (workstation.workspace / "hooked").exists()


async def test_rate_limits_of_a_subscription_are_told(workstation: Workstation) -> None:
    limits = {
        "status": "allowed_warning",
        "reset": "1800000000",
        "representative-claim": "five_hour",
        "5h-utilization": "0.93",
        "5h-reset": "1800000000",
        "5h-surpassed-threshold": "0.9",
    }
    headers = {f"anthropic-ratelimit-unified-{name}": value for name, value in limits.items()}
    workstation.endpoint.script("SCARCE", Answer([Text("Soon.")], headers=headers))
    del workstation.environment["ANTHROPIC_API_KEY"]
    workstation.environment["CLAUDE_CODE_OAUTH_TOKEN"] = "sk-ant-oat01-test"
    heard = await workstation.start()
    await heard.turn("SCARCE")
    assert heard.all(RateLimit) == [
        RateLimit(status="allowed_warning", kind="five_hour", utilization=0.93, resets_at="2027-01-15T08:00:00.000Z")
    ]
    assert "sk-ant-oat01-test" in workstation.endpoint.tokens


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (401, "authentication_error", "log in to Claude again"),
        (429, "rate_limit_error", "wait until the limit resets"),
        (529, "overloaded_error", "send the prompt again in a moment"),
    ],
)
async def test_an_error_of_the_api_says_what_to_do(
    status: int, kind: str, advice: str, workstation: Workstation
) -> None:
    workstation.endpoint.script(f"FAIL{status}", Answer(status=status, error=(kind, "No.")))
    heard = await workstation.start()
    ended = await heard.turn(f"FAIL{status}")
    assert ended.outcome == "error"
    assert advice in (ended.error or "")
    assert (await heard.turn("Has it?")).outcome == "completed"


async def test_background_work_goes_on_after_the_turn_and_begins_one(workstation: Workstation) -> None:
    task = {"description": "Look around", "prompt": "SCOUT", "subagent_type": "general-purpose"}
    workstation.endpoint.script(
        "SCOUT", Answer([Use("Bash", {"command": "until [ -e go ]; do read -t 0.1 < <(:); done"})]), "Seen."
    )
    workstation.endpoint.script("CAPTAIN", Answer([Use("Task", task)]), "It is under way.", "It is back.")
    heard = await workstation.start(allowed_tools=("Bash",))
    await heard.turn("CAPTAIN")
    assert heard.all(BackgroundTasks)[-1].count == 1
    (started,) = heard.all(SubagentStarted)
    assert (started.description, started.agent_type, started.prompt) == ("Look around", "general-purpose", "SCOUT")
    (workstation.workspace / "go").touch()
    completed = await heard.until(SubagentCompleted)
    assert (completed.subagent_id, completed.is_error, completed.tool_uses) == (started.subagent_id, False, 1)
    assert heard.all(SubagentToolCall)[0].tool_name == "Bash"
    await heard.until(TurnEnded, 2)
    assert len(heard.all(TurnStarted)) == 2
    assert heard.all(BackgroundTasks)[-1].count == 0


async def test_clear_goes_on_under_another_id(workstation: Workstation) -> None:
    heard = await workstation.start()
    await heard.turn("Has it?")
    await heard.turn("/clear")
    redirected = heard.all(Redirected)
    assert len(redirected) == 1
    await heard.turn("AFRESH")
    await heard.close()
    said = [
        part for message in workstation.transcript(redirected[0].session_id) for part in getattr(message, "parts", [])
    ]
    assert said[0] == TextPart(text="/clear")
    assert said[1] == TextPart(text="AFRESH")
    assert "Has it?" not in json.dumps(workstation.endpoint.asked("AFRESH")[0]["messages"])
