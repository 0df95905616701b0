"""Which series satisfy matchers."""

import re
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from collector.chunk import Columns, columns_of
from drawdown.series import NAME, Labels, Matcher, Op

_MAX_CACHED = 1024
"""Sets of matchers whose series are remembered; rules and dashboards ask for the same ones again and again."""


class Index:
    """Numbers series in the order in which they are added."""

    def __init__(self) -> None:
        self.labels: list[Labels] = []
        self._all: tuple[Labels, ...] = ()
        self._numbers: dict[Labels, int] = {}
        self._by_name: dict[str, list[int]] = {}
        self._resolved: OrderedDict[tuple[Matcher, ...], _Found] = OrderedDict()

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def all(self) -> tuple[Labels, ...]:
        """The labels of all series; the same object as long as none is added."""
        if len(self._all) != len(self.labels):
            self._all = tuple(self.labels)
        return self._all

    def columns(self, labels: Sequence[Labels]) -> Columns:
        """Where each series stands; one that is new is added."""
        return columns_of(np.array([self._number(one) for one in labels], dtype=np.intp))

    def resolve(self, matchers: tuple[Matcher, ...]) -> tuple[Columns, tuple[Labels, ...]]:
        """Columns (ascending) and labels of the series that satisfy every matcher; the same objects as long as none is
        added.

        Raises:
            ValueError: a regular expression cannot be read.
        """
        found = self._resolved.get(matchers)
        if found is None:
            found = self._resolved[matchers] = _Found(matchers)
            if len(self._resolved) > _MAX_CACHED:
                self._resolved.popitem(last=False)
        self._resolved.move_to_end(matchers)
        found.catch_up(self)
        return found.columns, found.labels

    def candidates(self, name: str | None, since: int) -> Sequence[int]:
        """The numbers from `since` on, of one metric if it has a name."""
        if name is None:
            return range(since, len(self))
        numbers = self._by_name.get(name, [])
        return numbers[bisect_left(numbers, since) :]

    def _number(self, labels: Labels) -> int:
        number = self._numbers.get(labels)
        if number is None:
            number = self._numbers[labels] = len(self.labels)
            self.labels.append(labels)
            self._by_name.setdefault(labels.get(NAME, ""), []).append(number)
        return number


class _Found:
    """The series found for some matchers, among those that there were when it last looked."""

    def __init__(self, matchers: tuple[Matcher, ...]) -> None:
        self.columns: Columns = np.empty(0, np.intp)
        self.labels: tuple[Labels, ...] = ()
        self._numbers: list[int] = []
        self._seen = 0
        self._name = next((each.value for each in matchers if (each.name, each.op) == (NAME, Op.EQUAL)), None)
        self._tests = [(each.name, _test(each)) for each in matchers]

    def catch_up(self, index: Index) -> None:
        """Look at the series that were added."""
        if self._seen == len(index):
            return
        fresh = [number for number in index.candidates(self._name, self._seen) if self._holds(index.labels[number])]
        self._seen = len(index)
        if fresh:
            self._numbers += fresh
            self.columns = columns_of(np.array(self._numbers, np.intp))
            self.labels = (*self.labels, *(index.labels[number] for number in fresh))

    def _holds(self, labels: Labels) -> bool:
        return all(test(labels.get(name, "")) for name, test in self._tests)


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
