"""The clock of the machine jumps while sessions run, as after a suspend or when it is set for the first time."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.live.stack import PASSWORD, SOURCE, Stack

DAY = 24 * 3600

# STAND-IN for setting the clock: both processes add to the time what is in a file.
JUMPING = """
import os, time
from pathlib import Path

offset, real = Path(os.environ["HOME"], "offset"), time.time
time.time = lambda: real() + float(offset.read_text())
"""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    folder = tmp_path / "clock"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(JUMPING)
    with Stack(tmp_path / "stack", PYTHONPATH=f"{SOURCE}:{folder}") as stack:
        set_clock(stack, 0)
        stack.start()
        yield stack


def set_clock(stack: Stack, seconds: int) -> None:
    new = stack.home / "offset.new"
    new.write_text(str(seconds))
    new.replace(stack.home / "offset")


@pytest.mark.parametrize("jumps", [(-DAY, DAY), (DAY, -DAY)], ids=["back and on", "on and back"])
def test_a_turn_goes_on_and_nobody_misses_anything(jumps: tuple[int, ...], stack: Stack) -> None:
    session = stack.create()
    before = stack.get(f"/api/sessions/{session}").json()["lastModified"]
    with stack.stream(session) as viewer, stack.stream(session) as other:
        other.until("queue")
        viewer.until("queue")
        viewer.send("prompt", text="[slow 40] walk")
        for jump in jumps:
            viewer.until("text_delta")
            set_clock(stack, jump)
        cursor = viewer.cursor
        viewer.until("status", status="completed")
        other.until("status", status="completed")
        assert viewer.numbers == other.numbers == list(range(viewer.numbers[0], viewer.numbers[-1] + 1))
    after = stack.get(f"/api/sessions/{session}").json()["lastModified"]
    assert (after > before) == (jumps[-1] > 0), "the clock of the processes did not jump"
    with stack.stream(session, cursor=cursor) as viewer:
        assert viewer.next()["result"] == "ok"
        viewer.send("prompt", text="and now?")
        viewer.until("status", status="completed")
        viewer.until("status", status="completed")
    later = stack.create()
    stack.wait(lambda: {session, later} <= {one["id"] for one in stack.get("/api/sessions").json()}, "both are listed")


def test_logins_and_devices_stay_good_and_wrong_guesses_stay_counted(stack: Stack) -> None:
    device = stack.post("/api/tokens", {"name": "phone"}).json()["token"]
    with httpx.Client(base_url=stack.url) as browser:
        assert browser.post("/api/login", json={"password": PASSWORD}).status_code == 204
        credentials: list[Callable[[], httpx.Response]] = [
            lambda: browser.get("/api/sessions"),
            lambda: stack.get("/api/sessions", headers={"Authorization": f"Bearer {device}"}),
            lambda: stack.get("/api/sessions"),
        ]
        for _ in range(11):
            guess = stack.get("/api/sessions", headers={"Authorization": "Bearer wrong"})
        assert guess.status_code == 429
        for jump in (-DAY, DAY, 0):
            set_clock(stack, jump)
            assert [ask().status_code for ask in credentials] == [200, 200, 200]
            guess = stack.get("/api/sessions", headers={"Authorization": "Bearer wrong"})
            assert guess.status_code == 429  # a quarter of an hour has not passed, whatever the clock says
