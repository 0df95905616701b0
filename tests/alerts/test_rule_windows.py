"""The long windows of the shipped rules: the minutes of the store tell what its fine rows tell, and what was so."""

from pathlib import Path

import numpy as np
import pytest
from alerts_builders import Counts

from alerts.evaluator import Evaluator
from alerts.promql import evaluate, parse
from alerts.reach import far_selectors
from alerts.rule import load_rules
from collector.store import Store
from drawdown.clock import LoopClock, run_virtually
from drawdown.document import read_document
from drawdown.series import NAME, Labels

ROOM = Path(__file__).parents[2] / "alerts" / "rules"
GROUPS = load_rules(read_document(ROOM / "slow.yaml"))
BUDGET = [group for group in GROUPS if group.name in {"drawdown-minutes", "drawdown-error-budget"}]
START = 1_700_000_017.0
LASTS = 4500
"""Seconds of all."""
CASH = [
    Labels({NAME: "drawdown_credit_to_cash_total", "origin": "borrower", "journey": "app", "result": result})
    for result in ("paid", "technical", "policy")
]


async def lived(retention):
    """A sample every five seconds, by a store whose fine rows reach back `retention` seconds."""
    store = Store(retention=retention)
    store.roll_up(far_selectors(GROUPS, retention))
    evaluator = Evaluator(BUDGET, source=store, sink=store, instruments=Counts(), clock=LoopClock(0.0))
    random, counts = np.random.default_rng(1), np.zeros(3)
    for second in range(0, LASTS + 1, 5):
        counts = counts + random.poisson((20.0, 0.5, 1.0))
        store.append(START + second, tuple(CASH), counts)
        if second % 60 == 0:
            evaluator.tick(START + second)
    return store, counts


@pytest.fixture(scope="module")
def by_minutes():
    return run_virtually(lived(600.0))


@pytest.fixture(scope="module")
def by_fine_rows():
    return run_virtually(lived(LASTS))


@pytest.mark.parametrize("window", ["30m", "1h", "2h"])
def test_a_burn_rate_of_the_minutes_is_that_of_the_fine_rows_but_for_one_minute(by_minutes, by_fine_rows, window):
    now, text = START + LASTS, f"drawdown:error_budget:burn{window}"
    burns = [evaluate(parse(text), store, now).values.tolist() for store, _ in (by_minutes, by_fine_rows)]
    assert burns[0] == pytest.approx(burns[1], rel=1 / 30)
    assert len(burns[0]) == 1


def test_a_burn_rate_is_what_was_counted_over_what_may_be(by_minutes):
    store, counts = by_minutes
    (burn,) = evaluate(parse("drawdown:error_budget:burn2h"), store, START + LASTS).values
    assert burn == pytest.approx(counts[1] / counts.sum() / 0.005, rel=0.03)


def test_the_minutes_that_are_kept_for_long_are_few(by_minutes):
    store, _ = by_minutes
    assert len(store.rollups.index) == len(CASH)
