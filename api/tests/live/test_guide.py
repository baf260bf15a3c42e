"""docs/api.md is true: its examples do what they show, and it names every route and every frame."""

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.live.guide import GUIDE, Reader, comparable, examples
from tests.live.stack import PASSWORD, Stack

from hatchpod_api.app import HANDLERS
from hatchpod_api.messages.commands import ClientFrame
from hatchpod_api.messages.frames import ServerFrame
from hatchpod_api.messages.terminal import TerminalClientFrame, TerminalServerFrame
from standins.entries import Entries, lines

TEXT = GUIDE.read_text()
PAST = "7c1b1c4e-90a5-4b7e-8a55-0d3f5d1f6a01"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A workstation as the guide has it: a repository, and a session of before. No request leaves this machine."""
    nowhere = "http://127.0.0.1:9"
    network = {"https_proxy": nowhere, "HTTPS_PROXY": nowhere, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
    with Stack(tmp_path / "stack", WEBHOOK_ALLOW_PRIVATE="1", **network) as stack:
        (stack.home / ".gitconfig").write_text("[user]\nname=Ada\nemail=ada@example.org\n[init]\ndefaultBranch=main\n")
        project = str(stack.workspace / "project")
        subprocess.run(["git", "init", "-q", project], env=stack.environment, check=True)
        write_transcript(stack.home / ".claude/projects/-home-hatchpod-workspace")
        stack.start()
        stack.wait(lambda: stack.get("/api/search?q=flaky").json()["items"] != [], "the transcript was read")
        yield stack


def write_transcript(folder: Path) -> None:
    past = Entries("2026-11-16T09")
    folder.mkdir(parents=True)
    (folder / f"{PAST}.jsonl").write_bytes(
        lines(
            past.user("Why is the network test flaky?"),
            past.assistant("It waits for a port that another test may take.", id="msg_1"),
            past.user("Then fix the flaky network test, please."),
            past.assistant("It takes a free port now.", id="msg_2"),
        )
    )


@pytest.fixture
def reader(stack: Stack, tmp_path: Path) -> Iterator[Reader]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    folder = tmp_path / "reader"
    folder.mkdir()
    instead = {
        "http://workstation:8080": stack.url,
        "127.0.0.1:9000": f"127.0.0.1:{port}",
        '("127.0.0.1", 9000)': f'("127.0.0.1", {port})',
        "/home/hatchpod/workspace": str(stack.workspace),
    }
    reader = Reader(folder, {"PASSWORD": PASSWORD}, instead)
    yield reader
    reader.close()


def test_every_example_does_what_the_guide_shows(reader: Reader) -> None:
    found = examples(TEXT)
    assert {example.language for example in found} == {"sh", "python"}
    for example in found:
        printed = reader.run(example)
        if example.shows is not None:
            shown, is_json = example.shows, example.is_json
            same = comparable(printed, is_json=is_json) == comparable(shown, is_json=is_json)
            assert same, f"{GUIDE.name}, line {example.line} shows\n{shown}\nbut it prints\n{printed}"
        elif not example.name:
            assert "error" not in printed, f"{GUIDE.name}, line {example.line}: {printed}"


def paths() -> Iterator[str]:
    for handler in HANDLERS:
        for path in handler.paths:  # type: ignore[union-attr] # all of them are handlers of HTTP
            yield re.sub(r"\{\w+:\w+\}", "<id>", path)


@pytest.mark.parametrize("path", sorted(set(paths())))
def test_every_route_is_in_the_guide(path: str) -> None:
    pattern = re.escape(path).replace("<id>", r"(<\w+>|\$\w+)")
    assert re.search(pattern + r"(?![\w/])", TEXT), path


def tags(union: Any) -> list[str]:
    return [str(frame.__struct_config__.tag) for frame in get_args(union)]


@pytest.mark.parametrize("tag", sorted({*tags(ClientFrame), *tags(ServerFrame)}))
def test_every_frame_of_the_stream_is_in_the_guide(tag: str) -> None:
    assert re.search(rf"^\| `{tag}` \|", TEXT, re.MULTILINE)


@pytest.mark.parametrize("tag", sorted({*tags(TerminalClientFrame), *tags(TerminalServerFrame)}))
def test_every_frame_of_the_terminal_is_in_the_guide(tag: str) -> None:
    assert f"`{tag}" in TEXT.partition("\n## Terminal\n")[2].partition("\n## ")[0]


def test_what_an_example_shows_is_compared_without_what_is_different_each_time() -> None:
    one = '{"id": "0d9c55ab-6a1b-4e3e-9d1c-5f4f6d3e7a10",\n "at": "2026-11-23T10:00:00.000Z"}\n["x"]'
    two = '{"at":"2027-01-01T00:00:00Z","id":"7c1b1c4e-90a5-4b7e-8a55-0d3f5d1f6a01"} ["x"]'
    assert comparable(one, is_json=True) == comparable(two, is_json=True)
    assert comparable(one, is_json=True) != comparable(two.replace("x", "y"), is_json=True)
    assert comparable("a b\n", is_json=False) != comparable("a  b", is_json=False)
