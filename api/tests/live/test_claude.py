"""The main paths once more with the real `claude` through both processes; only the Messages API is a stand-in."""

import json

import pytest
from tests.live.desk import Desk, bash, held, let_go, results, said, texts

from standins.messages_endpoint import Answer, Text, Use


def test_text_streams_and_a_tool_runs_with_the_input_that_was_allowed(desk: Desk) -> None:
    use = Use("Bash", {"command": "mkdir nest", "description": "Make it"})
    answer = Answer([Text("I will build it.", pieces=4), use], gate=held().gate)
    desk.endpoint.script("NEST", answer, "Built.")
    with desk.begin("NEST") as (session, viewer), desk.open(session) as other:
        grown = viewer.until("text_delta")["text"]
        let_go(answer)
        approval = viewer.until("tool_approval_request")
        assert "I will build it.".startswith(grown)
        assert (approval["toolName"], approval["input"]["command"]) == ("Bash", "mkdir nest")
        assert desk.detail(session)["pendingApproval"]["toolUseId"] == approval["toolUseId"]
        viewer.send("approve", toolUseId=approval["toolUseId"], updatedInput={"command": "mkdir hut"})
        viewer.until("status", status="completed")
        other.until("status", status="completed")
        assert (desk.cwd / "hut").is_dir()
        assert not (desk.cwd / "nest").exists()
        assert texts(viewer) == ["NEST", "I will build it.", "Built."]
        page = desk.stack.get(f"/api/sessions/{session}/messages").json()
        assert [{**message, "clientId": None} for message in page["messages"]] == list(said(viewer).values())
        assert list(said(viewer)) == list(range(len(said(viewer))))
        other.send("approve", toolUseId=approval["toolUseId"])
        assert other.until("error")["code"]


def test_a_denial_is_told_to_the_agent_which_goes_on(desk: Desk) -> None:
    desk.endpoint.script("DITCH", bash("mkdir ditch"), "As you like.")
    with desk.begin("DITCH") as (_, viewer):
        viewer.send("deny", toolUseId=viewer.until("tool_approval_request")["toolUseId"], message="Dig elsewhere.")
        viewer.until("status", status="completed")
        assert "Dig elsewhere." in results(viewer)[0]["output"]
        assert results(viewer)[0]["isError"]
        assert texts(viewer)[-1] == "As you like."
    assert not (desk.cwd / "ditch").exists()


def test_always_is_the_rule_that_was_meant_also_in_a_later_session(desk: Desk) -> None:
    desk.endpoint.script("ROOMS", bash("mkdir one"), bash("mkdir two"), "Two rooms.")
    desk.endpoint.script("CELLAR", bash("mkdir cellar"), bash("touch cellar/wine"), "A cellar.")
    with desk.begin("ROOMS") as (_, viewer):
        approval = viewer.until("tool_approval_request")
        assert approval["suggestions"]
        viewer.send("approve", toolUseId=approval["toolUseId"], alwaysAllow={"rule": "Bash(mkdir:*)"})
        viewer.until("status", status="completed")
        assert sum(frame["type"] == "tool_approval_request" for frame in viewer.frames) == 1
    assert (desk.cwd / "two").is_dir()
    with desk.begin("CELLAR") as (_, viewer):
        approval = viewer.until("tool_approval_request")
        assert approval["input"]["command"] == "touch cellar/wine"
        assert (desk.cwd / "cellar").is_dir()
        viewer.send("deny", toolUseId=approval["toolUseId"], message="No wine.")
        viewer.until("status", status="completed")


def test_a_question_is_answered(desk: Desk) -> None:
    options = [{"label": "Red", "description": "Warm"}, {"label": "Blue", "description": "Cold"}]
    question = {"question": "Which colour?", "header": "Colour", "multiSelect": False, "options": options}
    desk.endpoint.script("PAINT", Answer([Use("AskUserQuestion", {"questions": [question]})]), "Painted.")
    with desk.begin("PAINT") as (_, viewer):
        approval = viewer.until("tool_approval_request")
        assert approval["kind"] == "question"
        assert [option["label"] for option in approval["questions"][0]["options"]] == ["Red", "Blue"]
        viewer.send("approve", toolUseId=approval["toolUseId"], answers={"Which colour?": "Red"})
        viewer.until("status", status="completed")
        assert '"Which colour?"="Red"' in results(viewer)[0]["output"]


