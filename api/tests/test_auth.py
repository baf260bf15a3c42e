import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from hatchpod_api.auth.authenticator import Authenticator
from hatchpod_api.auth.devices import Devices
from hatchpod_api.auth.failures import ATTEMPTS, ATTEMPTS_WINDOW, Failures
from hatchpod_api.auth.logins import Logins
from hatchpod_api.auth.password import Password, hash_password
from hatchpod_api.config import Places
from hatchpod_api.errors import NotAuthenticatedError, NotFoundError, TooManyAttemptsError, UnavailableError
from hatchpod_api.state.database import Database


class CountedPassword(Password):
    """Records how often argon2 ran, how many at once, and in which threads; it can be held up."""

    def __init__(self, argon2_hash: str) -> None:
        super().__init__(argon2_hash)
        self.runs: list[bytes] = []
        self.threads: set[int] = set()
        self.running = self.most = 0
        self.go = threading.Event()
        self.go.set()
        self.started = threading.Event()

    def _verify(self, candidate: bytes) -> bool:
        self.runs.append(candidate)
        self.threads.add(threading.get_ident())
        self.running += 1
        self.most = max(self.most, self.running)
        self.started.set()
        self.go.wait(10)
        self.running -= 1
        return super()._verify(candidate)


@pytest.fixture
def counted(password_hash: str) -> CountedPassword:
    return CountedPassword(password_hash)


def test_argon2_runs_until_the_password_was_seen_and_never_again(counted: CountedPassword, password: str) -> None:
    async def ask(candidate: str) -> bool:
        return await counted.matches(candidate.encode())

    answers = [asyncio.run(ask(c)) for c in ("wrong one", password, password, "wrong one", "other")]
    assert answers == [False, True, True, False, False]
    assert counted.runs == [b"wrong one", password.encode()]


def test_argon2_runs_one_at_a_time_beside_the_event_loop(counted: CountedPassword) -> None:
    async def ask_together() -> list[bool]:
        return await asyncio.gather(*(counted.matches(f"guess {n}".encode()) for n in range(8)))

    assert asyncio.run(ask_together()) == [False] * 8
    assert (len(counted.runs), counted.most) == (8, 1)
    assert threading.get_ident() not in counted.threads


def test_requests_that_wait_together_for_the_first_check_share_it(counted: CountedPassword, password: str) -> None:
    async def ask_together() -> list[bool]:
        return await asyncio.gather(*(counted.matches(password.encode()) for _ in range(8)))

    assert asyncio.run(ask_together()) == [True] * 8
    assert len(counted.runs) == 1


def test_many_suspects_hold_up_nobody_else(counted: CountedPassword, password: str) -> None:
    async def scene() -> None:
        counted.go.clear()
        suspects = [asyncio.create_task(counted.matches(f"guess {n}".encode(), suspect=True)) for n in range(20)]
        assert await asyncio.to_thread(counted.started.wait, 10)
        owner = asyncio.create_task(counted.matches(password.encode()))
        await asyncio.sleep(0)
        counted.go.set()
        assert await owner
        assert not any(await asyncio.gather(*suspects))

    asyncio.run(scene())
    assert counted.runs.index(password.encode()) <= 2


@pytest.mark.parametrize("weak", ["", "changeme", "password1234", "Hatchpod-2026!", "admin"])
def test_a_well_known_password_never_opens_whatever_the_hash(weak: str) -> None:
    counted = CountedPassword(hash_password(weak.encode()))
    assert not asyncio.run(counted.matches(weak.encode()))
    assert counted.runs == []


def test_a_password_of_any_bytes_is_compared_as_bytes() -> None:
    odd = b"\x00\xff\xfe kept as \xc3\x28 it is"
    assert asyncio.run(Password(hash_password(odd)).matches(odd))
    assert not asyncio.run(Password(hash_password(odd)).matches(odd + b"\x00"))


def test_an_endless_password_is_wrong_without_work(counted: CountedPassword) -> None:
    assert not asyncio.run(counted.matches(b"x" * 1_000_000))
    assert counted.runs == []


def test_the_memory_for_wrong_guesses_is_bounded(clock: Callable[[], float]) -> None:
    failures = Failures(clock, max_addresses=3)
    for address in ("a", "b", "a", "c", "d"):
        failures.add(address)
    assert set(failures._times) == {"a", "c", "d"}


