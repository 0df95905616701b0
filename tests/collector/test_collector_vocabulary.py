from collector_samples import APP, PROBE, VOCABULARY

from collector.vocabulary import JourneyWords
from drawdown.outcome import Origin


def test_a_borrowers_slice_can_also_be_other_and_only_once():
    assert APP.values("channel") == ("alpha", "beta", "other")
    words = JourneyWords(origin=Origin.BORROWER, journey="app", slices={"bank": ("icbc", "other", "icbc")})
    assert words.values("bank") == ("icbc", "other")
    assert words.values("tier") == ("other",)


def test_a_probes_slices_are_what_it_declares():
    assert list(PROBE.combinations()) == [("alpha", "icbc", "A")]


def test_combinations_are_the_cross_product_in_the_order_of_the_labels():
    assert len(list(APP.combinations())) == 27
    assert next(APP.combinations()) == ("alpha", "icbc", "A")


def test_manual_runs_are_found_under_the_words_of_the_probe():
    assert VOCABULARY.words(Origin.MANUAL, "drawdown") is PROBE
    assert VOCABULARY.words(Origin.MANUAL, "app") is None
    assert VOCABULARY.words(Origin.BORROWER, "drawdown") is None


def test_the_journeys_of_an_origin_are_named():
    assert VOCABULARY.names(Origin.BORROWER) == ("app",)
    assert VOCABULARY.names(Origin.PROBE) == ("drawdown",)
