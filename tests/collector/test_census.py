"""What is counted at once is what the recorder counts and the history remembers one by one."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from collector_samples import NOW, VOCABULARY, new_recorder, outcome, step, value
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.census import Census, Outcomes, seconds_of
from collector.census_witness import CensusWitness
from collector.history import History
from collector.repeats import Repeats
from drawdown.catalogue import Decision
from drawdown.outcome import Origin
from drawdown.reasons import ENDINGS, Kind, Reason
from drawdown.series import NAME

TRAITS = ({}, {"region": "east"}, {"region": "west", "app": "4.2"}, {"app": "5.2"})
TIMES = NOW + np.array([0.0, 1.0, 2.5, 5.0])
STEP = st.builds(
    step,
    st.sampled_from(["login", "payout", "fancy"]),
    st.sampled_from([Kind.SUCCEEDED, Kind.FAILED]),
    st.floats(0, 40),
)


@st.composite
def drawn(draw):
    """An outcome, and when it is seen."""
    kind, reason = draw(st.sampled_from(ENDINGS))
    ended_at = NOW + draw(st.floats(-30, 6))
    told = outcome(
        reason,
        kind,
        ended_at=ended_at,
        started_at=ended_at - draw(st.floats(0, 40)),
        slices={"channel": draw(st.sampled_from(["alpha", "gone", ""])), "tier": "A"},
        traits=draw(st.sampled_from(TRAITS)),
        borrower=draw(st.sampled_from(["", "x", "y"])),
        amount=draw(st.sampled_from([None, 5.0])),
        available=4.0,
        explained=draw(st.sampled_from([None, True, False])),
        steps=tuple(draw(st.lists(STEP, max_size=3))),
        code=draw(st.sampled_from(["", "E1"])),
    )
    return told, NOW + draw(st.integers(0, 24)) / 4


def counted(told):
    """`told` in columns, each outcome a sort of its own, and the census that has them."""
    told = sorted(told, key=lambda each: each[1])
    census, repeats = Census(VOCABULARY, now=NOW), Repeats()

    def sort(one):
        again = repeats.again(one.attempt.borrower, one.reason, at=one.ended_at)
        return census.sort_of_repeats(one) if again else census.sort(one)

    columns = Outcomes(
        sorts=np.array([sort(one) for one, _ in told], dtype=np.int64),
        seen_at=np.array([at for _, at in told]),
        ended_at=np.array([one.ended_at for one, _ in told]),
        borrowers=np.array([{"": 0, "x": 7, "y": 8}[one.attempt.borrower] for one, _ in told], dtype=np.int64),
        traits=np.array([TRAITS.index(one.attempt.traits) for one, _ in told], dtype=np.int64),
        seconds=[seconds_of(one) for one, _ in told],
    )
    return census, columns, told


@settings(max_examples=25, deadline=None)
@given(st.lists(drawn(), max_size=12))
def test_series_are_those_of_the_recorder(told):
    census, columns, told = counted(told)
    series = census.count([columns], TIMES, traits=TRAITS)
    recorder = new_recorder()
    for (before, at), column in zip(pairwise([0.0, *TIMES.tolist()]), series.each.T, strict=True):
        for one, seen_at in told:
            if before < seen_at <= at:
                recorder.record(one)
        labels, values = recorder.row()
        assert series.labels[: len(labels)] == labels
        np.testing.assert_allclose(column[: len(labels)], values, rtol=1e-12)
        assert not column[len(labels) :].any()  # of values that nobody has told yet


def test_of_more_values_than_are_told_apart_the_first_ones_seen_are():
    told = [(outcome(id=str(number), traits={"app": f"{number % 60}.0"}), NOW + number / 100) for number in range(180)]
    census, columns, _ = counted([(outcome(id=one.attempt.id), at) for one, at in told])
    traits = [{"app": f"{number}.0"} for number in range(60)]
    columns = replace(columns, traits=np.arange(180) % 60)
    series = census.count([columns], TIMES, traits=traits)
    recorder = new_recorder()
    for one, _ in told:
        recorder.record(one)
    labels, values = recorder.row()
    assert dict(zip(series.labels, series.each[:, -1].tolist(), strict=True)) == dict(
        zip(labels, values.tolist(), strict=True)
    )
    assert value(recorder, "drawdown_app_attempts_total", journey="app", app="other", reason="none") == 30


@settings(max_examples=25, deadline=None)
@given(st.lists(drawn(), max_size=12), st.sampled_from(list(Reason)[:6]))
def test_the_witness_remembers_what_the_history_does(told, reason):
    _, columns, told = counted(told)
    sorts = {number: one for number, (one, _) in enumerate(told)}
    witness, history = CensusWitness(columns, sorts, TRAITS), History(rows=100)
    for before, at in pairwise([0.0, *TIMES.tolist()]):
        witness.see(at)
        for one, seen_at in told:
            if before < seen_at <= at:
                history.add(one)
        asked = {"origin": Origin.BORROWER, "journey": "app", "reason": reason, "since": NOW - 20, "until": NOW + 4}
        assert witness.tally(**asked) == history.tally(**asked)


def test_series_that_nobody_asks_for_are_left_out():
    census, columns, _ = counted([(outcome(Reason.GATEWAY_TIMEOUT), NOW)])
    series = census.count([columns], TIMES, names={"drawdown_gateway_timeouts_total"})
    assert {each[NAME] for each in series.labels} == {"drawdown_gateway_timeouts_total"}
    assert series.each.sum() == len(TIMES)
    assert len(series.values) == 2  # of which the first is that of all for which nothing was counted


def test_what_is_seen_after_the_last_time_is_not_counted():
    census, columns, _ = counted([(outcome(), NOW + 5.5)])
    assert not census.count([columns], TIMES).each.any()


def test_what_is_noted_is_counted_beside_the_outcomes():
    census, columns, _ = counted([(outcome(), NOW)])
    census.recorder.review(VOCABULARY.journeys[0], tier="A", reason=Reason.MULTI_DEVICE, decision=Decision.OVERTURNED)
    reviews = Outcomes(
        sorts=np.array([census.note()] * 2),
        seen_at=NOW + np.array([0.5, 2.0]),
        ended_at=NOW + np.array([0.5, 2.0]),
        borrowers=np.zeros(2, dtype=np.int64),
        traits=np.zeros(2, dtype=np.int64),
        seconds=[(), ()],
    )
    series = census.count([columns, reviews], TIMES, names={"drawdown_reviews_total"})
    rows = {
        (each["reason"], each["decision"]): row.tolist()
        for each, row in zip(series.labels, series.each, strict=True)
        if row.any()
    }
    assert rows == {("multi_device", "overturned"): [0.0, 1.0, 2.0, 2.0]}


def test_some_series_may_be_said_otherwise():
    census, columns, _ = counted([(outcome(), NOW)])
    series = census.count([columns], TIMES)
    asked, other = np.array([3, 5]), np.arange(4.0)
    said = series.but({3: other, 5: other * 2})
    assert said.each[asked].tolist() == [[0.0, 1.0, 2.0, 3.0], [0.0, 2.0, 4.0, 6.0]]
    rest = np.delete(np.arange(len(series.labels)), asked)
    assert said.each[rest].tolist() == series.each[rest].tolist()
    assert series.but({}).each.tolist() == series.each.tolist()
