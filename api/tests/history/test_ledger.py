"""What sessions cost: measured from answers, corrected by what Claude Code itself has counted."""

import pytest

from hatchpod_api.history.entries import ModelCost
from hatchpod_api.history.ledger import Ledger
from hatchpod_api.history.prices import cost
from hatchpod_api.messages.transcript import MessageUsage

MODEL = "claude-sonnet-4-5"
HUNDRED = MessageUsage(input=100, output=100)


def report(output: int, dollars: float) -> dict[str, ModelCost]:
    return {MODEL: ModelCost(input_tokens=100, output_tokens=output, cost=dollars)}


def test_an_answer_that_is_written_twice_counts_once_as_it_stood_last() -> None:
    ledger = Ledger()
    ledger.measure("m1", MODEL, MessageUsage(input=100, output=1), "2026-11-23")
    ledger.measure("m2", MODEL, HUNDRED, "2026-11-23")
    ledger.measure("m1", MODEL, HUNDRED, "2026-11-23")
    total = ledger.total()
    assert (total.input, total.output) == (200, 200)
    assert total.cost == pytest.approx(2 * cost(MODEL, HUNDRED))


def test_a_report_replaces_the_estimate_and_adds_what_was_not_measured() -> None:
    ledger = Ledger()
    ledger.measure("m1", MODEL, HUNDRED, "2026-11-22")
    ledger.measure("m2", MODEL, HUNDRED, "2026-11-23")
    ledger.report(report(500, 3.0), "2026-11-23")
    days = ledger.by_slot()
    assert (days[f"2026-11-22 {MODEL}"].output, days[f"2026-11-23 {MODEL}"].output) == (100, 400)
    assert days[f"2026-11-22 {MODEL}"].cost == pytest.approx(1.5)
    assert ledger.total().cost == pytest.approx(3.0)


def test_reports_count_from_the_beginning_of_the_session() -> None:
    ledger = Ledger()
    for number, dollars in enumerate((1.0, 1.5, 1.5), start=1):
        ledger.report(report(100 * min(number, 2), dollars), f"2026-11-2{number}")
    assert ledger.total().cost == pytest.approx(1.5)
    assert {slot: amount.cost for slot, amount in ledger.by_slot().items()} == {
        f"2026-11-21 {MODEL}": pytest.approx(1.0),
        f"2026-11-22 {MODEL}": pytest.approx(0.5),
    }


def test_a_report_that_begins_anew_adds_to_the_old_ones() -> None:
    ledger = Ledger()
    ledger.report(report(1000, 5.0), "2026-11-22")
    ledger.report(report(100, 0.5), "2026-11-23")
    assert ledger.total().cost == pytest.approx(5.5)
    assert ledger.total().output == 1100


def test_what_comes_after_the_last_report_is_estimated() -> None:
    ledger = Ledger()
    ledger.report(report(100, 1.0), "2026-11-23")
    ledger.measure("m9", MODEL, HUNDRED, "2026-11-23")
    assert ledger.total().cost == pytest.approx(1.0 + cost(MODEL, HUNDRED))
    assert ledger.total().output == 200


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-opus-4-5-20251101", 5),
        ("claude-opus-4-1", 15),
        ("claude-sonnet-4-5", 3),
        ("claude-haiku-4-5", 1),
        ("claude-3-5-haiku-20241022", 0.8),
        ("claude-3-haiku", 0.25),
        ("somebody-else", 0),
    ],
)
def test_models_have_list_prices(model: str, dollars: float) -> None:
    assert cost(model, MessageUsage(input=1_000_000)) == pytest.approx(dollars)
