"""The agent host as a process of its own: killed, started twice, on a full disk, and with many clients at once."""

import asyncio
import json
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import Create, FeedEvent, GetSession, HostOverview, Overview
from hatchpod_api.config import Places
from hatchpod_api.errors import UnavailableError
from hatchpod_api.messages.sessions import CreateSession, SessionCreated, SessionDetail
from standins.stream_client import Reduced, StreamClient, eventually, texts

pytestmark = pytest.mark.anyio

SOURCE = Path(__file__).parents[2] / "src"

Process = subprocess.Popen[str]
Start = Callable[..., Process]


@pytest.fixture
def start(places: Places) -> Iterator[Start]:
    """`start(**environment)` starts an agent host; what still runs at the end is killed."""
    started: list[Process] = []

    def start(*, listening: bool = True, **environment: str) -> Process:
        ready, notify = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "hatchpod_api", "agents", "--notify-fd", str(notify)],
            pass_fds=[notify],
            env={
                "PYTHONPATH": str(SOURCE),
                "PATH": os.environ["PATH"],
                "HOME": str(places.workspace.parent),
                "HATCHPOD_RUN_DIR": str(places.run),
                "HATCHPOD_STATE_DIR": str(places.state),
                "HATCHPOD_PROVIDERS": "scripted",
                "HATCHPOD_MAX_RUNNING": "100",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        os.close(notify)
        with os.fdopen(ready, "rb", buffering=0) as pipe:
            if listening:
                assert select.select([pipe], [], [], 60)[0], "it was not ready in time"
                assert pipe.read(2) == b"\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def small_disk(places: Places) -> Iterator[None]:
    """The state directory is on a disk of 64 KiB."""
    places.state.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(places.state)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"only root can mount a small disk: {mounted.stderr.decode().strip()}")
    yield
    subprocess.run(["umount", "-l", str(places.state)], check=True)


@asynccontextmanager
async def client_of(places: Places) -> AsyncIterator[AgentsClient]:
    async with AgentsClient(places.socket) as agents:
        await eventually(lambda: agents.connected)
        yield agents


async def create(agents: AgentsClient, prompt: str = "") -> str:
    wanted = Create(session=CreateSession(provider="scripted", prompt=prompt))
    return (await agents.call(wanted, SessionCreated)).id


async def test_the_socket_is_for_its_user_alone_and_sigterm_ends_it_cleanly(start: Start, places: Places) -> None:
    process = start()
    assert places.socket.stat().st_mode & 0o777 == 0o600
    assert places.run.stat().st_mode & 0o777 == 0o700
    async with client_of(places) as agents:
        busy = await create(agents, "[deaf]")
        await eventually(lambda: agents.sessions[busy].status == "running")
        process.send_signal(signal.SIGTERM)
        await eventually(lambda: not agents.connected)
        _, err = await asyncio.to_thread(process.communicate, timeout=60)
        with pytest.raises(UnavailableError):
            await agents.call(Overview(), HostOverview)
    assert (process.returncode, err) == (0, "")
    assert not places.socket.exists()


async def test_a_killed_host_comes_back_with_its_sessions_and_clients_are_told(start: Start, places: Places) -> None:
    first = start()
    async with client_of(places) as agents:
        events: list[FeedEvent] = []
        agents.on_event(events.append)
        idle, busy = await create(agents), await create(agents, "[deaf]")
        stream = await StreamClient.open(agents, busy)
        stream.send("prompt", text="waits", clientId="w", mode="queue")
        await stream.until(lambda frame: frame["type"] == "queue" and bool(frame["items"]))
        remapped = await create(agents, "[remap]")
        await eventually(lambda: remapped in agents.redirects)
        first.kill()
        first.wait()
        await eventually(lambda: not agents.connected)
        start()
        await eventually(lambda: agents.connected)
        assert {agents.sessions[idle].status, agents.sessions[busy].status} == {"idle", "interrupted"}
        detail = await agents.call(GetSession(id=busy), SessionDetail)
        assert "restarted" in (detail.error or "")
        assert [item.text for item in detail.queue.items] == ["waits"]
        assert detail.queue.paused
        await eventually(lambda: [event.kind for event in events if event.session_id == busy] == ["interrupted"])
        back = await StreamClient.open(agents, busy, stream.reduced)
        assert (await back.until_type("resume"))["result"] == "gap"
        back.send("prompt", text="waits", clientId="w")  # in the queue already
        back.send("prompt", text="go on")
        await back.until(lambda frame: "Echo: waits" in str(frame.get("message")))
        assert [text for text in back.texts if text == "waits"] == ["waits"]
        moved = await StreamClient.open(agents, remapped)
        assert moved.reduced.latest["status"]["status"] == "completed"
        assert agents.resolve(remapped) in agents.sessions
        for client in (stream, back, moved):
            client.close()


