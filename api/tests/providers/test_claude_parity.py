"""What is seen live is what the transcript says afterwards, message by message and index by index.

The `claude` command is the real one; the Messages endpoint that it asks is a stand-in.
"""

import threading
import uuid
from collections.abc import Awaitable, Callable

import pytest

from hatchpod_api.history.subagents import find
from hatchpod_api.messages.frames import Compacting, SubagentCompleted, SubagentToolCall, Tasks
from hatchpod_api.messages.transcript import AssistantMessage, CompactBoundary, ErrorPart, StatusNote, SystemMessage
from hatchpod_api.providers.base import BackgroundTasks, Delta, ProviderPrompt, TurnEnded
from standins.claude_runs import Heard, Workstation, endpoint, workstation
from standins.messages_endpoint import Answer, Text, Thinking, Use

pytestmark = pytest.mark.anyio

__all__ = ["endpoint", "workstation"]

Scenario = Callable[[Workstation, Heard], Awaitable[None]]


def bash(command: str, **more: object) -> Use:
    return Use("Bash", {"command": command, "description": "Run it", **more})


async def plain(station: Workstation, heard: Heard) -> None:
    assert (await heard.turn("Has it?")).outcome == "completed"


async def thinking(station: Workstation, heard: Heard) -> None:
    station.endpoint.script("PONDER", Answer([Thinking("An egg, hm."), Text("It has, as it seems.", pieces=5)]))
    await heard.turn("PONDER")
    kinds = {delta.kind: delta.part_index for delta in heard.all(Delta)}
    # Text is held until the transcript has what came before it, and does not grow any more once that has the text too.
    assert kinds in ({"thinking": 0}, {"thinking": 0, "text": 1})


async def tools(station: Workstation, heard: Heard) -> None:
    station.endpoint.script(
        "TOOLBOX",
        Answer([Text("Both."), bash("echo one"), bash("echo two")]),
        Answer([bash("echo three; exit 3")]),
        Answer([Text("All done, in the end.", pieces=4)]),
    )
    await heard.turn("TOOLBOX")


async def interrupted(station: Workstation, heard: Heard) -> None:
    gate = threading.Event()
    answer = Answer([Text("One two three four five six.", pieces=6)], gate=gate)
    station.endpoint.script("ENDLESS", answer)
    await heard.run.prompt(ProviderPrompt(text="ENDLESS"))
    await heard.until(Delta)
    await heard.run.interrupt()
    assert (await heard.until(TurnEnded)).outcome == "interrupted"
    gate.set()
    notes = [message.event for message in heard.messages() if isinstance(message, SystemMessage)]
    assert notes == [StatusNote(text="Interrupted")]


async def steered(station: Workstation, heard: Heard) -> None:
    gate = threading.Event()
    answer = Answer([Text("Let me look."), bash("echo looked")], gate=gate)
    station.endpoint.script("ERRAND", answer, "Both are done.")
    await heard.run.prompt(ProviderPrompt(text="ERRAND", client_id="first"))
    await heard.until(Delta)
    await heard.run.prompt(ProviderPrompt(text="And dust, please.", client_id="second"))
    gate.set()
    await heard.until(TurnEnded)
    said = [message for message in heard.conversation.newest(100) if getattr(message, "client_id", None)]
    assert [getattr(message, "client_id", None) for message in said] == ["first", "second"]
    assert len(heard.all(TurnEnded)) == 1


async def slash_command(station: Workstation, heard: Heard) -> None:
    await heard.turn("Has it?")
    await heard.turn("/context", client_id="mine")
    await heard.turn("/greet Bob")
    assert [getattr(message, "client_id", None) for message in heard.conversation.newest(100)].count("mine") == 1


async def compaction(station: Workstation, heard: Heard) -> None:
    await heard.turn("Has it?")
    await heard.turn("Really?")
    await heard.turn("/compact")
    await heard.turn("And now?")
    events = [message.event for message in heard.messages() if isinstance(message, SystemMessage)]
    assert [type(event) for event in events] == [CompactBoundary]
    assert [event.active for event in heard.all(Compacting)] == [True, False]


