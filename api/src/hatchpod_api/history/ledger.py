"""Adds up the tokens and the cost of one transcript, by day and model.

Each answer carries its tokens, but no cost, and answers of subagents stand in files of their own. From time to time
Claude Code writes down what it has counted itself (`cost-state`), cost and subagents included. So answers are
measured, with an estimated cost, and what was measured since the last report is corrected by the next one.
"""

from collections.abc import Mapping

import msgspec

from hatchpod_api.history.entries import ModelCost
from hatchpod_api.history.prices import cost
from hatchpod_api.messages.transcript import MessageUsage

RECENT = 16  # answers whose usage can still be corrected by a later line of the same answer

Slot = str  # "2026-11-23 claude-opus-4-5": a day in UTC, and a model


class Amount(msgspec.Struct, array_like=True):
    """Tokens, and cost in US dollars."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cost: float = 0.0

    def add(self, other: "Amount", sign: int = 1) -> None:
        self.input += sign * other.input
        self.output += sign * other.output
        self.cache_read += sign * other.cache_read
        self.cache_write += sign * other.cache_write
        self.cost += sign * other.cost


class Ledger(msgspec.Struct):
    """`settled` is what reports have confirmed, `measured` what came after the last one."""

    settled: dict[Slot, Amount] = {}
    measured: dict[Slot, Amount] = {}
    reported: dict[str, Amount] = {}
    recent: dict[str, MessageUsage] = {}

    def measure(self, answer: str, model: str, usage: MessageUsage, day: str) -> None:
        """Count an answer; the same one again counts only for what it has more."""
        slot = f"{day} {model}"
        if (amount := self.measured.get(slot)) is None:
            amount = self.measured[slot] = Amount()
        if known := self.recent.pop(answer, None):
            amount.add(_amount(model, known), -1)
        amount.add(_amount(model, usage))
        self.recent[answer] = usage
        if len(self.recent) > RECENT:
            del self.recent[next(iter(self.recent))]

    def report(self, models: Mapping[str, ModelCost], day: str) -> None:
        """Take what Claude Code has counted since the session began, by model."""
        for model, counted in models.items():
            total = _counted(counted)
            before = self.reported.get(model, Amount())
            since = Amount()
            since.add(total)
            if total.cost >= before.cost and total.output >= before.output:
                since.add(before, -1)
            self.reported[model] = total
            self._settle(model, since, day)

    def _settle(self, model: str, since: Amount, day: str) -> None:
        """Spread a report over the days that were measured; what was not measured falls on the last day."""
        slots = [slot for slot in self.measured if slot.partition(" ")[2] == model]
        measured = Amount()
        for slot in slots:
            measured.add(self.measured[slot])
        if since.output < measured.output:
            return  # the report is of an earlier time, or of another run
        share = since.cost / measured.cost if measured.cost > 0 else 0.0
        for slot in slots:
            amount = self.measured.pop(slot)
            amount.cost *= share
            self.settled.setdefault(slot, Amount()).add(amount)
        rest = Amount(
            max(0, since.input - measured.input),
            since.output - measured.output,
            max(0, since.cache_read - measured.cache_read),
            max(0, since.cache_write - measured.cache_write),
            0.0 if share else since.cost,
        )
        if rest != Amount():
            self.settled.setdefault(f"{day} {model}", Amount()).add(rest)

    def by_slot(self) -> dict[Slot, Amount]:
        result: dict[Slot, Amount] = {}
        for slots in (self.settled, self.measured):
            for slot, amount in slots.items():
                result.setdefault(slot, Amount()).add(amount)
        return result

    def total(self) -> Amount:
        result = Amount()
        for amount in self.by_slot().values():
            result.add(amount)
        return result


def _amount(model: str, usage: MessageUsage) -> Amount:
    return Amount(usage.input, usage.output, usage.cache_read, usage.cache_write, cost(model, usage))


def _counted(counted: ModelCost) -> Amount:
    return Amount(
        int(counted.input_tokens),
        int(counted.output_tokens),
        int(counted.cache_read_input_tokens),
        int(counted.cache_creation_input_tokens),
        counted.cost,
    )
