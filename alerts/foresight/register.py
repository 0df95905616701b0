"""Which series there are, by number, and which of them matchers choose."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from drawdown.series import NAME, Labels, Matcher, Numbers, Op

Matchers = tuple[Matcher, ...]
_ANY: Final = "\0any"
"""Stands for all names."""
_NONE: Final = (0, np.empty(0, np.intp), ())


class Register:
    """Series are numbered as they come."""

    def __init__(self) -> None:
        self._numbers: dict[Labels, int] = {}
        self._named: dict[str, list[tuple[int, Labels]]] = defaultdict(list)
        self._found: dict[Matchers, tuple[int, Numbers, tuple[Labels, ...]]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers(self, labels: Iterable[Labels]) -> Numbers:
        """Those of series, new ones among them."""
        return np.array([self._number(each) for each in labels], dtype=np.intp)

    def _number(self, labels: Labels) -> int:
        number = self._numbers.get(labels)
        if number is None:
            number = self._numbers[labels] = len(self._numbers)
            self._named[labels.get(NAME, "")].append((number, labels))
            self._named[_ANY].append((number, labels))
        return number

    def matching(self, matchers: Matchers) -> tuple[Numbers, tuple[Labels, ...]]:
        """The numbers and the labels of what they choose: the same objects as long as they are the same."""
        seen, numbers, labels = self._found.get(matchers, _NONE)
        candidates = self._named[_name(matchers)]
        if seen < len(candidates):
            tests = [_test(matcher) for matcher in matchers]
            found = [(number, each) for number, each in candidates[seen:] if all(test(each) for test in tests)]
            if found:
                numbers = np.concatenate((numbers, np.array([number for number, _ in found], dtype=np.intp)))
                labels = (*labels, *(each for _, each in found))
            self._found[matchers] = len(candidates), numbers, labels
        return numbers, labels


def _name(matchers: Matchers) -> str:
    named = (each.value for each in matchers if each.name == NAME and each.op is Op.EQUAL)
    return next(named, _ANY)


def _test(matcher: Matcher) -> Callable[[Labels], bool]:
    name, value, wanted = matcher.name, matcher.value, matcher.op in {Op.EQUAL, Op.MATCH}
    if matcher.op in {Op.EQUAL, Op.NOT_EQUAL}:
        return lambda labels: (labels.get(name, "") == value) is wanted
    pattern = re.compile(value, re.DOTALL)
    return lambda labels: (pattern.fullmatch(labels.get(name, "")) is not None) is wanted
