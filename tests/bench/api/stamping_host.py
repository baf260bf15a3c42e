"""The agent host as it is, with two more scenarios of the scripted agent.

`[stamp N]` says N words, each the time at which it was said. `[pace N]` says N of them, 100 in each second.
Times of `time.monotonic_ns` are the same clock in every process of a machine.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time

from hatchpod_api import __main__ as command
from hatchpod_api.messages.transcript import TextPart
from hatchpod_api.providers.base import ProviderPrompt
from hatchpod_api.providers.scripted_scenarios import SCENARIOS, count_of
from hatchpod_api.providers.scripted_stage import Stage

SECONDS = (0.025, 0.075)  # between two stamps, so that sessions do not speak in chorus
RATE = 100  # words a second at a steady pace


async def stamp(stage: Stage, prompt: ProviderPrompt) -> None:
    """Say the time, again and again, as fast as a model speaks."""
    key = stage.key("assistant")
    for _ in range(count_of(prompt.text, 100)):
        await stage.grow(key, f"{time.monotonic_ns()} ")
        await asyncio.sleep(random.uniform(*SECONDS))  # noqa: S311 - not a secret
    await stage.say(TextPart(text="done"), key=key)


async def pace(stage: Stage, prompt: ProviderPrompt) -> None:
    """Say numbers at a steady pace, ten to a line."""
    key, begun, said = stage.key("assistant"), time.monotonic(), ""
    for number in range(count_of(prompt.text, 100)):
        word = f"{number}\n\n" if number % 10 == 9 else f"{number} "
        said += word
        await stage.grow(key, word)
        await asyncio.sleep(begun + (number + 1) / RATE - time.monotonic())
    await stage.say(TextPart(text=said), key=key)


if __name__ == "__main__":
    SCENARIOS |= {"stamp": stamp, "pace": pace}
    sys.exit(command.main())
