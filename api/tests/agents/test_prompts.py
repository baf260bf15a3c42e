"""Prompts through the socket: sent, queued, steered, and never acted on twice."""

import base64
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hatchpod_api.agents import attachments, turns
from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import Create, GetSession, Update
from hatchpod_api.agents.server import AgentServer
from hatchpod_api.errors import ConflictError, ForbiddenError, ProviderError, ValueNotAllowedError
from hatchpod_api.messages.sessions import CreateSession, SessionCreated, SessionDetail, UpdateSession
from standins.stream_client import StreamClient, eventually

pytestmark = pytest.mark.anyio

OpenStreamOf = Callable[..., Awaitable[StreamClient]]
NewSession = Callable[..., Awaitable[str]]


@pytest.fixture(autouse=True)
def _no_help_with_interrupts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent that does not take an interrupt makes these tests fail."""
    monkeypatch.setattr(turns, "INTERRUPT_SECONDS", 1000.0)


async def test_a_prompt_is_answered_and_comes_back_with_the_clients_id(stream: OpenStreamOf) -> None:
    client = await stream()
    client.send("prompt", text="Grüße 😀", clientId="c1")
    await client.until_status("completed")
    assert client.texts == ["Grüße 😀", "Echo: Grüße 😀"]
    assert client.reduced.state["messages"][0]["clientId"] == "c1"
    kinds = [frame["status"] for frame in client.frames if frame["type"] == "status"]
    assert kinds == ["idle", "starting", "running", "completed"]
    assert client.reduced.seqs == list(range(1, len(client.reduced.seqs) + 1))


async def test_frames_of_a_snapshot_have_no_number(stream: OpenStreamOf) -> None:
    client = await stream()
    raw = [frame for frame in client.frames if "seq" in frame]
    assert raw == []
    assert client.reduced.seqs == []


async def test_a_prompt_sent_twice_acts_once_in_every_mode_and_after_it_ran(stream: OpenStreamOf) -> None:
    client = await stream()
    client.send("prompt", text="[slow 5]", clientId="slow")
    await client.until_status("running")
    for mode in ("send", "queue", "steer"):
        client.send("prompt", text="[slow 5]", clientId="slow", mode=mode)
        client.send("prompt", text="queued", clientId="queued", mode="queue")
    await client.until(lambda frame: "Echo: queued" in str(frame.get("message")))
    client.send("prompt", text="queued", clientId="queued")
    client.send("prompt", text="last")
    await client.until(lambda frame: "Echo: last" in str(frame.get("message")))
    said = [message for message in client.reduced.state["messages"] if message["role"] == "user"]
    assert [message["parts"][0]["text"] for message in said] == ["[slow 5]", "queued", "last"]
    assert client.reduced.errors == []


async def test_a_prompt_while_a_turn_runs_is_refused_unless_it_is_queued_or_steers(stream: OpenStreamOf) -> None:
    client = await stream()
    client.send("prompt", text="[slow 10]")
    await client.until_type("text_delta")
    client.send("prompt", text="no", clientId="no")
    refused = await client.until_type("error")
    assert (refused["code"], refused["clientId"]) == ("session_busy", "no")
    client.send("prompt", text="steered", mode="steer")
    await client.until(lambda frame: "steered" in str(frame.get("message")))
    client.send("prompt", text="no", clientId="no", mode="queue")
    await client.until(lambda frame: "Echo: no" in str(frame.get("message")))
    assert client.texts[-2:] == ["no", "Echo: no"]


async def test_a_queue_can_be_edited_and_is_kept_and_paused_by_an_interrupt(stream: OpenStreamOf) -> None:
    client = await stream()
    client.send("prompt", text="[deaf]")
    await client.until_status("running")
    for text in ("one", "two", "three"):
        client.send("prompt", text=text, mode="queue")
    queue = await client.until(lambda frame: frame["type"] == "queue" and len(frame["items"]) == 3)
    ids = [item["id"] for item in queue["items"]]
    client.send("queue_edit", id=ids[0], text="changed")
    client.send("queue_remove", id=ids[1])
    client.send("queue_remove", id=ids[1])
    assert (await client.until_type("error"))["code"] == "not_found"
    client.send("interrupt")
    await client.until_status("interrupted")
    late = await stream(client.session_id)
    assert [item["text"] for item in late.reduced.latest["queue"]["items"]] == ["changed", "three"]
    assert late.reduced.latest["queue"]["paused"] is True
    client.send("queue_resume")
    await client.until(lambda frame: "Echo: three" in str(frame.get("message")))
    assert client.texts[-4:] == ["changed", "Echo: changed", "three", "Echo: three"]


async def test_the_next_prompt_goes_on_with_a_paused_queue(stream: OpenStreamOf) -> None:
    client = await stream()
    client.send("prompt", text="[deaf]")
    await client.until_status("running")
    client.send("prompt", text="waits", mode="queue")
    client.send("interrupt")
    await client.until_status("interrupted")
    client.send("prompt", text="next")
    await client.until(lambda frame: "Echo: waits" in str(frame.get("message")))
    assert client.texts[-4:] == ["next", "Echo: next", "waits", "Echo: waits"]
    assert client.reduced.latest["queue"] == {"type": "queue", "items": [], "paused": False}


async def test_an_interrupt_discards_what_was_never_said(stream: OpenStreamOf) -> None:
    client = await stream()
    client.send("prompt", text="[slow 1000]")
    await client.until_type("text_delta")
    client.send("interrupt")
    await client.until_status("interrupted")
    late = await stream(client.session_id)
    assert client.reduced.state == late.reduced.state
    assert client.texts == ["[slow 1000]"]
    client.send("interrupt")  # nothing runs: nothing happens
    client.send("prompt", text="again")
    await client.until_status("completed")
    assert client.texts == ["[slow 1000]", "again", "Echo: again"]


async def test_a_crash_is_an_error_with_its_reason_and_the_next_prompt_resumes(stream: OpenStreamOf) -> None:
    client = await stream()
    client.send("prompt", text="[crash]")
    status = await client.until_status("error")
    assert "the scripted agent crashed" in status["error"]
    assert client.reduced.growing == {}
    client.send("prompt", text="again")
    await client.until_status("completed")
    assert client.texts == ["[crash]", "again", "Echo: again"]
    assert client.reduced.latest["status"]["error"] is None


async def test_after_a_failed_turn_the_queue_waits(stream: OpenStreamOf) -> None:
    client = await stream()
    client.send("prompt", text="[error]")
    client.send("prompt", text="waits", mode="queue")
    status = await client.until_status("error")
    assert status["error"] == "The scripted error happened."
    assert client.reduced.latest["queue"]["paused"] is True


async def test_a_turn_is_over_although_background_tasks_go_on(stream: OpenStreamOf) -> None:
    client = await stream()
    client.send("prompt", text="[background 10]")
    status = await client.until_status("completed")
    assert status["backgroundTasks"] == 1
    client.send("prompt", text="meanwhile")
    await client.until(lambda frame: "Echo: meanwhile" in str(frame.get("message")))
    await client.until(lambda frame: frame["type"] == "status" and frame["backgroundTasks"] == 0)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"null", "bad_request"),
        (b"[]", "bad_request"),
        (b"{}", "bad_request"),
        (b"\xff\xfe", "bad_request"),
        (b'{"type":"prompt"}', "bad_request"),
        (b'{"type":"prompt","text":1}', "bad_request"),
        (b'{"type":"nothing"}', "bad_request"),
        (b'{"type":"prompt","text":NaN}', "bad_request"),
        (b'{"type":"prompt","text":"\\ud800"}', "bad_request"),
        (b"[" * 100_000, "bad_request"),
        (b'{"type":"prompt","text":"  "}', "value_not_allowed"),
        (b'{"type":"prompt","text":"x","attachments":[{}]}', "value_not_allowed"),
        (b'{"type":"prompt","text":"x","attachments":[{"data":"%%%"}]}', "value_not_allowed"),
        (b'{"type":"approve","toolUseId":"none"}', "approval_gone"),
        (b'{"type":"queue_edit","id":"x","text":"y"}', "not_found"),
        (b'{"type":"set_mode","mode":"bypassPermissions"}', "bypass_disabled"),
    ],
)
async def test_a_frame_that_cannot_be_taken_is_an_error_and_harms_nobody(
    stream: OpenStreamOf, line: bytes, code: str
) -> None:
    client = await stream()
    other = await stream(client.session_id)
    client.send_bytes(line)
    assert (await client.until_type("error"))["code"] == code
    client.send("prompt", text="still there")
    await client.until_status("completed")
    await other.until_status("completed")
    assert client.reduced.state == other.reduced.state


async def test_attachments_are_read_from_the_workspace_only(stream: OpenStreamOf, agents: AgentsClient) -> None:
    client = await stream()
    for path, code in (("../outside", "outside_workspace"), ("missing.txt", "not_found")):
        client.send("prompt", text="see", clientId="same", attachments=[{"path": path}])
        assert (await client.until_type("error"))["code"] == code
        await client.until(lambda frame: frame["type"] == "status" and frame["status"] == "error")


async def test_what_comes_with_a_prompt_waits_in_a_file_until_it_is_a_message(
    stream: OpenStreamOf, server: AgentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = server.host.settings.places.state
    client = await stream()
    client.send("prompt", text="[deaf]")
    await client.until_status("running")
    data = base64.b64encode(b"x" * 100_000).decode()
    attached = {"mediaType": "image/png", "data": data}
    for count, name in ((1, "one.png"), (2, "two.png")):
        client.send("prompt", text=f"See {name}", mode="queue", attachments=[{"name": name, **attached}])
        await client.until(lambda frame, n=count: frame["type"] == "queue" and len(frame["items"]) == n)  # type: ignore[misc]
    assert len(kept(state)) == 2
    assert (state / f"sessions/{client.session_id}.json").stat().st_size < 10_000  # it is written often
    monkeypatch.setattr(attachments, "MAX_KEPT", 300_000)
    client.send("prompt", text="too much", mode="queue", attachments=[attached])
    assert (await client.until_type("error"))["code"] == "queue_full"
    client.send("prompt", text="refused", attachments=[{**attached, "data": "eA=="}])
    assert (await client.until_type("error"))["code"] == "session_busy"
    assert len(kept(state)) == 2
    client.send("queue_remove", id=client.reduced.latest["queue"]["items"][0]["id"])
    client.send("interrupt")
    await client.until_status("interrupted")
    assert len(kept(state)) == 1
    client.send("queue_resume")
    await client.until(lambda frame: "Echo: See two.png [two.png]" in str(frame.get("message")))
    assert kept(state) == []
    client.send("prompt", text="[deaf]", mode="queue")
    client.send("prompt", text="deleted", mode="queue", attachments=[attached])
    await client.until(lambda frame: frame["type"] == "queue" and frame["items"][-1:] != [] and len(kept(state)) == 1)
    await server.host.forget(client.session_id)
    assert kept(state) == []


def kept(state: Path) -> list[Path]:
    return list((state / "attachments").iterdir())


async def test_data_that_is_too_large_is_refused(stream: OpenStreamOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_BYTES", 1000)
    client = await stream()
    for size in (1010, 1000):
        data = base64.b64encode(b"x" * size).decode()
        client.send("prompt", text="See", attachments=[{"name": "a", "mediaType": "image/png", "data": data}])
    assert (await client.until_type("error"))["code"] == "too_large"
    await client.until_status("completed")


async def test_only_busy_sessions_fill_the_limit(
    stream: OpenStreamOf, new_session: NewSession, agents: AgentsClient
) -> None:
    busy = [await stream() for _ in range(5)]
    idle = [await new_session() for _ in range(10)]
    for client in busy:
        client.send("prompt", text="[deaf]")
        await client.until_status("running")
    with pytest.raises(ConflictError) as refused:
        await new_session(prompt="one more")
    assert refused.value.code == "session_limit"
    assert len(agents.sessions) == 15
    client = await stream(idle[0])
    client.send("prompt", text="too many", clientId="later")
    assert (await client.until_type("error"))["code"] == "session_limit"
    busy[0].send("interrupt")
    await busy[0].until_status("interrupted")
    client.send("prompt", text="now", clientId="later")
    await client.until_status("completed")


async def test_mode_model_and_effort_change_at_once_or_are_refused(stream: OpenStreamOf, agents: AgentsClient) -> None:
    client = await stream()
    client.send("set_mode", mode="plan")
    assert (await client.until_type("mode_changed"))["mode"] == "plan"
    client.send("prompt", text="start it")
    await client.until_status("completed")
    client.send("set_model", model="refused")
    assert (await client.until_type("error"))["field"] == "model"
    changes = UpdateSession(permission_mode="acceptEdits", model="other", effort="high")
    detail = await agents.call(Update(id=client.session_id, changes=changes), SessionDetail)
    assert (detail.permission_mode, detail.model, detail.effort) == ("acceptEdits", "other", "high")
    client.send("prompt", text="again")
    await client.until(lambda frame: "Echo: again" in str(frame.get("message")))
    refused = Update(id=client.session_id, changes=UpdateSession(model="refused"))
    with pytest.raises(ProviderError):
        await agents.call(refused, SessionDetail)
    forbidden = Update(id=client.session_id, changes=UpdateSession(permission_mode="bypassPermissions"))
    with pytest.raises(ForbiddenError):
        await agents.call(forbidden, SessionDetail)
    after = await agents.call(GetSession(id=client.session_id), SessionDetail)
    assert (after.permission_mode, after.model) == ("acceptEdits", "other")


async def test_creating_twice_with_one_client_id_creates_once(agents: AgentsClient) -> None:
    wanted = Create(session=CreateSession(provider="scripted", prompt="hello", client_id="one"))
    first = await agents.call(wanted, SessionCreated)
    assert (await agents.call(wanted, SessionCreated)).id == first.id
    assert list(agents.sessions) == [first.id]
    with pytest.raises(ValueNotAllowedError) as refused:
        await agents.call(Create(session=CreateSession(provider="other")), SessionCreated)
    assert refused.value.field == "provider"
    await eventually(lambda: agents.sessions[first.id].status == "completed")
