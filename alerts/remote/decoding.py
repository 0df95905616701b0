"""From the bytes of an answer to a vector.

Source: the documentation of Prometheus' HTTP API; `isPartial` is VictoriaMetrics'.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from alerts.promql import PromQLError, Vector
from alerts.remote.split import Part
from drawdown.series import Labels

_SHOWN: Final = 200
"""Characters of what the other side says that are repeated."""


class Unanswered(PromQLError):
    """The other side could not or would not answer."""


class Unreachable(Unanswered):
    """No answer of a Prometheus came at all: whatever is asked, it is down or not where it should be."""


class _Answer(msgspec.Struct):
    """The whole of an answer."""

    status: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    error_type: str = msgspec.field(default="", name="errorType")
    error: str = ""
    warnings: list[str] | None = None
    is_partial: bool = msgspec.field(default=False, name="isPartial")


class _Result(msgspec.Struct):
    """The field `data`."""

    kind: str = msgspec.field(name="resultType")
    result: msgspec.Raw


class _Sample(msgspec.Struct):
    metric: msgspec.Raw
    value: tuple[float, str] | None = None


class Metrics:
    """The labels of elements by their bytes: at each evaluation the same ones come again."""

    def __init__(self, most: int = 200_000) -> None:
        self._most = most
        self._known: dict[bytes, Labels] = {}

    def labels(self, written: msgspec.Raw) -> Labels:
        """What the JSON object `written` says."""
        known = self._known.get(key := bytes(written))
        if known is None:
            if len(self._known) >= self._most:
                self._known.clear()
            known = self._known[key] = Labels(msgspec.json.decode(key, type=dict[str, str]))
        return known


def decode(body: bytes, part: Part, metrics: Metrics) -> Vector:
    """The answer to `part` in `body`.

    Raises:
        Unanswered: it tells of an error, is not complete, or is of another type.
        msgspec.MsgspecError: it is no answer of a Prometheus.
    """
    answer = msgspec.json.decode(body, type=_Answer)
    if answer.status != "success":
        raise Unanswered(f"it refuses the query: {shown(answer.error_type)}: {shown(answer.error)}")
    if (missing := _what_is_missing(answer)) is not None:
        raise Unanswered(f"its answer is not complete: {shown(missing)}")
    return _vector(msgspec.json.decode(answer.data, type=_Result), part, metrics)


def shown(text: str) -> str:
    """`text` on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def _what_is_missing(answer: _Answer) -> str | None:
    """Notes on the query itself, which Prometheus gives among its warnings, take nothing away."""
    if answer.is_partial:
        return "some of its stores did not answer"
    return next((each for each in answer.warnings or () if not each.startswith("PromQL ")), None)


def _vector(data: _Result, part: Part, metrics: Metrics) -> Vector:
    if data.kind == "scalar" and part.scalar:
        _, text = msgspec.json.decode(data.result, type=tuple[float, str])
        return Vector((Labels(),), np.array([_number(text)]), scalar=True)
    if data.kind != "vector":
        wanted = "a scalar" if part.scalar else "a vector"
        raise Unanswered(f"it answers with {data.kind or 'nothing'} where {wanted} was asked for")
    samples = msgspec.json.decode(data.result, type=list[_Sample])
    labels = tuple(metrics.labels(sample.metric) for sample in samples)
    return _as_scalar(labels, samples) if part.scalar else _elements(labels, samples)


def _as_scalar(labels: tuple[Labels, ...], samples: Sequence[_Sample]) -> Vector:
    """VictoriaMetrics knows no scalars: it gives one element without labels, or none for NaN."""
    if labels not in {(), (Labels(),)}:
        raise Unanswered("it answers with a vector where a scalar was asked for")
    return Vector((Labels(),), _values(samples) if samples else np.array([np.nan]), scalar=True)


def _elements(labels: tuple[Labels, ...], samples: Sequence[_Sample]) -> Vector:
    if len(set(labels)) < len(labels):
        twice = next(each for each in labels if labels.count(each) > 1)
        raise Unanswered(f"it gives two elements with the same labels, {shown(repr(twice))}")
    return Vector(labels, _values(samples))


def _values(samples: Sequence[_Sample]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if any(sample.value is None for sample in samples):
        raise Unanswered("it answers with native histograms, which are not supported; take histogram_quantile of them")
    return np.array([_number(sample.value[1]) for sample in samples if sample.value], np.float64)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Unanswered(f"it gives {shown(text)!r} where a number should be") from None
