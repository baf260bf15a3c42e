"""Any split of a client's connection yields what an uninterrupted client gets; a slow one is cut, and no other."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatchpod_api.agents import outbox
from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.conversation import Conversation
from hatchpod_api.agents.protocol import Delete, GetSession, Messages, OpenStream
from hatchpod_api.agents.story import Story
from hatchpod_api.errors import NotFoundError
from hatchpod_api.messages.frames import Compacting, SubagentCompleted, SubagentStarted, SubagentToolCall, Usage
from hatchpod_api.messages.sessions import SessionDetail, TokenCounts
from hatchpod_api.messages.transcript import AssistantMessage, MessagePage, TextPart
from hatchpod_api.providers.base import Delta
from standins.stream_client import Reduced, StreamClient, eventually

OpenStreamOf = Callable[..., Awaitable[StreamClient]]


class Connection:
    """A subscriber that takes everything at once."""

    def __init__(self, reduced: Reduced) -> None:
        self._reduced = reduced

    def send(self, line: bytes) -> None:
        self._reduced.take(line)

    def replay(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            self._reduced.take(line)

    def close(self) -> None:
        pass


def step(story: Story, action: int, number: int) -> None:
    key = f"k{number % 3}"
    match action:
        case 0:
            delta = story.conversation.grow(Delta(key=key, part_index=0, kind="text", text=f"{number}😀"))
            story.tell_all([delta] if delta else [])
        case 1:
            message = AssistantMessage(index=0, parts=[TextPart(text=str(number))])
            story.tell_all(story.conversation.say(f"{key}-{number // 5}", message))
        case 2:
            story.tell_all(story.conversation.discard_unsaid())
        case 3:
            story.show(SubagentStarted(subagent_id=key, description="d"))
        case 4:
            story.show(SubagentToolCall(subagent_id=key, tool_use_id=f"t{number}", tool_name="Read", input={}))
        case 5:
            story.show(SubagentCompleted(subagent_id=key))
        case 6:
            story.show(Compacting(active=number % 2 == 0))
        case 7:
            story.show(Usage(tokens=TokenCounts(input=number), total_cost_usd=0.0, num_turns=number))


@given(st.lists(st.tuples(st.integers(0, 7), st.sampled_from(["", "leave", "come", "forget"])), max_size=60))
def test_any_split_of_a_connection_yields_the_same(script: list[tuple[int, str]]) -> None:
    story = Story(Conversation())
    whole, split = Reduced(), Reduced()
    story.subscribe(Connection(whole), [], None, 500)
    connection: Connection | None = None
    for number, (action, move) in enumerate(script):
        if move in {"leave", "forget"} and connection is not None:
            story.subscribers.discard(connection)
            connection = None
            if move == "forget":
                split = Reduced()
        if move == "come" and connection is None:
            connection = Connection(split)
            story.subscribe(connection, [], split.cursor, 500)
        step(story, action, number)
    if connection is None:
        story.subscribe(Connection(split), [], split.cursor, 500)
    assert split.state == whole.state
    assert split.seqs == whole.seqs[len(whole.seqs) - len(split.seqs) :]


@pytest.mark.anyio
async def test_a_cursor_brings_exactly_what_was_missed(stream: OpenStreamOf) -> None:
    first = await stream()
    cursor = first.reduced.cursor
    first.send("prompt", text="[thinking]")
    await first.until_status("completed")
    await first.caught_up()
    again = await stream(first.session_id)
    again.reduced.cursor = cursor
    again.reduced._forget()
    again.reduced.cursor, again.frames = cursor, []
    again.send("subscribe", cursor=cursor)
    assert (await again.until_type("resume")) == {"type": "resume", "result": "ok", "cursor": first.reduced.cursor}
    await again.caught_up()
    assert again.reduced.seqs == first.reduced.seqs


@pytest.mark.anyio
@pytest.mark.parametrize("cursor", ["", "x", "0000000000000000:0", "null", ":", "😀:1"])
async def test_a_wrong_cursor_is_a_gap_and_the_page_follows(stream: OpenStreamOf, cursor: str) -> None:
    first = await stream()
    first.send("prompt", text="hello")
    await first.until_status("completed")
    first.send("subscribe", cursor=cursor, messageLimit=1)
    assert (await first.until_type("resume"))["result"] == "gap"
    complete = await first.until_type("replay_complete")
    assert (complete["totalMessages"], complete["oldestIndex"]) == (3, 2)
    await first.until_type("queue")
    assert list(first.reduced.messages) == [2]


@pytest.mark.anyio
async def test_a_client_that_does_not_read_is_cut_and_slows_nobody(
    stream: OpenStreamOf, agents: AgentsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAX_BACKLOG", 500_000)
    good = await stream()
    reader, writer = await agents.open(OpenStream(session_id=good.session_id))
    writer.write(b'{"type":"subscribe"}\n')
    await reader.readline()
    writer.transport.pause_reading()  # type: ignore[attr-defined] # a selector's transport can
    good.send("prompt", text="[burst 15000]")
    await good.until_status("completed")
    writer.transport.resume_reading()  # type: ignore[attr-defined]
    read = 0
    with suppress(ConnectionError):
        while chunk := await reader.read(65536):
            read += len(chunk)
    writer.transport.abort()
    assert read < 1_200_000 < sum(len(str(frame)) for frame in good.frames)
    assert good.reduced.seqs == list(range(1, len(good.reduced.seqs) + 1))


@pytest.mark.anyio
async def test_a_cleared_session_begins_anew_for_everybody(stream: OpenStreamOf, agents: AgentsClient) -> None:
    first = await stream()
    first.send("prompt", text="before")
    await first.until_status("completed")
    first.send("prompt", text="[clear] after")
    redirected = await first.until_type("session_redirected")
    assert (await first.until_type("resume"))["result"] == "gap"
    await first.until_status("completed")
    await first.caught_up()
    late = await stream(redirected["sessionId"])
    assert late.reduced.state == first.reduced.state
    assert "before" not in str(late.reduced.messages)
    assert "Echo: after" in str(late.reduced.messages)


@pytest.mark.anyio
async def test_an_id_that_was_remapped_still_resolves(stream: OpenStreamOf, agents: AgentsClient) -> None:
    first = await stream()
    first.send("prompt", text="[remap]")
    redirected = await first.until_type("session_redirected")
    await first.until_status("completed")
    await first.caught_up()
    by_old, by_new = await stream(first.session_id), await stream(redirected["sessionId"])
    assert by_old.reduced.state == by_new.reduced.state == first.reduced.state
    by_old.send("prompt", text="over the old id")
    await by_new.until(lambda frame: "Echo: over the old id" in str(frame.get("message")))
    detail = await agents.call(GetSession(id=first.session_id), SessionDetail)
    assert detail.id == redirected["sessionId"]
    assert agents.resolve(first.session_id) == detail.id
    assert first.session_id not in agents.sessions


@pytest.mark.anyio
async def test_an_unknown_id_is_an_empty_history_that_nothing_can_be_begun_with(
    stream: OpenStreamOf, agents: AgentsClient
) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    client = await stream(unknown)
    assert client.reduced.latest["status"]["status"] == "history"
    assert (client.reduced.total, client.reduced.messages) == (0, {})
    client.send("prompt", text="hello")
    assert (await client.until_type("error"))["code"] == "not_found"
    with pytest.raises(NotFoundError):
        await agents.call(GetSession(id=unknown), SessionDetail)
    assert agents.sessions == {}


@pytest.mark.anyio
async def test_pages_are_consecutive_and_older_parts_are_left_to_the_transcript(
    stream: OpenStreamOf, agents: AgentsClient
) -> None:
    client = await stream()
    client.send("prompt", text="[long 600]")
    await client.until_status("completed")
    page = await agents.call(Messages(id=client.session_id, limit=30), MessagePage)
    assert [message.index for message in page.messages] == list(range(572, 602))
    assert (page.total_messages, page.has_more, page.oldest_index) == (602, True, 572)
    before = await agents.call(Messages(id=client.session_id, before=572, limit=10), MessagePage)
    assert [message.index for message in before.messages] == list(range(562, 572))
    with pytest.raises(NotFoundError):
        await agents.call(Messages(id=client.session_id, before=102, limit=30), MessagePage)


@pytest.mark.anyio
async def test_a_deleted_session_disconnects_its_clients_and_is_gone(
    stream: OpenStreamOf, agents: AgentsClient
) -> None:
    client = await stream()
    client.send("prompt", text="[deaf]")
    await client.until_status("running")
    await agents.call(Delete(id=client.session_id), type(None))
    with pytest.raises(EOFError):
        await client.until(lambda _: False)
    await eventually(lambda: client.session_id not in agents.sessions)
    with pytest.raises(NotFoundError):
        await agents.call(Delete(id=client.session_id), type(None))
    back = await stream(client.session_id)
    assert back.reduced.latest["status"]["status"] == "history"
