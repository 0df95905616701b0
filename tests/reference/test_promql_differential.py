"""The engine and a real Prometheus give the same for random expressions over random series."""

import asyncio
from pathlib import Path

import pytest

from bench.differential.remote import reference
from bench.differential.trial import compare

pytestmark = pytest.mark.xdist_group("differential")  # one Prometheus serves them all

COUNT = 300


@pytest.fixture(scope="module")
def tally(prometheus, tmp_path_factory):
    async def tried():
        async with reference(tmp_path_factory.mktemp("differential"), Path(prometheus)) as asked:
            return await compare(asked, COUNT, seed=1)

    return asyncio.run(tried())


def test_nothing_differs_but_the_last_bits(tally):
    assert "\n\n".join(map(str, tally.differences)) == ""


def test_most_expressions_find_something_and_few_are_refused(tally):
    assert tally.asked == COUNT
    assert tally.filled > COUNT * 0.6
    assert tally.refused < COUNT * 0.15
    assert len(tally.rounding) + len(tally.ties) < COUNT * 0.03