async def subagent(station: Workstation, heard: Heard) -> None:
    task = {"description": "Look", "prompt": "UNDERLING", "subagent_type": "general-purpose"}
    station.endpoint.script("UNDERLING", Answer([Text("I look."), bash("echo seen")]), "I have looked.")
    station.endpoint.script("DELEGATE", Answer([Use("Task", {**task, "run_in_background": False})]), "It has looked.")
    await heard.turn("DELEGATE")
    completed = await heard.until(SubagentCompleted)
    assert completed.is_error is False
    [path] = station.places.claude_projects.glob("*/*.jsonl")
    told = find(path, completed.subagent_id) or []
    assert [frame for frame in told if isinstance(frame, SubagentToolCall)] == heard.all(SubagentToolCall)
    assert told[-1] == SubagentCompleted(subagent_id=completed.subagent_id, tool_uses=completed.tool_uses)


async def background(station: Workstation, heard: Heard) -> None:
    waits = "until [ -e ../go ]; do read -t 0.1 < <(:); done; echo done"
    station.endpoint.script("LATER", Answer([bash(waits, run_in_background=True)]), "It runs.", "It is done.")
    await heard.turn("LATER")
    assert (await heard.until(BackgroundTasks)).count == 1
    (station.home / "go").touch()
    await heard.until(TurnEnded, 2)
    assert heard.all(BackgroundTasks)[-1].count == 0


async def failed(station: Workstation, heard: Heard) -> None:
    station.endpoint.script("OVERLOAD", Answer(status=529, error=("overloaded_error", "Overloaded")))
    assert (await heard.turn("OVERLOAD")).outcome == "error"
    last = heard.messages()[-1]
    assert isinstance(last, AssistantMessage)
    assert isinstance(last.parts[0], ErrorPart)


async def tasks(station: Workstation, heard: Heard) -> None:
    station.endpoint.script(
        "CHORES",
        Answer(
            [
                Use("TaskCreate", {"subject": "Sit", "description": "On it"}),
                Use("TaskCreate", {"subject": "Wait", "description": "-"}),
            ]
        ),
        Answer([Use("TaskUpdate", {"taskId": "1", "status": "completed"})]),
        "Two things.",
    )
    await heard.turn("CHORES")
    assert [(task.content, task.status) for task in heard.all(Tasks)[-1].tasks] == [
        ("Sit", "completed"),
        ("Wait", "pending"),
    ]


SCENARIOS: list[Scenario] = [
    *(plain, thinking, tools, interrupted, steered, slash_command),
    *(compaction, subagent, background, failed, tasks),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_live_messages_are_those_of_the_transcript(scenario: Scenario, workstation: Workstation) -> None:
    commands = workstation.workspace / ".claude/commands"
    commands.mkdir(parents=True)
    (commands / "greet.md").write_text("Say hello to $ARGUMENTS")
    session = str(uuid.uuid4())
    heard = await workstation.start(session, allowed_tools=("Bash",))
    await scenario(workstation, heard)
    live = heard.messages()
    await heard.close()
    assert live == workstation.transcript(session)
    assert [message.index for message in live] == list(range(len(live)))


@pytest.mark.parametrize("scenario", [tools, interrupted, tasks], ids=lambda scenario: scenario.__name__)
async def test_a_session_goes_on_where_it_was(scenario: Scenario, workstation: Workstation) -> None:
    session = str(uuid.uuid4())
    heard = await workstation.start(session, allowed_tools=("Bash",))
    await scenario(workstation, heard)
    live = heard.messages()
    await heard.close()
    workstation.endpoint.script("GO ON", Answer([Use("TaskUpdate", {"taskId": "2", "status": "completed"})]), "Yes.")
    again = await workstation.start(session, resume=session, allowed_tools=("Bash",))
    ended = await again.turn("GO ON")
    await again.close()
    assert again.messages() == workstation.transcript(session)
    assert again.messages()[: len(live)] == live
    assert ended.num_turns == 2
    before = heard.all(TurnEnded)[-1]
    assert before.tokens
    assert ended.tokens
    assert ended.tokens.output > before.tokens.output
    if scenario is tasks:
        assert [task.status for task in again.all(Tasks)[-1].tasks] == ["completed", "completed"]


async def test_a_fork_goes_on_from_a_copy(workstation: Workstation) -> None:
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    heard = await workstation.start(first)
    await heard.turn("Has it?")
    await heard.close()
    fork = await workstation.start(second, resume=first, fork=True)
    await fork.turn("And if not?")
    await fork.close()
    assert fork.messages() == workstation.transcript(second)
    assert len(fork.messages()) == 4
    assert len(workstation.transcript(first)) == 2
