"""What of a file is a path of the old home, and what only looks like one."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.claude_box.paths import Homes, lines, moved_project, settings, working_folder

HOMES = Homes("/home/claude", "/home/hatchpod")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"/home/claude"', '"/home/hatchpod"'),
        ('"/home/claude/a b"', '"/home/hatchpod/a b"'),
        ('{"/home/claude/x": {"a": 1.10}}', '{"/home/hatchpod/x": {"a": 1.10}}'),
        ('"PATH=/usr/bin:/home/claude/bin:/bin"', '"PATH=/usr/bin:/home/hatchpod/bin:/bin"'),
        ('"file:///home/claude/x"', '"file:///home/hatchpod/x"'),
        (r'"one\n/home/claude/x"', r'"one\n/home/hatchpod/x"'),
        (r'"\/home\/claude\/x"', r'"\/home\/hatchpod\/x"'),
        ('"Bash(/home/claude/bin/x:*)"', '"Bash(/home/hatchpod/bin/x:*)"'),
        ('"It is in /home/claude."', '"It is in /home/hatchpod."'),
        ('"/home/claude/ünï"', '"/home/hatchpod/ünï"'),
    ],
)
def test_a_path_is_changed_and_the_rest_stays_byte_for_byte(before: str, after: str) -> None:
    rewritten = settings(before.encode(), HOMES)
    assert rewritten.content.decode() == after
    assert (rewritten.count, rewritten.troubles) == (1, [])


@pytest.mark.parametrize(
    "text",
    [
        '"/home/claude-box/x"',
        '"/home/claude2"',
        '"/home/claude.old/x"',
        '"/mnt/home/claude/x"',
        '"~/home/claude/x"',
        '"/home/claudette"',
        '"home/claude"',
        "{}",
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    rewritten = settings(text.encode(), HOMES)
    assert (rewritten.content.decode(), rewritten.count, rewritten.troubles) == (text, 0, [])


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ('{"a": "/home/claude/x",', "no valid JSON"),
        ('{"a": "/home/claude/\xff"', "no valid JSON"),
        ("[" * 100_000 + '"/home/claude"' + "]" * 100_000, "no valid JSON"),
        ('{"/home/claude/x": 1, "/home/hatchpod/x": 2}', "for the old and for the new home"),
    ],
)
def test_what_cannot_be_changed_safely_stays_and_is_told(text: str, trouble: str) -> None:
    content = text.encode("latin-1")
    rewritten = settings(content, HOMES)
    assert rewritten.content == content
    assert rewritten.count == 0
    assert len(rewritten.troubles) == 1
    assert trouble in rewritten.troubles[0]


def line(**fields: object) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def test_a_transcript_keeps_what_was_said_and_names_its_new_folder() -> None:
    said = 'look at {"cwd":"/home/claude/x"} and /home/claude/y'
    before = [
        line(cwd="/home/claude/x", message={"content": said}),
        line(cwd="/home/claude", project="/home/claude/x"),
        line(cwd="/srv"),
        line(cwd="/home/claude-box/x"),
    ]
    after = [part.content for part in lines(iter(before), HOMES)]
    assert after == [
        line(cwd="/home/hatchpod/x", message={"content": said}),
        line(cwd="/home/hatchpod", project="/home/hatchpod/x"),
        *before[2:],
    ]


@pytest.mark.parametrize("broken", [b'{"cwd":"/home/claude/x","mess', b"\0" * 50, b"\xff\xfe\n"])
def test_lines_that_are_cut_off_stay(broken: bytes) -> None:
    (part,) = lines(iter([broken]), HOMES)
    assert part.content == broken
    assert part.count == 0


def test_a_huge_line_is_changed_as_any_other() -> None:
    huge = line(cwd="/home/claude/x", message="a" * 20_000_000)
    (part,) = lines(iter([huge]), HOMES)
    assert part.content == huge.replace(b"/home/claude/x", b"/home/hatchpod/x")


@pytest.mark.parametrize(
    ("name", "cwd", "new"),
    [
        ("-home-claude", "/home/claude", "-home-hatchpod"),
        ("-home-claude-a-b", "/home/claude/a.b", "-home-hatchpod-a-b"),
        ("-home-claude-box", "/home/claude-box", "-home-claude-box"),
        ("-home-claude-box", "/home/claude/box", "-home-hatchpod-box"),
        ("-home-claude-x", None, "-home-hatchpod-x"),
        ("-home-claude-x", "/somewhere/else", "-home-hatchpod-x"),
        ("-srv-x", None, "-srv-x"),
    ],
)
def test_a_project_s_folder_follows_its_folder_of_work(name: str, cwd: str | None, new: str) -> None:
    assert moved_project(name, cwd, HOMES) == new


@pytest.mark.parametrize("text", [b"no JSON", b"[1]", b'{"cwd": 3}', b"{}"])
def test_a_line_without_a_folder_names_none(text: bytes) -> None:
    assert working_folder(text) is None
