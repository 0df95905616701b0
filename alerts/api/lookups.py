"""`series`, `labels`, `label/<name>/values` and `metadata`: what there is to ask for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from alerts.api.answer import Answer, encode, listed
from alerts.api.arguments import FAR, Arguments
from alerts.api.errors import ApiError, ErrorType
from alerts.api.reading import Reader
from alerts.api.settings import QuerySettings
from alerts.api.workers import Workers
from drawdown.catalogue import METRICS, Metric
from drawdown.series import Labels, Matcher, is_absent

Sets = Sequence[tuple[Matcher, ...]]


@dataclass(frozen=True, slots=True)
class Lookups:
    """Answers what series and labels have samples in a time; they are read by `workers`."""

    workers: Workers
    settings: QuerySettings

    async def series(self, asked: Arguments) -> Answer:
        """`series`: those that satisfy one of the selectors."""
        if not asked.all("match[]"):
            raise ApiError(ErrorType.BAD_DATA, "no match[] parameter provided")
        return await self._found(asked, lambda found: [dict(labels) for labels in sorted(found, key=_order)])

    async def labels(self, asked: Arguments) -> Answer:
        """`labels`: the names that the series have."""
        return await self._found(asked, lambda found: sorted({name for labels in found for name in labels}))

    async def values(self, asked: Arguments) -> Answer:
        """`label/<name>/values`: the values of one label."""
        name = asked.text("name")
        return await self._found(asked, lambda found: sorted({labels[name] for labels in found if name in labels}))

    async def _found(self, asked: Arguments, shape: Callable[[Iterable[Labels]], Sequence[Any]]) -> Answer:
        sets, limit = asked.selectors(), asked.count("limit")
        span = (asked.time("start", -FAR), asked.time("end", FAR))

        def work(reader: Reader) -> Answer:
            return listed(shape(_present(sets or ((),), span, reader)), limit, most=self.settings.max_series)

        return await self.workers.run(work)


def _present(sets: Sets, span: tuple[float, float], reader: Reader) -> Iterable[Labels]:
    found: dict[Labels, None] = {}
    for matchers in sets:
        for block in reader.slices(matchers, *span):
            there = np.flatnonzero((~is_absent(block.values)).any(axis=1))
            found.update((block.labels[row], None) for row in there)
    return found


def _order(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(labels.items())


def metadata(asked: Arguments) -> Answer:
    """`metadata`: type and help of the metrics of the catalogue."""
    limit, wanted = asked.count("limit", len(METRICS)), asked.text("metric")
    asked.count("limit_per_metric")  # there is one of each
    metrics = (metric for metric in METRICS if wanted in {"", metric.name})
    return Answer(encode({metric.name: [_described(metric)] for metric in islice(metrics, limit)}))


def _described(metric: Metric) -> dict[str, str]:
    return {"type": metric.type, "unit": "", "help": metric.help}
