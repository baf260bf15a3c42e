import json
from typing import Any

import pytest

from hatchpod_api.agents.lines import encode_line
from hatchpod_api.messages.transcript import ToolUsePart


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("\ud800a", "\ufffda"),
        ("a\udc00", "a\ufffd"),
        ("b\ud800", "b\ufffd"),
        ("\ud83d\ude00 \ud83d", "😀 \ufffd"),
        (["\udfff", {"\ud800": 1}], ["\ufffd", {"\ufffd": 1}]),
        (2**70, 2**70),
        (-(10**40), -(10**40)),
        (object, "<class 'object'>"),
        ({"a": [float("inf"), True, None, 1.5]}, {"a": [None, True, None, 1.5]}),
    ],
)
def test_what_json_cannot_say_is_replaced(value: Any, expected: Any) -> None:
    part = ToolUsePart(tool_use_id="t", tool_name="T", input={"value": value})
    assert json.loads(encode_line(part))["input"]["value"] == expected
