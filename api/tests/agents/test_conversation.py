import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatchpod_api.agents.conversation import HELD_MESSAGES, Conversation
from hatchpod_api.messages.frames import Frame, Message, TextDelta
from hatchpod_api.messages.transcript import (
    AssistantMessage,
    NormalizedMessage,
    ReasoningPart,
    TextPart,
    UserMessage,
    with_index,
)
from hatchpod_api.providers.base import Delta
from standins.stream_client import Reduced


def user(text: str, index: int = 0) -> UserMessage:
    return UserMessage(index=index, parts=[TextPart(text=text)])


def assistant(*texts: str) -> AssistantMessage:
    return AssistantMessage(index=0, parts=[TextPart(text=text) for text in texts])


def delta(key: str, text: str, part: int = 0) -> Delta:
    return Delta(key=key, part_index=part, kind="text", text=text)


def holding(count: int) -> Conversation:
    return Conversation([user(str(index), index) for index in range(count)], count)


def test_the_same_key_keeps_its_index_whatever_came_between() -> None:
    conversation = holding(3)
    assert conversation.say("a", assistant("one")) == [Message(message=with_index(assistant("one"), 3))]
    conversation.say("u", user("between"))
    assert conversation.say("a", assistant("one", "two")) == [Message(message=with_index(assistant("one", "two"), 3))]
    assert [message.index for message in conversation.newest(10)] == [0, 1, 2, 3, 4]


def test_a_message_that_did_not_change_is_not_told_again() -> None:
    conversation = Conversation()
    assert conversation.say("a", assistant("one"))
    assert conversation.say("a", assistant("one")) == []


def test_offsets_count_utf_16_code_units() -> None:
    conversation = Conversation()
    offsets = [conversation.grow(delta("a", text)) for text in ("😀", "é", "\ud83d", "\ude00", "x")]
    assert [frame and frame.offset for frame in offsets] == [0, 2, 3, 4, 5]


def test_deltas_of_a_new_message_go_to_the_next_index_and_the_message_takes_their_place() -> None:
    conversation = holding(2)
    assert conversation.grow(delta("a", "He")) == TextDelta(message_index=2, part_index=0, offset=0, text="He")
    assert conversation.grow(delta("a", "llo")) == TextDelta(message_index=2, part_index=0, offset=2, text="llo")
    assert conversation.in_flight() == [TextDelta(message_index=2, part_index=0, offset=0, text="Hello")]
    assert conversation.say("a", assistant("Hello")) == [Message(message=with_index(assistant("Hello"), 2))]
    assert conversation.in_flight() == []
    assert conversation.grow(delta("a", "late")) is None


def test_a_part_that_still_grows_is_told_again_after_the_message_that_lacks_it() -> None:
    conversation = Conversation()
    conversation.grow(delta("a", "first"))
    conversation.grow(delta("a", "sec", part=1))
    frames = conversation.say("a", assistant("first"))
    assert frames[1:] == [TextDelta(message_index=0, part_index=1, offset=0, text="sec")]
    following = conversation.grow(delta("a", "ond", part=1))
    assert following is not None
    assert following.offset == 3


def test_text_and_thinking_do_not_mix_in_one_part() -> None:
    conversation = Conversation()
    conversation.grow(Delta(key="a", part_index=0, kind="thinking", text="hm"))
    assert conversation.grow(delta("a", "text")) is None
    message = AssistantMessage(index=0, parts=[ReasoningPart(text="hm")])
    assert conversation.say("a", message) == [Message(message=message)]


def test_what_was_begun_and_never_said_is_taken_back_and_later_messages_move_up() -> None:
    conversation, client = holding(1), Reduced()
    told: list[Frame] = [Message(message=user("0", 0))]
    for key, text in (("a", "begun"), ("b", "begun too")):
        told += filter(None, [conversation.grow(delta(key, text))])
    told += conversation.say("u", user("steered"))
    told += conversation.discard_unsaid()
    told += conversation.say("a", assistant("again"))
    for frame in told:
        client.take(msgspec.json.encode(frame))
    assert [message["index"] for message in client.state["messages"]] == [0, 1, 2]
    assert conversation.newest(9) == [user("0", 0), user("steered", 1), with_index(assistant("again"), 2)]
    assert conversation.total == 3


def test_a_page_that_is_not_held_is_left_to_the_transcript() -> None:
    conversation = Conversation([user(str(index), index) for index in range(90, 100)], 100)
    page = conversation.page(None, 10, [])
    assert page is not None
    assert (page.total_messages, page.oldest_index, page.has_more) == (100, 90, True)
    assert conversation.page(None, 11, []) is None
    assert conversation.page(95, 5, []) is not None
    assert conversation.page(90, 1, []) is None
    empty = conversation.page(0, 10, [])
    assert empty is not None
    assert (empty.messages, empty.has_more, empty.oldest_index) == ([], False, None)
    first = Conversation().page(None, 30, [])
    assert first is not None
    assert (first.total_messages, first.has_more) == (0, False)


@pytest.mark.parametrize("grow_first", [False, True])
def test_only_the_newest_are_held_but_indexes_go_on(grow_first: bool) -> None:
    conversation = Conversation()
    if grow_first:
        conversation.grow(delta("g", "grows"))
    for number in range(HELD_MESSAGES + 100):
        conversation.say(f"k{number}", user(str(number)))
    if grow_first:
        conversation.discard_unsaid()
        conversation.say("more", user("more"))
    held = conversation.newest(10_000)
    assert len(held) == HELD_MESSAGES
    assert [message.index for message in held] == list(range(conversation.total - HELD_MESSAGES, conversation.total))
    old = conversation.say("k0", user("changed"))
    assert old == [Message(message=user("changed", 0))]
    assert len(conversation.newest(10_000)) == HELD_MESSAGES
    assert conversation.grow(delta("k1", "late")) is None


KEYS = st.sampled_from("abcd")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), KEYS, st.lists(st.text(max_size=3), max_size=3)),
        st.tuples(st.just("grow"), KEYS, st.tuples(st.integers(0, 2), st.text(max_size=3))),
        st.tuples(st.just("end"), st.none(), st.none()),
    ),
    max_size=30,
)


@given(STEPS, st.integers(0, 30))
def test_a_client_that_joins_at_any_point_ends_up_like_one_that_saw_all(steps: list[tuple], late: int) -> None:  # type: ignore[type-arg]
    conversation = holding(2)
    first, second = Reduced(), Reduced()
    join(first, conversation)
    for number, (action, key, value) in enumerate(steps):
        if number == late:
            join(second, conversation)
        frames: list[Frame] = []
        if action == "say":
            frames += conversation.say(key, assistant(*value))
        elif action == "grow":
            frames += filter(None, [conversation.grow(delta(key, value[1], value[0]))])
        else:
            frames += conversation.discard_unsaid()
        for frame in frames:
            first.take(msgspec.json.encode(frame))
            if number >= late:
                second.take(msgspec.json.encode(frame))
    if late >= len(steps):
        join(second, conversation)
    assert first.state == second.state
    assert sorted(set(first.messages) | set(first.growing)) == list(range(conversation.total))


def join(client: Reduced, conversation: Conversation) -> None:
    messages: list[NormalizedMessage] = conversation.newest(1000)
    for frame in [*(Message(message=message) for message in messages), *conversation.in_flight()]:
        client.take(msgspec.json.encode(frame))
