"""Which series satisfy matchers."""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from collector.chunk import Columns, columns_of, numbers_of
from collector.remembered import Remembered
from drawdown.series import NAME, Labels, Matcher, Numbers, Op

_MOST_FOUND = 1_000_000
"""Series found for matchers that are remembered, about 16 bytes each; rules and dashboards ask for the same again."""
_SHARE = 16
"""As many for each series there is, when that is more."""
_FOUND_WEIGHT = 1000
"""What a set of matchers itself weighs, so that those that find nothing do not pile up."""
_NOWHERE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where series stand. `taken` says which of the labels that were looked up these are; None for all of them."""

    columns: Columns
    taken: Numbers | None = None


class Index:
    """Numbers series in the order in which they are added, `most` of them. More are refused, and counted."""

    def __init__(self, most: int) -> None:
        self.labels: list[Labels] = []
        self.refused = 0
        self.refused_name = ""
        """The metric of the last one that was refused."""
        self._most = most
        self._all: tuple[Labels, ...] = ()
        self._numbers: dict[Labels, int] = {}
        self._by_name: dict[str, list[int]] = {}
        self._resolved: Remembered[tuple[Matcher, ...], _Found] = Remembered()

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def is_full(self) -> bool:
        return len(self.labels) >= self._most

    @property
    def all(self) -> tuple[Labels, ...]:
        """The labels of all series; the same object as long as none is added or given up."""
        if len(self._all) != len(self.labels):
            self._all = tuple(self.labels)
        return self._all

    def places(self, labels: Sequence[Labels]) -> Places:
        """Where each series stands; one that is new is added, if there is room."""
        numbers = np.array([self._number(one) for one in labels], dtype=np.intp)
        taken = np.flatnonzero(numbers != _NOWHERE)
        return Places(columns_of(numbers)) if len(taken) == len(numbers) else Places(numbers[taken], taken)

    def look_up(self, labels: Sequence[Labels]) -> Numbers:
        """The number of each series, -1 for one that is not here."""
        return np.array([self._numbers.get(one, _NOWHERE) for one in labels], dtype=np.intp)

    def resolve(self, matchers: tuple[Matcher, ...]) -> tuple[Columns, tuple[Labels, ...]]:
        """Columns (ascending) and labels of the series that satisfy every matcher; the same objects as long as none is
        added or given up.

        Raises:
            ValueError: a regular expression cannot be read.
        """
        found = self._resolved.get(matchers)
        if found is None or found.catch_up(self):
            found = found or _caught_up(matchers, self)
            most = max(_MOST_FOUND, _SHARE * len(self))
            self._resolved.keep(matchers, found, weight=_FOUND_WEIGHT + len(found.labels), most=most)
        return found.columns, found.labels

    def candidates(self, name: str | None, since: int) -> Sequence[int]:
        """The numbers from `since` on, of one metric if it has a name."""
        if name is None:
            return range(since, len(self))
        numbers = self._by_name.get(name, [])
        return numbers[bisect_left(numbers, since) :]

    def give_up_others(self, kept: Numbers) -> None:
        """Keep only the series of these numbers (ascending), and number them anew."""
        labels = [self.labels[number] for number in kept]
        self.labels, self._all = [], ()
        self._numbers.clear()
        self._by_name.clear()
        self._resolved.clear()
        for one in labels:
            self._add(one)

    def _number(self, labels: Labels) -> int:
        number = self._numbers.get(labels)
        if number is not None:
            return number
        if not self.is_full:
            return self._add(labels)
        self.refused += 1
        self.refused_name = labels.get(NAME, "")
        return _NOWHERE

    def _add(self, labels: Labels) -> int:
        number = self._numbers[labels] = len(self.labels)
        self.labels.append(labels)
        self._by_name.setdefault(labels.get(NAME, ""), []).append(number)
        return number


class _Found:
    """The series found for some matchers, among those that there were when it last looked."""

    def __init__(self, matchers: tuple[Matcher, ...]) -> None:
        self.columns: Columns = np.empty(0, np.intp)
        self.labels: tuple[Labels, ...] = ()
        self._seen = 0
        self._name = next((each.value for each in matchers if (each.name, each.op) == (NAME, Op.EQUAL)), None)
        self._tests = [(each.name, _test(each)) for each in matchers]

    def catch_up(self, index: Index) -> bool:
        """Look at the series that were added. Whether it found one of them."""
        if self._seen == len(index):
            return False
        fresh = [number for number in index.candidates(self._name, self._seen) if self._holds(index.labels[number])]
        self._seen = len(index)
        if fresh:
            self.columns = columns_of(np.concatenate([numbers_of(self.columns), np.array(fresh, np.intp)]))
            self.labels = (*self.labels, *(index.labels[number] for number in fresh))
        return bool(fresh)

    def _holds(self, labels: Labels) -> bool:
        return all(test(labels.get(name, "")) for name, test in self._tests)


def _caught_up(matchers: tuple[Matcher, ...], index: Index) -> _Found:
    found = _Found(matchers)
    found.catch_up(index)
    return found


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
