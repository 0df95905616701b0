"""Aggregation over series: sum by (…) and its kin."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from alerts.promql.errors import PromQLError
from alerts.promql.frame import Frame, Indices, Partition, together, united
from alerts.promql.memo import Memo
from alerts.promql.quantile import sorted_quantile
from alerts.promql.summing import group_sums
from alerts.promql.syntax import Aggregation
from drawdown.series import NAME, Bools, Floats, Labels


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The rows of a frame, group after group."""

    partition: Partition
    values: Floats
    present: Bools

    @property
    def starts(self) -> Indices:
        return self.partition.starts

    def rows(self) -> Iterator[slice]:
        ends = [*self.starts[1:].tolist(), len(self.values)]
        return (slice(start, end) for start, end in zip(self.starts.tolist(), ends, strict=True))

    @property
    def is_full(self) -> bool:
        """Whether every row is present at every time."""
        return bool(self.present.all())

    def filled(self, value: float) -> Floats:
        return self.values if self.is_full else np.where(self.present, self.values, value)

    @property
    def counts(self) -> Floats:
        if self.is_full:
            return np.repeat(self.partition.sizes[:, np.newaxis].astype(np.float64), self.present.shape[1], axis=1)
        counts: Floats = np.add.reduceat(self.present.astype(np.float64), self.starts, axis=0)
        return counts

    def spread(self, of_groups: Floats) -> Floats:
        """The value of its group for every row."""
        spread: Floats = np.repeat(of_groups, self.partition.sizes, axis=0)
        return spread


def aggregate(node: Aggregation, frame: Frame, parameter: Floats | str | None, *, memo: Memo) -> Frame:
    """`parameter` are the k or φ (T,) of topk, bottomk and quantile, or the label of count_values."""
    _check_parameter(node, parameter)
    if not frame.labels:
        return frame
    partition = memo(_grouped, node, frame.labels)
    groups = Groups(partition, partition.arranged(frame.values), partition.arranged(frame.present))
    if isinstance(parameter, str):
        return _count_values(node, groups, parameter)
    if node.operator in _SELECTING and parameter is not None:
        return _selected(frame, groups, parameter, largest=node.operator == "topk")
    values = _quantiles(groups, parameter) if parameter is not None else _BY_GROUP[node.operator](groups)
    return Frame(partition.labels, values, groups.counts > 0)


def _grouped(node: Aggregation, labels: tuple[Labels, ...]) -> Partition:
    if node.without:
        return together(each.without(NAME, *node.labels) for each in labels)
    return together(each.only(*node.labels) for each in labels)


def _sum(groups: Groups) -> Floats:
    return group_sums(groups.filled(0.0), groups.partition)


def _avg(groups: Groups) -> Floats:
    terms, counts = groups.filled(0.0), groups.counts
    means: Floats = group_sums(terms, groups.partition) / counts
    if not np.isinf(means).any():
        return means
    sound = np.logical_and.reduceat(np.isfinite(terms), groups.starts, axis=0)
    scaled = group_sums(terms / groups.spread(np.maximum(counts, 1.0)), groups.partition)
    return np.where(np.isinf(means) & sound, scaled, means)


def _stdvar(groups: Groups) -> Floats:
    """Reckoned from a sample of each group, so that equal samples give exactly 0."""
    lowest = np.fmin.reduceat(groups.filled(np.nan), groups.starts, axis=0)
    above = groups.values - groups.spread(lowest)
    mean = np.add.reduceat(np.where(groups.present, above, 0.0), groups.starts, axis=0) / groups.counts
    away = above - groups.spread(mean)
    squares: Floats = np.add.reduceat(np.where(groups.present, away * away, 0.0), groups.starts, axis=0)
    return squares / groups.counts


_BY_GROUP: Final[dict[str, Callable[[Groups], Floats]]] = {
    "sum": _sum,
    "avg": _avg,
    "min": lambda groups: np.fmin.reduceat(groups.filled(np.nan), groups.starts, axis=0),
    "max": lambda groups: np.fmax.reduceat(groups.filled(np.nan), groups.starts, axis=0),
    "count": lambda groups: groups.counts,
    "group": lambda groups: np.ones_like(groups.counts),
    "stdvar": _stdvar,
    "stddev": lambda groups: np.sqrt(_stdvar(groups)),
}
_SELECTING: Final = frozenset({"topk", "bottomk"})


def _quantiles(groups: Groups, parameter: Floats) -> Floats:
    out = np.full((len(groups.starts), len(parameter)), np.nan)
    for number, rows in enumerate(groups.rows()):
        held = groups.present[rows]
        for step in np.flatnonzero(held.any(axis=0)).tolist():
            column = groups.values[rows, step][np.newaxis, :]
            out[number, step] = sorted_quantile(float(parameter[step]), column, held[:, step][np.newaxis, :])[0]
    return out


def _check_parameter(node: Aggregation, parameter: Floats | str | None) -> None:
    at = node.parameter.position if node.parameter else node.position
    if isinstance(parameter, str) and not parameter:
        raise PromQLError("the name of a label must not be empty", at)
    if parameter is None or isinstance(parameter, str) or node.operator not in _SELECTING:
        return
    if np.isnan(parameter).any():
        raise PromQLError(f"the number of elements for {node.operator} is NaN", at)
    if (np.abs(parameter) >= 2.0**63).any():
        raise PromQLError(f"the number of elements for {node.operator} is too large", at)


def _selected(frame: Frame, groups: Groups, parameter: Floats, *, largest: bool) -> Frame:
    """The k largest or smallest of each group; at a single time in that order, NaN last."""
    keys = -groups.values if largest else groups.values
    kept = np.zeros_like(frame.present)
    ranking: list[int] = []
    for rows in groups.rows():
        for step, k in enumerate(parameter.tolist()):
            ranked = rows.start + np.argsort(keys[rows, step], kind="stable")
            best = groups.partition.order[ranked[groups.present[ranked, step]][: max(math.trunc(k), 0)]]
            kept[best, step] = True
            ranking += best.tolist() if frame.steps == 1 else []
    selected = Frame(frame.labels, frame.values, kept)
    return selected.take(ranking) if frame.steps == 1 else selected.pruned()


def _count_values(node: Aggregation, groups: Groups, label: str) -> Frame:
    """How often each value occurs; the value becomes the label, unless `without` takes that away."""
    counts: dict[Labels, Floats] = {}
    taken = node.without and label in {NAME, *node.labels}
    for labels, rows in zip(groups.partition.labels, groups.rows(), strict=True):
        for row, step in np.argwhere(groups.present[rows]).tolist():
            value = float(groups.values[rows.start + row, step])
            key = labels if taken else labels.with_({label: written(value)})
            counts.setdefault(key, np.zeros(groups.values.shape[1]))[step] += 1
    values = np.array(list(counts.values())).reshape(len(counts), groups.values.shape[1])
    return united(values, values > 0, together(counts), node.position)


def written(value: float) -> str:
    """The shortest decimal without an exponent, as Go's `FormatFloat(value, 'f', -1, 64)`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    return np.format_float_positional(value, trim="-")
