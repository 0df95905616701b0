"""Native histograms, as far as tests need them: written down, selected and compared.

The engine reckons with floats alone. A histogram travels through it as a NaN of its own, which a selector hands on as
it is; what else a test does with one is refused before.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np

from alerts.gotemplate.printing import plain
from alerts.promql import PromQLError
from drawdown.series import Floats

_WRITTEN: Final = re.compile(r"\{\{(.*)\}\}", re.DOTALL)
_PART: Final = re.compile(r"(\w+):(\[[^\]]*\]|[^\s\[\]]+)")
_NUMBERS: Final = ("schema", "sum", "count", "z_bucket", "z_bucket_w", "offset", "n_offset")
_LISTS: Final = ("buckets", "n_buckets", "custom_values")
_FIRST_BITS: Final = 0x7FF8_0000_4000_0000
Buckets = Mapping[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Counts of buckets by their index, of positive and negative values; empty buckets are left out. Whether counters
    were reset is not looked at.
    """

    schema: float = 0.0
    sum: float = 0.0
    count: float = 0.0
    zeros: float = 0.0
    zero_width: float = 0.0
    positive: Buckets = field(default_factory=dict)
    negative: Buckets = field(default_factory=dict)
    custom: tuple[float, ...] = ()

    @classmethod
    def parse(cls, text: str, position: int = 0) -> Self:
        """`{{schema:1 count:3 sum:4.5 buckets:[1 2]}}`.

        Raises:
            PromQLError: at `position`, if it is none.
        """
        written = _WRITTEN.fullmatch(text.strip())
        parts = dict(_PART.findall(written[1])) if written else {}
        known = {*_NUMBERS, *_LISTS, "counter_reset_hint"}
        if written is None or _PART.sub("", written[1]).strip() or not parts.keys() <= known:
            raise PromQLError(
                f"{text!r} is no histogram; write for example {{{{count:3 sum:4.5 buckets:[1 2]}}}}", position
            )
        try:
            return cls._of(parts)
        except ValueError:
            raise PromQLError(f"{text!r} holds something that is no number", position) from None

    @classmethod
    def _of(cls, parts: Mapping[str, str]) -> Self:
        number = {name: float(parts.get(name, 0.0)) for name in _NUMBERS}
        several = {name: tuple(map(float, parts.get(name, "[]")[1:-1].split())) for name in _LISTS}
        return cls(
            schema=number["schema"],
            sum=number["sum"],
            count=number["count"],
            zeros=number["z_bucket"],
            zero_width=number["z_bucket_w"],
            positive=_buckets(several["buckets"], first=int(number["offset"])),
            negative=_buckets(several["n_buckets"], first=int(number["n_offset"])),
            custom=several["custom_values"],
        )

    def plus(self, other: Self, sign: float) -> Self:
        """Both together, the other one's counts taken `sign` times."""
        return replace(
            self,
            sum=self.sum + sign * other.sum,
            count=self.count + sign * other.count,
            zeros=self.zeros + sign * other.zeros,
            positive=_added(self.positive, other.positive, sign),
            negative=_added(self.negative, other.negative, sign),
        )

    def __str__(self) -> str:
        shown = {
            "schema": plain(self.schema),
            "count": plain(self.count),
            "sum": plain(self.sum),
            "z_bucket": plain(self.zeros),
            "z_bucket_w": plain(self.zero_width),
            "buckets": _shown(self.positive),
            "n_buckets": _shown(self.negative),
            "custom_values": " ".join(map(plain, self.custom)),
        }
        return "{{" + " ".join(f"{name}:{text}" for name, text in shown.items() if text not in {"", "0"}) + "}}"


def _buckets(counts: tuple[float, ...], *, first: int) -> Buckets:
    return {first + place: count for place, count in enumerate(counts) if count}


def _added(left: Buckets, right: Buckets, sign: float) -> Buckets:
    sums = {place: left.get(place, 0.0) + sign * right.get(place, 0.0) for place in sorted({*left, *right})}
    return {place: count for place, count in sums.items() if count}


def _shown(buckets: Buckets) -> str:
    return "[" + " ".join(f"{place}={plain(count)}" for place, count in buckets.items()) + "]" if buckets else ""


class Histograms:
    """The histograms of one test, each with the NaN that stands for it."""

    def __init__(self) -> None:
        self._all: list[Histogram] = []

    def stand_in(self, histogram: Histogram) -> np.float64:
        """The NaN for `histogram`."""
        self._all.append(histogram)
        bits = np.array([_FIRST_BITS + len(self._all) - 1], dtype=np.uint64)
        number: np.float64 = bits.view(np.float64)[0]
        return number

    def find(self, values: Floats) -> list[Histogram | None]:
        """What each of `values` stands for."""
        places = (np.ascontiguousarray(values).view(np.uint64).astype(np.int64) - _FIRST_BITS).tolist()
        return [self._all[place] if 0 <= place < len(self._all) else None for place in places]
