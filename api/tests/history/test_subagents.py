"""What subagents did, as their own transcripts beside the session's tell it."""

from pathlib import Path

import pytest

from hatchpod_api.history.subagents import MAX_CALLS, find
from hatchpod_api.messages.frames import SubagentCompleted, SubagentStarted, SubagentToolCall
from standins.entries import Entries, keep_subagent, use


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return tmp_path / "-shop" / "44444444-4444-4444-8444-444444444444.jsonl"


def test_a_subagent_is_told_as_its_stream_told_it(session: Path) -> None:
    make = Entries()
    keep_subagent(session, make.user("Another"), task="other")
    keep_subagent(
        session,
        make.user("Find the tests"),
        make.assistant("I look.", use("t1", "Grep", pattern="def test_"), id="m1"),
        make.result("t1", "three"),
        make.assistant(use("t2", "Read", file_path="a.py"), id="m2"),
        make.assistant("There are three.", id="m3"),
        task="task",
    )
    assert find(session, "task") == [
        SubagentStarted(
            subagent_id="task",
            description="Look around",
            agent_type="Explore",
            prompt="Find the tests",
            started_at="2026-11-23T10:00:01.000Z",
        ),
        SubagentToolCall(subagent_id="task", tool_use_id="t1", tool_name="Grep", input={"pattern": "def test_"}),
        SubagentToolCall(subagent_id="task", tool_use_id="t2", tool_name="Read", input={"file_path": "a.py"}),
        SubagentCompleted(subagent_id="task", tool_uses=2),
    ]


def test_of_very_many_calls_the_newest_are_told(session: Path) -> None:
    make = Entries()
    uses = [make.assistant(use(f"t{number}", "Read"), id=f"m{number}") for number in range(MAX_CALLS + 5)]
    keep_subagent(session, *uses, task="task", finished=False)
    told = find(session, "task") or []
    assert next(frame.tool_use_id for frame in told if isinstance(frame, SubagentToolCall)) == "t5"
    assert told[-1] == SubagentCompleted(subagent_id="task", is_error=True, tool_uses=MAX_CALLS + 5)


@pytest.mark.parametrize("content", ["", "[]", '{"toolUseId": 5}', '{"toolUseId": "task"', "\ud800"])
def test_what_cannot_be_read_is_passed_over(session: Path, content: str) -> None:
    keep_subagent(session, Entries().user("Hello"), task="task")
    bad = session.with_suffix("") / "subagents" / "agent-0.meta.json"
    bad.write_text(content, errors="surrogatepass")
    assert len(find(session, "task") or []) == 2
    (bad.parent / "agent-task.jsonl").unlink()
    assert find(session, "task") is None
    assert find(session.with_name("none.jsonl"), "task") is None
