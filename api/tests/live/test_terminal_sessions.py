"""Sessions that somebody runs with `claude` in a terminal: they appear, are followed live, and can be taken over."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from tests.live.desk import Desk, bash, held, let_go, said, texts
from tests.live.stack import DEADLINE

from hatchpod_api.providers.claude.command import executable
from standins.claude_runs import claude_environment
from standins.messages_endpoint import Answer, Text


@contextmanager
def typed(desk: Desk, session: str, prompt: str, option: str = "--session-id") -> Iterator[subprocess.Popen[bytes]]:
    """`claude -p` as somebody types it in a shell of the workstation."""
    environment = claude_environment(desk.endpoint, desk.stack.home)
    command = [executable(environment), "-p", prompt, option, session, "--allowedTools", "Bash"]
    with subprocess.Popen(
        command, env=environment, cwd=desk.cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_appears_live_and_is_taken_over_by_a_prompt(desk: Desk) -> None:
    session = str(uuid.uuid4())
    answer = Answer([Text("It was seen.", pieces=6)], gate=held().gate)
    desk.endpoint.script("LOOK", bash("echo seen"), answer)
    with typed(desk, session, "LOOK around") as process:
        desk.stack.wait(lambda: listed(desk, session), "the session is listed while it runs")
        with desk.open(session) as viewer:
            desk.stack.wait(lambda: len(desk.endpoint.asked("LOOK")) == 2, "the tool has run")
            let_go(answer)
            viewer.until("status", source="cli")
            while "It was seen." not in texts(viewer):
                viewer.until("message")
            assert texts(viewer)[0] == "LOOK around"
            assert process.wait(DEADLINE) == 0
            viewer.send("prompt", text="GO ON", clientId="mine")
            viewer.until("message")
            viewer.until("status", status="completed")
            assert list(said(viewer)) == list(range(len(said(viewer))))
            assert viewer.frames[-1]["source"] == "web"
    assert "LOOK around" in json.dumps(desk.endpoint.asked("GO ON")[-1])
    assert desk.detail(session)["id"] == session


def test_a_terminal_and_a_client_take_turns_and_neither_misses_what_the_other_said(desk: Desk) -> None:
    with desk.begin("FIRST, here") as (session, viewer):
        viewer.until("status", status="completed")
        with typed(desk, session, "SECOND, typed", "--resume") as process:
            assert process.wait(DEADLINE) == 0
        viewer.until("status", source="cli")
        viewer.send("prompt", text="THIRD, here", clientId="mine")
        while "THIRD, here" not in texts(viewer):
            viewer.until("message")
        viewer.until("status", status="completed", source="web")
        assert "SECOND, typed" in json.dumps(desk.endpoint.asked("THIRD")[-1])
        stored = desk.stack.get(f"/api/sessions/{session}/messages?limit=100").json()["messages"]
        assert [message["index"] for message in stored] == sorted(said(viewer))
        prompts = [text for text in texts(viewer) if ", " in text]
        assert prompts == ["FIRST, here", "SECOND, typed", "THIRD, here"]
        assert desk.detail(session)["totalMessages"] == len(stored)


def test_a_transcript_that_is_deleted_while_it_is_followed_harms_nothing(desk: Desk) -> None:
    session = str(uuid.uuid4())
    with typed(desk, session, "Has it?") as process:
        assert process.wait(DEADLINE) == 0
    (transcript,) = (desk.stack.home / ".claude/projects").glob(f"*/{session}.jsonl")
    with desk.open(session) as viewer:
        assert texts(viewer) == ["Has it?", "The egg has hatched."]
        transcript.unlink()
        viewer.send("ping")
        viewer.until("pong")
        viewer.send("prompt", text="GO ON", clientId="mine")
        refusal = viewer.until("error", clientId="mine")
        assert refusal["code"] == "transcript_gone"
        assert "start a new session" in refusal["error"]
        assert not desk.endpoint.asked("GO ON")
        with desk.begin("And now?") as (_, other):  # the same process serves others as before
            other.until("status", status="completed")
        viewer.send("ping")
        viewer.until("pong")


def listed(desk: Desk, session: str) -> bool:
    return session in {item["id"] for item in desk.stack.get("/api/sessions").json()}