async def test_a_second_host_is_refused_and_harms_nobody(start: Start, places: Places) -> None:
    process = start()
    second = start(listening=False)
    out, err = second.communicate(timeout=60)
    assert (second.returncode, out) == (1, "")
    assert err.startswith(f"hatchpod-api: error: another agent host (process {process.pid}) uses ")
    async with client_of(places) as agents:
        assert (await agents.call(Overview(), HostOverview)).sessions == 0


async def test_damaged_records_are_set_aside(start: Start, places: Places) -> None:
    folder = places.state / "sessions"
    folder.mkdir(parents=True)
    damages = [b"", b"{", b"null", b'{"id": 1}', b"\xff\xfe", b"[" * 100_000]
    for number, content in enumerate(damages):
        (folder / f"{number}.json").write_bytes(content)
    (folder / "half.new").write_bytes(b"{")
    start()
    async with client_of(places) as agents:
        assert agents.sessions == {}
        await create(agents, "works")
    assert len(list(folder.glob("*.damaged"))) == len(damages)


async def test_on_a_full_disk_sessions_go_on_and_the_problem_is_told(
    start: Start, places: Places, small_disk: None
) -> None:
    start()
    async with client_of(places) as agents:
        filler = places.state / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            for _ in range(100):
                file.write(b"x" * 4096)
        session = await create(agents, "first")
        stream = await StreamClient.open(agents, session)
        stream.send("prompt", text="second", mode="queue")
        await stream.until(lambda frame: "Echo: second" in str(frame.get("message")))
        [problem] = (await agents.call(Overview(), HostOverview)).problems
        assert "No space left" in problem
        filler.unlink()
        stream.send("prompt", text="third", mode="queue")
        await stream.until(lambda frame: "Echo: third" in str(frame.get("message")))
        await stream.until_status("completed")
        assert (await agents.call(Overview(), HostOverview)).problems == []
        stream.close()


async def test_clients_that_come_and_go_miss_nothing(start: Start, places: Places) -> None:
    start()
    ended = asyncio.Event()
    async with client_of(places) as agents:
        sessions = [await create(agents) for _ in range(20)]
        followers = [Reduced() for _ in sessions for _ in range(3)]
        chances = random.Random(1)  # noqa: S311 # not for secrets
        tasks = [
            asyncio.create_task(come_and_go(agents, sessions[number // 3], reduced, chances, ended))
            for number, reduced in enumerate(followers)
        ]
        drivers = [await StreamClient.open(agents, session) for session in sessions]
        await asyncio.gather(*(drive(driver) for driver in drivers))
        ended.set()
        await asyncio.gather(*tasks)
        for number, reduced in enumerate(followers):
            driver = drivers[number // 3]
            await driver.caught_up()
            assert reduced.state == driver.reduced.state
            first = reduced.seqs[0]
            assert reduced.seqs == list(range(first, driver.reduced.seqs[-1] + 1))
            assert texts(reduced)[-1] == "Echo: the end"
        for driver in drivers:
            driver.close()


async def drive(driver: StreamClient) -> None:
    for text in ("[burst 300]", "[slow 10]", "[thinking]", "[subagent]", "[long 50]", "[tasks]", "the end"):
        driver.send("prompt", text=text, mode="queue")
    await driver.until(lambda frame: "Echo: the end" in str(frame.get("message")), seconds=120)
    await driver.until_status("completed")


async def come_and_go(
    agents: AgentsClient, session: str, reduced: Reduced, chances: random.Random, ended: asyncio.Event
) -> None:
    while not ended.is_set():
        client = await StreamClient.open(agents, session, reduced)
        try:
            async with asyncio.timeout(chances.random() * 0.3):
                await client.read_on()
        except TimeoutError:
            pass
        finally:
            client.close()
    client = await StreamClient.open(agents, session, reduced)
    await client.caught_up()
    client.close()


async def test_fifty_clients_at_once_see_the_same(start: Start, places: Places) -> None:
    start()
    async with client_of(places) as agents:
        session = await create(agents, "[long 400]")
        await eventually(lambda: agents.sessions[session].status == "completed")
        clients = await asyncio.gather(*(StreamClient.open(agents, session) for _ in range(50)))
        clients[0].send("prompt", text="for all")
        await asyncio.gather(*(client.until_status("completed") for client in clients))
        for client in clients:
            await client.caught_up()
            assert client.reduced.state == clients[0].reduced.state
            assert len(client.reduced.messages) == 405
            client.close()


async def test_the_log_is_json_and_quiet(start: Start, places: Places) -> None:
    process = start()
    async with client_of(places) as agents:
        await create(agents, "a secret prompt")
        stream = await StreamClient.open(agents, next(iter(agents.sessions)))
        stream.send_bytes(b"null")
        await stream.until_type("error")
        stream.close()
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert err == ""
    assert [json.loads(line)["level"] for line in out.splitlines()] == ["info"] * len(out.splitlines())
    assert "a secret prompt" not in out
