"""What models cost, for transcripts that do not say it themselves: US dollars for a million tokens."""

import re
from functools import lru_cache
from typing import NamedTuple

from hatchpod_api.messages.transcript import MessageUsage


class Price(NamedTuple):
    """List prices; a read from the cache costs a tenth of the input, a write to it a quarter more."""

    input: float
    output: float


# The first pattern that a model's name matches counts. List prices of November 2026.
PRICES = (
    (r"opus-(5|4-[5-9])", Price(5, 25)),
    (r"opus", Price(15, 75)),
    (r"sonnet", Price(3, 15)),
    (r"haiku-(4|5)", Price(1, 5)),
    (r"3-5-haiku|haiku-3-5", Price(0.8, 4)),
    (r"haiku", Price(0.25, 1.25)),
)
_CACHE_READ = 0.1
_CACHE_WRITE = 1.25


def cost(model: str, usage: MessageUsage) -> float:
    """An estimate in US dollars; 0 for a model that is not known."""
    price = price_of(model)
    tokens = usage.input + _CACHE_READ * usage.cache_read + _CACHE_WRITE * usage.cache_write
    return (tokens * price.input + usage.output * price.output) / 1e6


@lru_cache(maxsize=64)
def price_of(model: str) -> Price:
    """The price of a model by its name; nothing where it is not known."""
    return next((price for pattern, price in PRICES if re.search(pattern, model)), Price(0, 0))
