"""Taking an expression apart changes nothing: the answers of their side and our series together give the whole."""

from contextlib import suppress
from random import Random

import pytest

from alerts.promql import PromQLError, evaluate, parse, selectors
from alerts.remote.answers import Answers
from alerts.remote.split import Split, parts_of
from bench.differential.answers import Answer, same
from bench.differential.selecting import LABELS
from bench.differential.series import SPAN, random_series
from bench.differential.terms import random_term
from bench.differential.worlds import World
from drawdown.series import NAME, Block

START = 1_700_000_000_000
WORLDS = 6
EXPRESSIONS = 40
NAMES = tuple(LABELS)


class Side:
    """The series of a world whose names are on one side."""

    def __init__(self, world, names):
        self.world, self.names = world, names

    def select(self, matchers, start, end, *, window=0.0):
        found = self.world.select(matchers, start, end, window=window)
        rows = [row for row, labels in enumerate(found.labels) if labels[NAME] in self.names]
        return Block(tuple(found.labels[row] for row in rows), found.times, found.values[rows])


def answered(expression, source, at):
    """What it gives, or that it is refused."""
    try:
        vector = evaluate(expression, source, at)
    except PromQLError as error:
        return Answer(error=error.message)
    pairs = zip(vector.labels, vector.values.tolist(), strict=True)
    return Answer(kind="scalar" if vector.scalar else "vector", series={labels: {0: value} for labels, value in pairs})


def asked(part, theirs, at):
    try:
        return evaluate(parse(part.text), theirs, at - part.offset)
    except PromQLError as error:
        return error


def reads_both(expression, ours):
    return 0 < sum(selector.name in ours for selector in selectors(expression)) < len(list(selectors(expression)))


def taken_apart(random, ours):
    """A random expression that reads both and can be taken apart, and what is left of it then."""
    while True:
        with suppress(PromQLError):
            whole = parse(random_term(random, START).text)
            if reads_both(whole, ours):
                return whole, Split(ours)(whole)


@pytest.mark.parametrize("number", range(WORLDS))
def test_an_expression_taken_apart_gives_what_the_whole_gives_over_all_series(number):
    random = Random(number)
    world = World(START, random_series(random, START, whole_seconds=False), kept=False)
    world.pass_until(START + SPAN)
    ours = frozenset(random.sample(NAMES, 4))
    theirs, filled = Side(world, frozenset(NAMES) - ours), 0
    for _ in range(EXPRESSIONS):
        whole, rest = taken_apart(random, ours)
        at = (START + random.randrange(SPAN)) / 1000
        answers = Answers(Side(world, ours))
        answers.take({part: asked(part, theirs, at) for part in parts_of(rest)}, keep=())
        expected = answered(whole, world, at)
        assert same(answered(rest, answers, at), expected), f"{whole!r} with ours {sorted(ours)}"
        filled += bool(expected.series)
    assert filled > EXPRESSIONS / 4
