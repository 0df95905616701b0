"""Prometheus' JSON for results. Series are written one by one, so that a thread which writes a large answer lets the
others in between.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from alerts.api.errors import ApiError
from alerts.api.numbers import number, plain, timestamp
from alerts.promql import Matrix, Vector
from drawdown.series import Labels, is_absent

encode: Callable[[Any], bytes] = msgspec.json.encode
TRUNCATED = "results truncated due to limit"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request gets: JSON for the field `data`, and what the asker should know about it."""

    data: bytes
    warnings: tuple[str, ...] = ()

    @property
    def body(self) -> bytes:
        warnings = b',"warnings":' + encode(self.warnings) if self.warnings else b""
        return b'{"status":"success","data":' + self.data + warnings + b"}"


def error_body(error: ApiError) -> bytes:
    return encode({"status": "error", "errorType": error.kind, "error": str(error)})


def listed(items: Sequence[Any], limit: int, *, most: int) -> Answer:
    """A list, cut off after `most`, or after `limit` items where that is not 0."""
    shown = items[: min(limit or most, most)]
    return Answer(encode(shown), (TRUNCATED,) * (len(shown) < len(items)))


def vector_answer(vector: Vector, at: float, limit: int) -> Answer:
    """The elements at Unix second `at`, at most `limit` of them."""
    stamp = timestamp(at)
    values = vector.values.tolist()
    if vector.scalar:
        return _result("scalar", f'[{stamp},"{plain(values[0])}"]'.encode())
    elements = [
        _series(labels, f'"value":[{stamp},"{number(value)}"]')
        for labels, value in zip(vector.labels[:limit], values[:limit], strict=True)
    ]
    return _result("vector", _array(elements), truncated=len(values) > limit)


def matrix_answer(matrix: Matrix, limit: int) -> Answer:
    """The series with a sample, at most `limit` of them."""
    stamps = [timestamp(at) for at in matrix.times.tolist()]
    kept = matrix.labels[:limit]
    series = []
    for labels, values, absent in zip(kept, matrix.values, is_absent(matrix.values), strict=False):
        points = zip(stamps, values.tolist(), absent.tolist(), strict=True)
        written = ",".join([f'[{stamp},"{number(value)}"]' for stamp, value, missing in points if not missing])
        series.append(_series(labels, f'"values":[{written}]'))
    return _result("matrix", _array(series), truncated=len(matrix.labels) > limit)


def string_answer(text: str, at: float) -> Answer:
    return _result("string", b"[" + timestamp(at).encode() + b"," + encode(text) + b"]")


def _series(labels: Labels, rest: str) -> bytes:
    return b'{"metric":' + encode(dict(labels)) + b"," + rest.encode() + b"}"


def _array(items: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(items) + b"]"


def _result(kind: str, result: bytes, *, truncated: bool = False) -> Answer:
    data = b'{"resultType":' + encode(kind) + b',"result":' + result + b"}"
    return Answer(data, (TRUNCATED,) * truncated)
