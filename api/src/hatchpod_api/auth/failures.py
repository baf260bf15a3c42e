"""The limit on wrong guesses."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil

Clock = Callable[[], float]

ATTEMPTS = 10
ATTEMPTS_WINDOW = 15 * 60

_MAX_ADDRESSES = 10_000


class Failures:
    """Wrong guesses of each address within a sliding window; the longest silent address is forgotten first."""

    def __init__(self, clock: Clock = time.monotonic, *, max_addresses: int = _MAX_ADDRESSES) -> None:
        self._clock = clock
        self._max_addresses = max_addresses
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Seconds until this address may fail again; 0 when it may now."""
        times = self._recent(address)
        if len(times) < ATTEMPTS:
            return 0
        return max(1, ceil(times[0] + ATTEMPTS_WINDOW - self._clock()))

    def add(self, address: str) -> None:
        self._times[address] = self._recent(address)
        self._times[address].append(self._clock())
        self._times.move_to_end(address)
        while len(self._times) > self._max_addresses:
            self._times.popitem(last=False)

    def _recent(self, address: str) -> deque[float]:
        times = self._times.get(address, deque())
        while times and times[0] <= self._clock() - ATTEMPTS_WINDOW:
            times.popleft()
        return times