def test_a_wait_is_never_longer_than_the_window(clock: Any) -> None:
    failures = Failures(clock)
    for _ in range(ATTEMPTS - 1):
        failures.add("a")
        clock.now += 1
    assert failures.wait("a") == 0
    failures.add("a")
    assert failures.wait("a") == ATTEMPTS_WINDOW - (ATTEMPTS - 1)
    assert failures.wait("b") == 0


@pytest.fixture
async def database(places: Places) -> AsyncIterator[Database]:
    async with Database(places.state / "api.sqlite") as database:
        yield database


async def loaded(database: Database, clock: Callable[[], float], password_hash: str, **limits: int) -> Logins:
    logins = Logins(database, clock, **limits)
    await logins.load(password_hash)
    return logins


@pytest.mark.anyio
async def test_the_oldest_login_makes_room_for_the_newest(database: Database, clock: Any, password_hash: str) -> None:
    logins = await loaded(database, clock, password_hash, max_logins=2)
    tokens = []
    for _ in range(3):
        tokens.append(await logins.create())
        clock.now += 1
    for known in (logins, await loaded(database, clock, password_hash)):
        assert [known.find(token) is not None for token in tokens] == [False, True, True]


@pytest.mark.anyio
async def test_a_restart_logs_nobody_out_and_another_password_everybody(
    database: Database, clock: Any, password_hash: str
) -> None:
    token = await (await loaded(database, clock, password_hash)).create()
    assert (await loaded(database, clock, password_hash)).find(token)
    assert (await loaded(database, clock, hash_password(b"another one"))).find(token) is None
    assert (await loaded(database, clock, password_hash)).find(token) is None


@pytest.mark.anyio
async def test_tokens_are_kept_hashed_only(database: Database, places: Places, clock: Any, password_hash: str) -> None:
    login = await (await loaded(database, clock, password_hash)).create()
    device = (await Devices(database, clock).create("phone")).token
    assert min(len(login), len(device)) >= 43
    for path in places.state.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        assert login.encode() not in path.read_bytes()
        assert device.encode() not in path.read_bytes()


@pytest.mark.anyio
async def test_a_full_disk_keeps_no_device_in_and_loses_no_login_half(
    database: Database, counted: CountedPassword, clock: Any
) -> None:
    async with Authenticator(counted, Failures(clock), Logins(database, clock), Devices(database, clock)) as locks:
        device, login = await locks.devices.create("phone"), await locks.logins.create()
        principal = await locks.check(device.token.encode(), "192.0.2.7")
        ended = locks.revocation(principal)
        await database.run("PRAGMA query_only = 1")
        for _ in range(2):
            with pytest.raises(UnavailableError):
                await locks.revoke_device(device.id)
            with pytest.raises(UnavailableError):
                await locks.log_out(login)
        assert ended.is_set()
        assert await locks.devices.find(device.token) is None
        assert locks.logins.find(login)
        await database.run("PRAGMA query_only = 0")
        await locks.revoke_device(device.id)
        await locks.log_out(login)
        with pytest.raises(NotFoundError):
            await locks.revoke_device(device.id)
    async with Authenticator(counted, Failures(clock), Logins(database, clock), Devices(database, clock)) as restarted:
        assert await restarted.devices.find(device.token) is None
        assert restarted.logins.find(login) is None


def test_a_wrong_password_is_logged_without_the_password(
    counted: CountedPassword, clock: Callable[[], float], places: Places, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(places.state / "api.sqlite")
    authenticator = Authenticator(counted, Failures(clock), Logins(database, clock), Devices(database, clock))
    for expected in [NotAuthenticatedError] * ATTEMPTS + [TooManyAttemptsError] * 3:
        with pytest.raises(expected):
            asyncio.run(authenticator.check_password(b"my other password", "192.0.2.7"))
    fields = [record.__dict__["fields"] for record in caplog.records]
    assert [f["locked_out"] for f in fields] == [False] * (ATTEMPTS - 1) + [True]
    assert {f["client"] for f in fields} == {"192.0.2.7"}
    assert "my other password" not in caplog.text + str(fields)