def test_an_approved_plan_is_carried_out_in_the_mode_that_was_chosen(desk: Desk) -> None:
    with desk.begin("PLAN-FIRST", permissionMode="plan") as (session, viewer):
        viewer.until("status", status="completed")
        request = json.dumps(desk.endpoint.asked("PLAN-FIRST")[-1])
        start = request.index(str(desk.stack.home / ".claude/plans/"))
        file = request[start : request.index(".md", start) + 3]  # the command chooses it
        write = Use("Write", {"file_path": file, "content": "# Build a hut"})
        desk.endpoint.script("HUT", Answer([write]), Answer([Use("ExitPlanMode", {})]), "It stands.")
        viewer.send("prompt", text="HUT")
        approval = viewer.until("tool_approval_request")
        assert (approval["kind"], approval["input"]["plan"]) == ("plan", "# Build a hut")
        viewer.send("approve", toolUseId=approval["toolUseId"], targetMode="acceptEdits")
        viewer.until("mode_changed", mode="acceptEdits")
        viewer.until("status", status="completed")
        assert texts(viewer)[-1] == "It stands."
        assert desk.detail(session)["permissionMode"] == "acceptEdits"


def test_an_interrupt_leaves_no_dead_approval_for_those_who_come_late(desk: Desk) -> None:
    desk.endpoint.script("MOAT", bash("mkdir moat"), "Never said.")
    with desk.begin("MOAT") as (session, viewer):
        approval = viewer.until("tool_approval_request")
        viewer.send("interrupt")
        viewer.until("tool_approval_resolved", toolUseId=approval["toolUseId"], outcome="withdrawn")
        viewer.until("status", status="interrupted")
        with desk.open(session) as late:
            assert "tool_approval_request" not in {frame["type"] for frame in late.frames}
            late.send("approve", toolUseId=approval["toolUseId"])
            assert late.until("error")["code"]
        assert desk.detail(session)["pendingApprovals"] == []
        assert not (desk.cwd / "moat").exists()


def test_an_interrupt_in_the_middle_of_the_text_ends_it_and_the_next_prompt_goes_on(desk: Desk) -> None:
    endless = held()
    desk.endpoint.script("ENDLESS", endless)
    with desk.begin("ENDLESS") as (session, viewer):
        viewer.until("text_delta")
        viewer.send("prompt", text="AFTERWARDS", mode="queue")
        viewer.until("queue", paused=False)
        viewer.send("interrupt")
        viewer.until("status", status="interrupted")
        let_go(endless)
        assert desk.detail(session)["queue"]["paused"] is True
        with desk.open(session) as late:
            assert late.frames[-1]["items"][0]["text"] == "AFTERWARDS"
            assert not [frame for frame in late.frames if frame["type"] == "text_delta"]
            late.send("queue_resume")
            late.until("status", status="completed")
        assert desk.endpoint.asked("AFTERWARDS")


def test_prompts_wait_in_the_queue_or_are_said_into_the_turn(desk: Desk) -> None:
    first = Answer([Text("Let me look.", pieces=6), *bash("echo looked").blocks], gate=held().gate)
    desk.endpoint.script("ERRAND", first, "Looked.")
    desk.endpoint.script("dust", "Dusted as well.")
    desk.endpoint.script("SECOND", "The second.")
    with desk.begin("ERRAND", allowedTools=["Bash"]) as (_, viewer):
        viewer.until("text_delta")
        viewer.send("prompt", text="now", clientId="refused")
        assert viewer.until("error", clientId="refused")["code"] == "session_busy"
        viewer.send("prompt", text="SECOND", mode="queue", clientId="queued")
        assert viewer.until("queue")["items"][0]["clientId"] == "queued"
        viewer.send("prompt", text="And dust, please.", mode="steer", clientId="steered")
        let_go(first)
        viewer.until("queue", items=[])
        viewer.until("status", status="completed")
        order = [frame["message"].get("clientId") for frame in viewer.frames if frame["type"] == "message"]
        assert [name for name in order if name] == ["steered", "queued"]
        assert texts(viewer)[-1] == "The second."
    assert len(desk.endpoint.asked("SECOND")) == 1


