import random
from collections import Counter

from collector_samples import ALPHA, NOW, outcome
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.history import History
from drawdown.outcome import OTHER, Origin
from drawdown.reasons import Kind, Reason
from drawdown.tally import Part, Tally, Within

TIMEOUT = Reason.GATEWAY_TIMEOUT


def tally(history, reason=TIMEOUT, since=NOW - 3600, until=NOW + 3600, **who):
    asked = {"origin": Origin.BORROWER, "journey": "app", **who}
    return history.tally(reason=reason, since=since, until=until, **asked)


def ids(outcomes):
    return [one.attempt.id for one in outcomes]


def test_recent_outcomes_come_newest_first_and_not_more_than_asked():
    history = History(rows=100)
    for number, reason in enumerate((Reason.NONE, TIMEOUT, Reason.NONE, Reason.OVERDUE)):
        history.add(outcome(reason, id=str(number), ended_at=NOW + number))
    assert ids(history.recent("app", Origin.BORROWER, 3)) == ["3", "2", "1"]
    assert ids(history.recent("app", Origin.BORROWER, 9, succeeded=False)) == ["3", "1"]
    assert ids(history.recent("app", Origin.BORROWER, 9, succeeded=True)) == ["2", "0"]
    assert history.recent("app", Origin.BORROWER, 0) == ()


def test_of_a_part_alone_only_its_attempts_are_counted():
    history = History(rows=100)
    for number, (channel, tier, reason) in enumerate(
        (("alpha", "A", TIMEOUT), ("alpha", "B", Reason.NONE), ("beta", "A", TIMEOUT), ("gamma", "A", Reason.NONE))
    ):
        history.add(outcome(reason, id=str(number), slices={"channel": channel, "tier": tier}))
    inside = tally(history, within=Within(slice="channel", values=frozenset({"alpha", "gamma", "unknown"})))
    assert (inside.attempts, inside.affected) == (3, 1)
    assert inside.slices["tier"] == (
        Part(value="A", affected=1, attempts=2),
        Part(value="B", affected=0, attempts=1),
    )
    assert tally(history, within=Within(slice="region", values=frozenset({OTHER}))).attempts == 4


def test_one_that_is_told_late_takes_its_place_by_its_end():
    history = History(rows=100)
    for name, ended in (("new", NOW), ("old", NOW - 60)):
        history.add(outcome(id=name, ended_at=ended))
    assert ids(history.recent("app", Origin.BORROWER, 2)) == ["new", "old"]


def test_successes_do_not_push_failures_out():
    history = History(successes=10, failures=5, rows=100)
    history.add(outcome(TIMEOUT, id="bad", ended_at=NOW - 99))
    for number in range(1000):
        history.add(outcome(id=str(number)))
    assert ids(history.recent("app", Origin.BORROWER, 100)) == [str(number) for number in range(999, 989, -1)] + ["bad"]


def test_journeys_and_origins_stay_apart():
    history = History(rows=100)
    history.add(outcome(TIMEOUT, id="a"))
    history.add(outcome(TIMEOUT, id="b", journey="web"))
    history.add(outcome(TIMEOUT, id="c", origin=Origin.PROBE))
    assert ids(history.recent("app", Origin.PROBE, 9)) == ["c"]
    assert (tally(history).attempts, tally(history, origin=Origin.MANUAL).attempts) == (1, 0)
    assert tally(history, journey="web").affected == 1


def test_an_outcome_is_found_by_its_id_as_long_as_it_is_kept():
    history = History(successes=2, rows=100)
    for number in range(3):
        history.add(outcome(id=str(number)))
    assert history.find("0") is None
    assert history.find("2").attempt.id == "2"


def test_a_tally_says_who_was_hit_where_and_by_which_code():
    history = History(rows=100)
    hit = {"step": "payout", "code": "68", "explained": False}
    history.add(outcome(TIMEOUT, id="1", borrower="x", **hit))
    history.add(outcome(TIMEOUT, id="2", borrower="x", step="submit", code="91"))
    history.add(outcome(TIMEOUT, id="3", borrower="y", slices={**ALPHA, "channel": "beta"}, **hit))
    history.add(outcome(TIMEOUT, id="4", slices={}, explained=True))
    history.add(outcome(TIMEOUT, id="5", **hit))
    history.add(outcome(Reason.OVERDUE, id="6", borrower="z", code="7", explained=False))
    history.add(outcome(id="7", borrower="x", slices={**ALPHA, "channel": "gamma"}))
    found = tally(history)
    assert (found.attempts, found.affected, found.borrowers, found.unexplained) == (7, 5, 4, 3)
    assert list(found.steps.items()) == [("payout", 3), ("submit", 1)]
    assert list(found.codes.items()) == [("68", 3), ("91", 1)]
    assert found.slices["channel"] == (
        Part(value="alpha", affected=3, attempts=4),
        Part(value="beta", affected=1, attempts=1),
        Part(value=OTHER, affected=1, attempts=1),
        Part(value="gamma", affected=0, attempts=1),
    )


