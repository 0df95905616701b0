from alerts_builders import parts, tally
from hypothesis import given
from hypothesis import strategies as st

from alerts.attribution import ENOUGH, HELD, attribute


def hit(**counts):
    """The values hit in one slice, None if nothing is said of it."""
    affected = sum(count for count, _ in counts.values())
    found = attribute(tally(affected, 1000, slices={"channel": parts(**counts)}))
    return tuple(part.value for part in found[0].hit) if found else None


def test_one_value_that_holds_nearly_all_is_named():
    assert hit(alpha=(96, 101), beta=(1, 110), gamma=(0, 105)) == ("alpha",)


def test_two_of_four_values_can_be_named_together():
    assert hit(a=(50, 100), b=(48, 100), c=(1, 100), d=(0, 100)) == ("a", "b")


def test_what_hits_all_alike_is_even():
    assert hit(a=(31, 100), b=(35, 100), c=(29, 100)) == ()


def test_a_value_with_most_of_the_traffic_is_not_to_blame_for_it():
    assert hit(big=(95, 1000), small=(5, 50)) == ()


def test_of_a_few_attempts_nothing_is_said():
    assert hit(alpha=(9, 9), beta=(0, 100)) is None


def test_of_attempts_whose_value_nobody_knows_nothing_is_said():
    assert hit(alpha=(10, 100), beta=(10, 100), other=(80, 80)) is None


def test_of_a_slice_with_one_value_nothing_is_said():
    assert hit(alpha=(50, 100)) is None


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=6))
def test_what_is_named_holds_what_it_is_said_to_hold(counts):
    counts = {value: (affected, affected + spared) for value, (affected, spared) in counts.items()}
    named = hit(**counts)
    if named:
        total = sum(affected for affected, _ in counts.values())
        assert total >= ENOUGH
        assert len(named) <= len(counts) / 2
        assert sum(counts[value][0] for value in named) >= HELD * total
