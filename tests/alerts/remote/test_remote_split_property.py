import asyncio

from bench.differential.apart import compare_here

EXPRESSIONS = 240


def test_an_expression_taken_apart_gives_what_the_whole_gives_over_all_series():
    tally = asyncio.run(compare_here(EXPRESSIONS, seed=1))
    assert "\n\n".join(tally.differences) == ""
    assert tally.filled > EXPRESSIONS * 0.4
