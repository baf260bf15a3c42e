"""The three-way merge: theirs stays, ours follows the inventory."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

SCALARS = st.one_of(st.integers(2, 4), st.sampled_from(["x", "y"]), st.booleans())
KEYS = st.sampled_from("abc")
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.dictionaries(KEYS, inner, max_size=3) | st.lists(SCALARS, max_size=3, unique_by=repr),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=3)


def merged(base: Any, current: Any, wanted: Any, **more: Any) -> Any:
    return importlib.import_module("hatchpod_home.merge").merge(base, current, wanted, **more)


def full(value: Any) -> Any:
    """Return a value without the empty objects and lists in it."""
    if value is missing():
        return {}
    if isinstance(value, dict):
        return {key: full(one) for key, one in value.items() if full(one) not in ({}, [])}
    return value


def missing() -> Any:
    return importlib.import_module("hatchpod_home.merge").MISSING


@pytest.mark.parametrize(
    ("base", "current", "wanted", "value"),
    [
        ({}, {}, {"a": 1}, {"a": 1}),  # new
        ({}, {"a": 2}, {"a": 1}, {"a": 2}),  # was there before
        ({"a": 1}, {"a": 1}, {"a": 3}, {"a": 3}),  # as we left it
        ({"a": 1}, {"a": 2}, {"a": 3}, {"a": 2}),  # changed by hand
        ({"a": 1}, {}, {"a": 1}, {}),  # removed by hand
        ({"a": 1}, {}, {"a": 3}, {}),  # removed by hand, and the inventory changed
        ({"a": 1}, {"a": 1, "b": 2}, {}, {"b": 2}),  # not wanted any more
        ({"a": 1}, {"a": 2}, {}, {"a": 2}),  # not wanted any more, but changed by hand
        ({"a": True}, {"a": 1}, {}, {"a": 1}),  # true is not 1
        ({}, {"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": {"y": 2}}, {"a": {"y": 2}}, {}, {}),
        ({"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}, {}, {"a": {"x": 1}}),
        ({}, {"a": "text"}, {"a": {"y": 2}}, {"a": "text"}),  # another type is theirs
        ({}, {"a": [1]}, {"a": [2, 3]}, {"a": [1, 2, 3]}),
        ({"a": [2, 3]}, {"a": [1, 2, 3]}, {"a": [3, 4]}, {"a": [1, 3, 4]}),
        ({"a": [2, 3]}, {"a": [1, 3]}, {"a": [2, 3]}, {"a": [1, 3]}),  # an item removed by hand
        ({"a": [2]}, {"a": [1, 2]}, {}, {"a": [1]}),
        ({"a": [2]}, {"a": [2]}, {}, {}),
        ({}, {"a": [{"m": "x"}]}, {"a": [{"m": "y"}]}, {"a": [{"m": "x"}, {"m": "y"}]}),
    ],
)
def test_merge(base: Any, current: Any, wanted: Any, value: Any) -> None:
    assert merged(base, current, wanted).value == value


@given(OBJECTS, OBJECTS)
def test_what_was_there_stays_and_goes_back_to_itself(current: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Values that people have survive any inventory; taking it back leaves what they had, if not what was empty."""
    done = merged(missing(), current, wanted)

    def survives(before: Any, after: Any) -> bool:
        if isinstance(before, dict):
            return isinstance(after, dict) and all(key in after and survives(before[key], after[key]) for key in before)
        if isinstance(before, list):
            return isinstance(after, list) and after[: len(before)] == before
        return bool(before == after)

    assert survives(current, done.value)
    back = merged(done.base, done.value, missing())
    assert full(back.value) == full(current)
    assert back.base is missing()


@given(OBJECTS, OBJECTS, OBJECTS)
def test_a_second_run_changes_nothing(base: dict[str, Any], current: dict[str, Any], wanted: dict[str, Any]) -> None:
    once = merged(base, current, wanted)
    again = merged(once.base, once.value, wanted)
    assert again.changed == []
    assert (again.value, full(again.base)) == (once.value, full(once.base))


@given(OBJECTS, OBJECTS)
def test_what_is_changed_is_told(current: dict[str, Any], wanted: dict[str, Any]) -> None:
    done = merged(missing(), current, wanted)
    assert bool(done.changed) == (done.value != current)


def test_with_no_depth_a_value_is_taken_as_a_whole() -> None:
    done = merged({"a": {"x": 1}}, {"a": {"x": 1, "y": 2}}, {"a": {"x": 3}}, depth=1)
    assert (done.value, done.kept) == ({"a": {"x": 1, "y": 2}}, [("a",)])
