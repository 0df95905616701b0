from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import World
from sandbox.applicants import Applicants
from sandbox.chance import Weights, chance_of, chances_of, generator, lognormals, number_of
from sandbox.scorecard import CARD, cut_off, feature, features, log_odds

WORLD = World()
PHONES = range(13_900_000_000, 13_900_020_000)


@given(st.lists(st.integers(0, 2**63 - 1), max_size=20), st.integers(0, 99))
def test_chance_over_a_column_is_the_chance_of_each(numbers, about):
    together = chances_of(np.array(numbers, dtype=np.uint64), about)
    assert together.tolist() == [chance_of(number, about) for number in numbers]


def test_chance_is_even_and_another_for_another_subject():
    first, second = (chances_of(np.arange(100_000, dtype=np.uint64), about) for about in (1, 2))
    assert np.histogram(first, bins=10, range=(0, 1))[0] == pytest.approx(10_000, rel=0.05)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.01


@given(st.text())
def test_every_text_has_a_number(text):
    assert 0 <= number_of(text) < 2**64


@given(st.floats(0, 1, exclude_max=True))
def test_weights_choose_the_name_at_a_share_of_the_way_and_never_one_without_weight(share):
    weights = Weights([("a", 1), ("b", 0), ("c", 3)])
    assert weights.choose_each(np.array([share])) == ["a" if share < 0.25 else "c"]


def test_endless_draws_have_their_median_and_spread():
    draws = lognormals("test", median=0.6, sigma=0.42)
    logarithms = np.log([next(draws) for _ in range(20_000)])
    assert np.exp(logarithms.mean()) == pytest.approx(0.6, rel=0.02)
    assert logarithms.std() == pytest.approx(0.42, rel=0.02)


def test_a_name_has_one_chance_of_its_own():
    assert generator("one").random() == generator("one").random() != generator("two").random()


def test_many_at_once_are_the_same_people_as_one_by_one():
    applicants = Applicants(WORLD)
    block = list(applicants.block(PHONES[0], 200))
    assert block == [applicants.find(str(phone)) for phone in PHONES[:200]]


def test_regions_versions_and_devices_have_their_shares():
    people = list(Applicants(WORLD).block(PHONES[0], len(PHONES)))
    for name, weights in (("region", WORLD.regions), ("app", WORLD.apps)):
        counts = Counter(getattr(person, name) for person in people)
        assert {value: count / len(people) for value, count in counts.items()} == pytest.approx(weights, abs=0.01)
    devices = Counter(person.devices for person in people)
    assert [devices[count] / len(people) for count in (1, 2, 3)] == pytest.approx([0.9, 0.08, 0.02], abs=0.01)


def test_who_is_declined_has_a_family_of_reasons_that_speaks_against_him():
    applicants = Applicants(WORLD)
    declined = [person for person in applicants.block(PHONES[0], len(PHONES)) if person.margin < 0]
    families = Counter(applicants.family(person) for person in declined)
    assert families.keys() == {one.family for one in CARD}


@pytest.mark.parametrize("at", range(len(CARD)))
def test_a_characteristic_moves_the_odds_by_its_weight(at):
    columns = [np.array([0.0, float(number == at)]) for number in range(len(CARD))]
    assert log_odds(columns).tolist() == [0.0, CARD[at].weight]


def test_features_are_standardised_and_the_same_one_by_one():
    chances = generator("features").random(50_000)
    values = features(chances)
    assert [feature(chance) for chance in chances[:100]] == pytest.approx(values[:100].tolist())
    assert np.mean(values) == pytest.approx(0, abs=0.02)
    assert np.std(values) == pytest.approx(1, rel=0.02)


def test_cut_offs_decline_the_share_that_is_wanted():
    sample = generator("risks").normal(size=50_000)
    shares = [float(np.mean(sample > cut_off(share, sample))) for share in (0.01, 0.2)]
    assert shares == pytest.approx([0.01, 0.2], abs=0.001)


def test_many_cards_at_once_are_the_same_as_one_by_one():
    applicants = Applicants(WORLD)
    banks = [bank.name for bank in WORLD.banks] * 50
    cards = list(applicants.cards(500, banks))
    assert cards == [applicants.card(f"6222-{bank}-{500 + at:08d}") for at, bank in enumerate(banks)]


def test_tiers_have_their_shares_limits_and_scores():
    people = list(Applicants(WORLD).block(PHONES[0], len(PHONES)))
    counts = Counter(person.tier for person in people)
    for tier in WORLD.tiers:
        of_tier = [person for person in people if person.tier == tier.name]
        limits = [person.limit / 100 for person in of_tier]
        assert counts[tier.name] / len(people) == pytest.approx(tier.share, rel=0.05)
        assert tier.lowest_limit <= min(limits) < max(limits) <= tier.highest_limit
        assert sum(person.margin < 0 for person in of_tier) / len(of_tier) == pytest.approx(tier.declined, rel=0.35)


def test_who_scores_better_is_given_a_higher_limit():
    people = [person for person in Applicants(WORLD).block(PHONES[0], len(PHONES)) if person.tier == "B"]
    people.sort(key=lambda person: person.margin)
    worst, best = people[:1000], people[-1000:]
    means = [sum(person.limit for person in some) / 100 / 1000 for some in (worst, best)]
    assert means[1] - means[0] > 3000


def test_payouts_take_the_routes_of_their_bank_in_their_shares():
    cards = list(Applicants(WORLD).cards(0, ["boc"] * 20_000))
    counts = Counter(card.channel for card in cards)
    assert counts["gamma"] / len(cards) == pytest.approx(0.8, rel=0.03)
    assert counts.keys() == {"gamma", "beta"}
    assert sum(card.closed for card in cards) / len(cards) == pytest.approx(0.01, rel=0.3)
