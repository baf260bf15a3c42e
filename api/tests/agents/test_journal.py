import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatchpod_api.agents.journal import KEPT_BYTES, KEPT_EVENTS, Journal
from hatchpod_api.messages.frames import Compacting, SubagentStarted, ToolProgress


def test_events_are_numbered_from_one_without_gaps() -> None:
    journal = Journal()
    lines = [journal.append(Compacting(active=True)) for _ in range(3)]
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3]
    assert lines[0] == b'{"type":"compacting","seq":1,"active":true}\n'


def test_what_was_missed_is_exactly_what_came_after_the_cursor() -> None:
    journal = Journal()
    cursors = [journal.cursor]
    lines = []
    for _ in range(5):
        lines.append(journal.append(Compacting(active=True)))
        cursors.append(journal.cursor)
    assert [journal.since(cursor) for cursor in cursors] == [lines[number:] for number in range(6)]


@pytest.mark.parametrize(
    "seq", ["", "-1", "+1", "01", "1.0", "1 ", " 1", "1\n", "x", "٣", "4", "99999999999999999999", "1:1", "None"]
)
def test_anything_else_than_a_cursor_is_a_gap(seq: str) -> None:
    journal = Journal()
    for _ in range(3):
        journal.append(Compacting(active=True))
    assert journal.since(f"{journal.epoch}:{seq}") is None


def test_a_cursor_of_another_epoch_is_a_gap() -> None:
    journal, other = Journal(), Journal()
    assert journal.epoch != other.epoch
    assert journal.since(other.cursor) is None
    assert journal.since(f"{journal.epoch.upper()}x:0") is None


@given(st.text())
def test_no_text_breaks_it(cursor: str) -> None:
    assert Journal().since(cursor) is None


def test_a_thousand_events_are_always_kept_or_as_many_as_fit_the_limit() -> None:
    journal = Journal()
    start = journal.cursor
    for _ in range(KEPT_EVENTS):
        journal.append(Compacting(active=True))
    assert len(journal.since(start) or []) == KEPT_EVENTS
    journal.append(Compacting(active=True))
    assert journal.since(start) is None
    assert len(journal.since(f"{journal.epoch}:1") or []) == KEPT_EVENTS


def test_large_events_take_the_place_of_older_ones_but_the_newest_stays() -> None:
    journal = Journal()
    for _ in range(300):
        journal.append(SubagentStarted(subagent_id="a", description="x" * 20_000))
    kept = next(n for n in range(300) if journal.since(f"{journal.epoch}:{n}") is not None)
    size = sum(map(len, journal.since(f"{journal.epoch}:{kept}") or []))
    assert KEPT_BYTES <= size < KEPT_BYTES + 21_000
    before = journal.cursor
    huge = journal.append(SubagentStarted(subagent_id="a", description="x" * (KEPT_BYTES + 1)))
    assert journal.since(before) == [huge]


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=[])), max_size=5))
def test_every_text_becomes_a_line_that_can_be_read(texts: list[str]) -> None:
    journal = Journal()
    for text in texts:
        line = journal.append(ToolProgress(tool_use_id="t", tool_name=text, elapsed_seconds=float("nan")))
        assert line.endswith(b"\n")
        assert b"\n" not in line[:-1]
        assert len(json.loads(line)["toolName"].encode()) >= len(text)
