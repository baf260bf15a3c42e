"""The `claude` process: how it starts, what it sees, and that it ends whatever happens."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from hatchpod_api.agents.conversation import Conversation
from hatchpod_api.errors import ProviderError
from hatchpod_api.messages.frames import SlashCommands
from hatchpod_api.messages.transcript import AssistantMessage, TextPart
from hatchpod_api.providers.base import Delta, ProviderPrompt, Run, StartOptions, TurnEnded
from standins.claude_runs import DEADLINE, Heard, Workstation, endpoint, workstation
from standins.messages_endpoint import Answer, Text, Use

pytestmark = pytest.mark.anyio

__all__ = ["endpoint", "workstation"]

WAITS = Answer([Use("Bash", {"command": "touch begun; tail -f /dev/null", "description": "Wait"})])


def pid_of(run: Run) -> int:
    return int(getattr(run, "pid", 0))


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def poll(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not holds():  # noqa: ASYNC110 - nothing tells of what other processes do
            await asyncio.sleep(0.05)


async def gone(pid: int) -> None:
    await poll(lambda: not alive(pid))


def processes_in(directory: Path) -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdecimal() and (process / "cwd").readlink() == directory:
                found.append(int(process.name))
    return found


def seen(pid: int, what: str) -> list[str]:
    return Path(f"/proc/{pid}/{what}").read_bytes().decode().split("\0")


async def busy(workstation: Workstation, word: str, session: str | None = None) -> Run:
    """A run whose tool never ends."""
    workstation.endpoint.script(word, WAITS, "It has ended.")
    heard = await workstation.start(session, allowed_tools=("Bash",))
    await heard.run.prompt(ProviderPrompt(text=word))
    await poll((workstation.workspace / "begun").exists)
    return heard.run


async def test_killed_in_a_turn_it_says_so_and_the_conversation_goes_on(workstation: Workstation) -> None:
    session = str(uuid.uuid4())
    workstation.endpoint.script("KILLED", WAITS, "Never said.")
    heard = await workstation.start(session, allowed_tools=("Bash",))
    await heard.turn("Has it?")
    await heard.run.prompt(ProviderPrompt(text="KILLED"))
    await heard.until_true(lambda: len(heard.messages()) >= 4)
    os.kill(pid_of(heard.run), signal.SIGKILL)
    failure = await heard.died()
    assert "SIGKILL" in failure.message
    assert "send a prompt to go on" in failure.message
    with pytest.raises(ProviderError):
        await heard.run.prompt(ProviderPrompt(text="Still there?"))
    with pytest.raises(ProviderError):
        await heard.run.set_mode("plan")
    await heard.run.close()
    await poll(lambda: not processes_in(workstation.workspace))

    again = await workstation.start(session, resume=session)
    assert (await again.turn("Go on.")).outcome == "completed"
    assert "Has it?" in json.dumps(workstation.endpoint.asked("Go on.")[-1])
    await again.close()
    assert again.messages() == workstation.transcript(session)


async def test_closing_in_a_turn_ends_the_process_and_its_tool(workstation: Workstation) -> None:
    run = await busy(workstation, "CLOSED")
    pid = pid_of(run)
    tools = processes_in(workstation.workspace)
    assert pid in tools
    assert len(tools) > 1
    await run.close()
    await run.close()
    assert not alive(pid)
    for tool in tools:
        await gone(tool)


async def test_who_waits_for_the_end_may_be_cancelled(workstation: Workstation) -> None:
    heard = await workstation.start()
    closing = asyncio.create_task(heard.run.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await gone(pid_of(heard.run))


async def test_it_ends_when_the_host_is_killed(workstation: Workstation) -> None:
    host = textwrap.dedent("""
        import asyncio, json, sys
        from pathlib import Path
        from hatchpod_api.config import HostSettings, Places
        from hatchpod_api.providers.base import ProviderPrompt, StartOptions
        from hatchpod_api.providers.claude import ClaudeProvider

        async def main():
            told = json.load(sys.stdin)
            places = Places(**{name: Path(path) for name, path in told["places"].items()})
            provider = ClaudeProvider(HostSettings(places=places), told["environment"])
            run = await provider.start(StartOptions(session_id=told["id"], cwd=told["cwd"], allowed_tools=("Bash",)))
            await run.prompt(ProviderPrompt(text="ORPHAN"))
            print(run.pid, flush=True)
            async for event in run.events():
                pass

        asyncio.run(main())
    """)
    workstation.endpoint.script("ORPHAN", WAITS, "Never said.")
    places = {name: str(getattr(workstation.places, name)) for name in workstation.places.__struct_fields__}
    told = {
        "places": places,
        "environment": workstation.environment,
        "cwd": str(workstation.workspace),
        "id": str(uuid.uuid4()),
    }
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    with subprocess.Popen(  # noqa: ASYNC220 - it starts at once
        [sys.executable, "-c", host], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(told))
        process.stdin.close()
        pid = int(await asyncio.to_thread(process.stdout.readline))
        await poll((workstation.workspace / "begun").exists)
        assert alive(pid)
        process.kill()
    await gone(pid)
    await poll(lambda: not processes_in(workstation.workspace))


async def test_it_sees_the_workstation_but_none_of_the_secrets(workstation: Workstation) -> None:
    workstation.environment |= {
        "API_PASSWORD": "Korb-Laterne-77-Zug",
        "API_PASSWORD_HASH": "$argon2id$",
        "HATCHPOD_STATE_DIR": "/state",
        "CLAUDECODE": "1",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
    }
    heard = await workstation.start()
    names = {variable.partition("=")[0] for variable in seen(pid_of(heard.run), "environ")}
    assert {"HOME", "PATH", "ANTHROPIC_API_KEY", "HTTPS_PROXY", "NO_PROXY", "DISABLE_AUTOUPDATER"} <= names
    assert not {"API_PASSWORD", "API_PASSWORD_HASH", "HATCHPOD_STATE_DIR", "CLAUDECODE"} & names
    arguments = seen(pid_of(heard.run), "cmdline")
    assert "test-key" not in " ".join(arguments)
    assert not [argument for argument in arguments if "dangerously" in argument]


async def test_the_command_of_the_workstation_is_preferred(workstation: Workstation) -> None:
    own = workstation.home / "bin/claude"
    own.parent.mkdir()
    own.write_text(f'#!/bin/sh\ntouch "$HOME/used"\nexec {workstation.command} "$@"\n')
    own.chmod(0o755)
    workstation.environment["PATH"] = f"{own.parent}:{workstation.environment['PATH']}"
    heard = await workstation.start()
    await heard.until(SlashCommands)
    assert (workstation.home / "used").exists()


async def test_a_start_that_fails_says_why(workstation: Workstation) -> None:
    own = workstation.home / "bin/claude"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\necho 'the disk is full of eggs' >&2\nexit 3\n")
    own.chmod(0o755)
    workstation.environment["PATH"] = f"{own.parent}:{workstation.environment['PATH']}"
    with pytest.raises(ProviderError, match="ended with code 3: the disk is full of eggs"):
        await workstation.start()
    with pytest.raises(ProviderError, match=r"the directory .* is gone"):
        await workstation.start(cwd=str(workstation.workspace / "nowhere"))
    with pytest.raises(ProviderError, match="no transcript of session"):
        await workstation.start(resume=str(uuid.uuid4()))


async def test_many_sessions_run_beside_each_other(workstation: Workstation) -> None:
    runs = await asyncio.gather(*(workstation.start() for _ in range(3)))
    ends = await asyncio.gather(*(heard.turn(f"Has egg {number}?") for number, heard in enumerate(runs)))
    assert [end.outcome for end in ends] == ["completed"] * 3
    assert all(len(heard.messages()) == 2 for heard in runs)


async def test_a_slow_listener_loses_nothing(workstation: Workstation) -> None:
    text = "drop " * 2000
    workstation.endpoint.script("FLOOD", Answer([Text(text, pieces=2000)]))
    options = StartOptions(session_id=str(uuid.uuid4()), cwd=str(workstation.workspace))
    run = await workstation.provider().start(options)
    await run.prompt(ProviderPrompt(text="FLOOD"))
    await poll(lambda: workstation.endpoint.asked("FLOOD"))
    heard = Heard(run, Conversation())
    await heard.until(TurnEnded)
    await heard.close()
    said = heard.messages()[1]
    assert isinstance(said, AssistantMessage)
    assert said.parts == [TextPart(text=text)]
    assert "".join(delta.text for delta in heard.all(Delta)) == text


def test_nothing_of_the_sdk_is_loaded_before_the_first_run() -> None:
    code = "import sys, hatchpod_api.providers.claude; print([name for name in sys.modules if 'claude_agent' in name])"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