def test_a_tally_tells_traits_apart_once_anybody_has_told_them():
    history = History(rows=100)
    history.add(outcome(TIMEOUT, id="1"))
    assert set(tally(history).slices) == {"channel", "bank", "tier"}
    history.add(outcome(TIMEOUT, id="2", traits={"app": "4.2"}))
    history.add(outcome(id="3", traits={"app": "5.2"}))
    found = tally(history).slices
    assert "region" not in found
    assert found["app"] == (
        Part(value="4.2", affected=1, attempts=1),
        Part(value=OTHER, affected=1, attempts=1),
        Part(value="5.2", affected=0, attempts=1),
    )


def test_of_a_trait_the_values_that_are_used_most_are_told_apart():
    history = History(rows=10_000)
    for number in range(1000):
        history.add(outcome(TIMEOUT, id=f"rare {number}", traits={"app": f"build {number}"}))
    for number in range(60):
        for version in range(50):
            history.add(outcome(id=f"{version}/{number}", traits={"app": str(version)}))
    parts = tally(history).slices["app"]
    assert parts[0] == Part(value=OTHER, affected=1000, attempts=1000)
    assert {part.value for part in parts[1:]} == {str(version) for version in range(50)}
    assert {(part.affected, part.attempts) for part in parts[1:]} == {(0, 60)}


def test_an_attempt_that_ended_at_the_start_of_the_time_counts_and_one_at_its_end_does_not():
    history = History(rows=100)
    for number in range(10):
        history.add(outcome(TIMEOUT, id=str(number), ended_at=NOW + number))
    assert tally(history, since=NOW + 2, until=NOW + 5).attempts == 3


def test_nothing_known_is_an_empty_tally():
    assert tally(History(rows=10)) == Tally(slices={"channel": (), "bank": (), "tier": ()})


def test_old_rows_and_the_texts_that_only_they_used_are_forgotten():
    history = History(rows=1000)
    for number in range(20_000):
        history.add(outcome(TIMEOUT, id=str(number), code=f"code {number}"))
    found = tally(history)
    assert 1000 <= found.affected <= 2000
    assert found.codes["code 19999"] == 1
    assert len(history._columns._terms["code"].texts) <= 2001


def test_a_flood_of_different_texts_ends_in_other():
    history = History(rows=10_000)
    for number in range(6000):
        history.add(outcome(TIMEOUT, id=str(number), code=f"code {number}"))
    found = tally(history)
    assert (found.affected, sum(found.codes.values())) == (6000, 6000)
    assert found.codes[OTHER] > 1
    assert len(found.codes) == 4096


def test_an_hour_at_fifty_a_second_is_counted_exactly():
    history, rng = History(), random.Random(7)
    reasons = [(TIMEOUT, Kind.FAILED), (Reason.NONE, Kind.SUCCEEDED)]
    hit, borrowers = Counter(), set()
    for number in range(180_000):
        (reason, kind), channel, borrower = rng.choice(reasons), rng.choice("abc"), str(rng.randrange(40_000))
        ended = NOW - 3600 + number / 50
        history.add(
            outcome(reason, kind, id=str(number), borrower=borrower, slices={"channel": channel}, ended_at=ended)
        )
        if reason is TIMEOUT:
            hit[channel] += 1
            borrowers.add(borrower)
    found = tally(history)
    assert (found.attempts, found.affected, found.borrowers) == (180_000, hit.total(), len(borrowers))
    assert {part.value: part.affected for part in found.slices["channel"]} == hit


ROWS = st.lists(
    st.tuples(
        st.sampled_from([Reason.NONE, TIMEOUT, Reason.OVERDUE]),
        st.sampled_from(["", "x", "y", "z"]),
        st.sampled_from([None, False, True]),
        st.integers(-20, 20),
        st.sampled_from(["", "payout", "submit"]),
    ),
    max_size=60,
)


@settings(max_examples=100, deadline=None)
@given(rows=ROWS, since=st.integers(-20, 20), until=st.integers(-20, 20), kept=st.integers(1, 40))
def test_a_tally_counts_what_a_loop_over_the_outcomes_counts(rows, since, until, kept):
    history, outcomes = History(rows=kept), []
    for number, (reason, borrower, explained, ended, step) in enumerate(rows):
        made = outcome(reason, id=str(number), borrower=borrower, explained=explained, ended_at=NOW + ended, step=step)
        history.add(made)
        outcomes.append(made)
    remembered = outcomes[-history._columns._count :] if outcomes else []
    assert len(remembered) >= min(kept, len(outcomes))
    found = tally(history, since=NOW + since, until=NOW + until)
    within = [one for one in remembered if NOW + since <= one.ended_at < NOW + until]
    hit = [one for one in within if one.reason is TIMEOUT]
    assert (found.attempts, found.affected) == (len(within), len(hit))
    assert found.borrowers == len({one.attempt.borrower or one.attempt.id for one in hit})
    assert found.unexplained == sum(one.explained is False for one in hit)
    assert found.steps == Counter(one.step for one in hit if one.step)
