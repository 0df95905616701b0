import numpy as np
import pytest
from alerts_builders import impact, parts, tally
from hypothesis import given
from hypothesis import strategies as st

from alerts.attribution import ENOUGH, HELD, attribute, whom

SHARES = {
    "channel": (0.4, 0.35, 0.25),
    "region": (0.4, 0.3, 0.18, 0.12),
    "app": (0.6, 0.25, 0.1, 0.05),
    "many versions": (0.6, 0.25, 0.1, 0.03, 0.01, 0.005, 0.003, 0.002),
    "two": (0.95, 0.05),
}
"""How attempts are shared out among the values of a slice."""


def hit(**counts):
    """The values hit in one slice, None if nothing is said of it."""
    affected = sum(count for count, _ in counts.values())
    found = attribute(tally(affected, 1000, slices={"channel": parts(**counts)}))
    return tuple(part.value for part in found[0].hit) if found else None


def test_one_value_that_holds_nearly_all_is_named():
    assert hit(alpha=(96, 101), beta=(1, 110), gamma=(0, 105)) == ("alpha",)


def test_two_of_four_values_can_be_named_together():
    assert hit(a=(50, 100), b=(48, 100), c=(1, 100), d=(0, 100)) == ("a", "b")


def test_all_values_but_one_can_be_named_together():
    assert hit(a=(90, 100), b=(88, 100), c=(30, 30), d=(0, 100)) == ("a", "b", "c")


def test_what_hits_one_most_and_the_others_more_than_before_hits_all():
    hard = {"bank": parts(icbc=(1135, 2287), ccb=(670, 1959), cmb=(93, 1246), boc=(0, 931))}
    calm = {"bank": parts(icbc=(3, 3388), ccb=(0, 2949), cmb=(0, 1884), boc=(0, 1464))}
    (found,) = attribute(tally(1898, 6423, slices=hard), tally(3, 9685, slices=calm))
    assert found.hit == ()


def test_what_is_usual_for_the_others_does_not_make_them_hit():
    now = {"bank": parts(boc=(800, 1000), icbc=(41, 3000), ccb=(39, 3000), cmb=(0, 1000))}
    before = {"bank": parts(boc=(20, 1000), icbc=(60, 3000), ccb=(60, 3000), cmb=(20, 1000))}
    (found,) = attribute(tally(880, 8000, slices=now), tally(160, 8000, slices=before))
    assert [part.value for part in found.hit] == ["boc"]


def test_what_is_usual_everywhere_does_not_hide_where_there_is_more_of_it():
    now = {"bank": parts(boc=(155, 885), icbc=(49, 2213), ccb=(40, 1894), cmb=(15, 1188))}
    before = {"bank": parts(boc=(38, 1560), icbc=(80, 3640), ccb=(74, 3120), cmb=(45, 2080))}
    (found,) = attribute(tally(259, 6180, slices=now), tally(237, 10400, slices=before))
    assert [part.value for part in found.hit] == ["boc"]


def test_where_no_more_are_affected_than_usual_nothing_is_said():
    always = {"tier": parts(D=(120, 1000), A=(5, 3000))}
    assert attribute(tally(125, 4000, slices=always), tally(125, 4000, slices=always)) == ()


def test_of_a_value_that_was_hardly_seen_before_nothing_is_known_to_be_usual():
    now, before = {"app": parts(new=(60, 100), old=(0, 900))}, {"app": parts(new=(1, 1), old=(0, 900))}
    (found,) = attribute(tally(60, 1000, slices=now), tally(1, 901, slices=before))
    assert [part.value for part in found.hit] == ["new"]


@pytest.mark.parametrize("more", [0.005, 0.03, 0.3])
def test_what_is_usual_more_often_for_some_is_not_put_down_to_them_when_all_have_more_of_it(more):
    chance = np.random.default_rng(2)
    usual, named = {"A": 0.005, "B": 0.02, "C": 0.04, "D": 0.12}, 0
    for _ in range(200):
        before, now = (
            parts(**{tier: (chance.binomial(of, share + extra), of) for tier, share in usual.items()})
            for of, extra in ((2500, 0.0), (750, more))
        )
        told = attribute(
            tally(sum(part.affected for part in now), 3000, slices={"tier": now}),
            tally(sum(part.affected for part in before), 10_000, slices={"tier": before}),
        )
        named += any(found.hit for found in told)
    assert named <= 2


def hanging_together(shadows=()):
    slices = {
        "bank": parts(icbc=(2065, 2317), ccb=(187, 1980), cmb=(0, 1257), boc=(0, 934)),
        "channel": parts(alpha=(2252, 2531), beta=(0, 2040), gamma=(0, 1917)),
        "tier": parts(A=(1100, 3200), B=(1152, 3288)),
    }
    return impact(since=tally(2252, 6488, slices=slices), shadows=shadows)


def test_what_explains_the_most_is_told_first():
    assert [found.slice for found in whom(hanging_together())] == ["channel", "bank", "tier"]


def test_a_shadow_is_not_told():
    assert [found.slice for found in whom(hanging_together(shadows=("bank",)))] == ["channel", "tier"]


def test_what_hits_all_alike_is_even():
    assert hit(a=(31, 100), b=(35, 100), c=(29, 100)) == ()


def test_a_value_with_most_of_the_traffic_is_not_to_blame_for_it():
    assert hit(big=(95, 1000), small=(5, 50)) == ()


def test_of_a_few_attempts_nothing_is_said():
    assert hit(alpha=(9, 9), beta=(0, 100)) is None


def test_of_attempts_whose_value_nobody_knows_nothing_is_said():
    assert hit(alpha=(10, 100), beta=(10, 100), other=(80, 80)) is None


def test_of_a_trait_that_most_of_the_affected_do_not_tell_nothing_is_said():
    slices = {"app": parts(old=(30, 30), new=(0, 300))}
    assert attribute(tally(61, 1000, slices=slices)) == ()
    assert [part.value for part in attribute(tally(60, 1000, slices=slices))[0].hit] == ["old"]


def test_of_a_slice_with_one_value_nothing_is_said():
    assert hit(alpha=(50, 100)) is None


def test_values_that_hardly_anybody_has_prove_nothing_by_being_spared():
    assert hit(new=(60, 600), old=(25, 250), older=(0, 9), oldest=(0, 3)) is None


def test_a_small_value_that_is_hit_is_named():
    assert hit(new=(1, 600), old=(0, 250), older=(0, 9), oldest=(19, 20)) == ("oldest",)


def test_that_the_larger_part_alone_is_hit_takes_more_to_be_said():
    assert hit(big=(50, 900), small=(0, 100)) is None
    assert hit(big=(100, 900), small=(0, 100)) == ("big",)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("attempts", [50, 500, 5000])
@pytest.mark.parametrize("name", SHARES)
def test_what_hits_all_alike_is_hardly_ever_put_down_to_a_part_by_chance(name, attempts, share):
    chance = np.random.default_rng(2)
    named = 0
    for _ in range(200):
        of = chance.multinomial(attempts, SHARES[name])
        counts = {f"v{number}": each for number, each in enumerate(zip(chance.binomial(of, share), of, strict=True))}
        named += bool(hit(**counts))
    assert named <= 2


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=6))
def test_what_is_named_holds_what_it_is_said_to_hold(counts):
    counts = {value: (affected, affected + spared) for value, (affected, spared) in counts.items()}
    named = hit(**counts)
    if named:
        total = sum(affected for affected, _ in counts.values())
        assert total >= ENOUGH
        assert len(named) < len(counts)
        assert sum(counts[value][0] for value in named) >= HELD * total
