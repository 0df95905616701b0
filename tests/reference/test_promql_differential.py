"""The engine and a real Prometheus give the same for random expressions over random series, and read texts alike."""

import asyncio
from pathlib import Path

import pytest

from bench.differential.remote import reference
from bench.differential.soups import compare_readings
from bench.differential.terms import EVERY_FUNCTION
from bench.differential.trial import compare

pytestmark = pytest.mark.xdist_group("differential")  # one Prometheus serves them all

EXPRESSIONS = 300
TEXTS = 1000
SEED = 1


@pytest.fixture(scope="module")
def outcome(prometheus, tmp_path_factory):
    async def tried():
        async with reference(tmp_path_factory.mktemp("differential"), Path(prometheus)) as asked:
            return await compare(asked, EXPRESSIONS, seed=SEED), await compare_readings(asked, TEXTS, seed=SEED)

    return asyncio.run(tried())


def test_no_result_differs_but_in_its_last_bits(outcome):
    tally, _ = outcome
    assert "\n\n".join(map(str, tally.differences)) == ""


def test_most_expressions_find_something_and_every_function_is_among_them(outcome):
    tally, _ = outcome
    assert tally.asked == EXPRESSIONS
    assert tally.filled > EXPRESSIONS * 0.6
    assert tally.refused < EXPRESSIONS * 0.15
    assert tally.excused < EXPRESSIONS * 0.03
    assert set(EVERY_FUNCTION) <= tally.heads.keys()


def test_no_text_is_read_differently_or_by_one_of_the_two_alone(outcome):
    _, readings = outcome
    assert "\n\n".join(map(str, readings.differences)) == ""
    assert TEXTS * 0.2 < readings.accepted < TEXTS * 0.8
