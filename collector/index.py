"""Which series satisfy matchers."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from collector.chunk import Columns, columns_of
from drawdown.series import Bools, Labels, Matcher, Op

_MAX_CACHED = 1024
"""Sets of matchers whose series are remembered; rules and dashboards ask for the same ones again and again."""


class Index:
    """Numbers series in the order in which they are added."""

    def __init__(self) -> None:
        self.labels: list[Labels] = []
        self._numbers: dict[Labels, int] = {}
        self._postings: dict[str, dict[str, list[int]]] = {}
        self._resolved: dict[tuple[Matcher, ...], tuple[Columns, tuple[Labels, ...]]] = {}

    def __len__(self) -> int:
        return len(self.labels)

    def columns(self, labels: Sequence[Labels]) -> Columns:
        """Where each series stands; one that is new is added."""
        return columns_of(np.array([self._number(one) for one in labels], dtype=np.intp))

    def resolve(self, matchers: tuple[Matcher, ...]) -> tuple[Columns, tuple[Labels, ...]]:
        """Columns (ascending) and labels of the series that satisfy every matcher.

        Raises:
            ValueError: a regular expression cannot be read.
        """
        known = self._resolved.get(matchers)
        if known is None:
            known = self._search(matchers)
            if len(self._resolved) >= _MAX_CACHED:
                self._resolved.clear()
            self._resolved[matchers] = known
        return known

    def _number(self, labels: Labels) -> int:
        number = self._numbers.get(labels)
        if number is not None:
            return number
        number = self._numbers[labels] = len(self.labels)
        self.labels.append(labels)
        for name, value in labels.items():
            self._postings.setdefault(name, {}).setdefault(value, []).append(number)
        self._resolved.clear()
        return number

    def _search(self, matchers: tuple[Matcher, ...]) -> tuple[Columns, tuple[Labels, ...]]:
        chosen: Bools = np.full(len(self), fill_value=True)
        for matcher in matchers:
            chosen &= self._satisfying(matcher)
        numbers = np.flatnonzero(chosen)
        return columns_of(numbers), tuple(self.labels[number] for number in numbers.tolist())

    def _satisfying(self, matcher: Matcher) -> Bools:
        test = _test(matcher)
        satisfying: Bools = np.full(len(self), fill_value=test(""))
        for value, numbers in self._postings.get(matcher.name, {}).items():
            satisfying[numbers] = test(value)
        return satisfying


def _test(matcher: Matcher) -> Callable[[str], bool]:
    if matcher.op is Op.EQUAL:
        return lambda value: value == matcher.value
    if matcher.op is Op.NOT_EQUAL:
        return lambda value: value != matcher.value
    full = _expression(matcher).fullmatch
    if matcher.op is Op.MATCH:
        return lambda value: full(value) is not None
    return lambda value: full(value) is None


def _expression(matcher: Matcher) -> re.Pattern[str]:
    try:
        return re.compile(matcher.value, re.DOTALL)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{matcher.value!r} for the label {matcher.name} is no regular expression: {error}") from None