def test_a_session_goes_on_from_its_transcript_after_the_host_was_killed(desk: Desk) -> None:
    waiting = held()
    desk.endpoint.script("CUT OFF", waiting)
    with desk.begin("Has it?") as (session, viewer):
        viewer.until("status", status="completed")
        before = said(viewer)
        viewer.send("prompt", text="CUT OFF")
        viewer.until("text_delta")
        cursor = viewer.cursor
        desk.stack.kill("agents")
    let_go(waiting)
    desk.stack.start_agents()
    desk.stack.wait(lambda: desk.stack.get("/healthz").status_code == 200, "the web server found the new agent host")
    with desk.stack.stream(session, cursor=cursor) as viewer:
        assert viewer.next()["result"] == "gap"
        viewer.until("status", status="interrupted")
        assert {index: said(viewer)[index] for index in before} == before
        viewer.send("prompt", text="GO ON")
        viewer.until("status", status="completed")
        assert list(said(viewer)) == list(range(len(said(viewer))))
    assert "Has it?" in json.dumps(desk.endpoint.asked("GO ON")[-1])


def test_two_sessions_run_at_once(desk: Desk) -> None:
    answers = {"LEFT": held("left left left left left left"), "RIGHT": held("right right right right right")}
    for word, answer in answers.items():
        desk.endpoint.script(word, answer)
    with desk.begin("LEFT") as (left, one), desk.begin("RIGHT") as (right, two):
        one.until("text_delta")
        two.until("text_delta")
        assert {desk.detail(session)["status"] for session in (left, right)} == {"running"}
        for answer in reversed(answers.values()):
            let_go(answer)
        for viewer, word in ((one, "left"), (two, "right")):
            viewer.until("status", status="completed")
            assert set(texts(viewer)[-1].split()) == {word}


@pytest.mark.parametrize("by", ["stream", "create"])
def test_resuming_goes_on_with_the_same_conversation(by: str, desk: Desk) -> None:
    with desk.begin("REMEMBER the egg") as (session, viewer):
        viewer.until("status", status="completed")
    desk.stack.kill("agents")  # nothing of it is in memory, and no agent runs
    desk.stack.start_agents()
    desk.stack.wait(lambda: desk.stack.get("/healthz").status_code == 200, "the web server found the new agent host")
    if by == "create":
        assert desk.create(resumeSessionId=session) == session
    with desk.open(session) as viewer:
        assert texts(viewer)[0] == "REMEMBER the egg"
        viewer.send("prompt", text="WHAT was it?")
        viewer.until("status", status="completed")
        assert not [frame for frame in viewer.frames if frame["type"] == "session_redirected"]
    assert "REMEMBER the egg" in json.dumps(desk.endpoint.asked("WHAT was it?")[-1])
    assert desk.detail(session)["totalMessages"] == 4


def test_a_socket_with_an_id_that_the_session_had_before_gets_its_stream(desk: Desk) -> None:
    with desk.begin("Has it?") as (former, viewer):
        viewer.until("status", status="completed")
        viewer.send("prompt", text="/clear")
        present = viewer.until("session_redirected")["sessionId"]
        viewer.until("status", status="completed")
        with desk.open(former) as old, desk.open(present) as new:
            old.send("prompt", text="AFRESH")
            for other in (viewer, old, new):
                other.until("status", status="running")
                other.until("status", status="completed")
            assert said(old) == said(new)
        assert desk.detail(former)["id"] == present
    assert "Has it?" not in json.dumps(desk.endpoint.asked("AFRESH")[-1]["messages"])
