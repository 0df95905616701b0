"""What the frames of a segment say, as bytes.

| kind | body |
|---|---|
| `SERIES` | series that are added behind those there are: deflated JSON, a list of objects of labels |
| `WHOLE` | a row: its time, and the samples of all series so far |
| `CHANGES` | a row: its time, and the samples XOR those of the row before (`ABSENT` for a series that was added) |
| `PATCH` | samples that came late for a row: its time, how many, their columns (u32 each), the samples |
| `CUT` | a time: the rows after it are void; after minus infinity, all |

Times are Unix seconds (float64). Samples are float64 bit for bit; of many of them first all first bytes are written,
then all second ones and so on, because those are alike, and then they are deflated.
"""

import json
import struct
import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from collector.disk.frames import Damaged
from drawdown.series import Floats, Labels, Numbers

Bits = npt.NDArray[np.uint64]
"""Samples as bits, for XOR."""

_QUICK: Final = 1
_TIME: Final = struct.Struct("<d")
_PATCH: Final = struct.Struct("<dI")
_SAMPLE: Final = 8
_COLUMN: Final = 4
_MOST_LABELS: Final = 1 << 30
"""Bytes of labels that one frame may hold once they are inflated."""


def series_body(labels: Sequence[Labels]) -> bytes:
    return zlib.compress(json.dumps([dict(one) for one in labels], separators=(",", ":")).encode(), _QUICK)


def read_series(body: bytes) -> tuple[Labels, ...]:
    """Raises Damaged."""
    try:
        return tuple(Labels(_checked(pairs)) for pairs in json.loads(_inflated(body, _MOST_LABELS)))
    except (ValueError, TypeError, RecursionError) as error:
        raise Damaged(f"labels cannot be read: {error}") from None


def _checked(pairs: dict[str, str]) -> dict[str, str]:
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        raise TypeError("not an object of texts")
    return pairs


def row_body(at: float, samples: Bits) -> bytes:
    """Of a whole row, or of its changes."""
    return _TIME.pack(at) + zlib.compress(_planes(samples, _SAMPLE), _QUICK)


def time_of(body: bytes) -> float:
    """The time of a row or cut, or that of a patch's row. Raises Damaged."""
    if len(body) < _TIME.size or not (at := _TIME.unpack_from(body)[0]) < np.inf:
        raise Damaged("there is no time")
    return float(at)


def read_row(body: bytes, width: int) -> Bits:
    """The samples, or their changes, of `width` series. Raises Damaged."""
    content = _inflated(body[_TIME.size :], width * _SAMPLE)
    if len(content) != width * _SAMPLE:
        raise Damaged(f"a row holds {len(content)} bytes and not {width} samples")
    return _joined(content, width).view(np.uint64)[:, 0]


def patch_body(at: float, columns: Numbers, values: Floats) -> bytes:
    written = _planes(columns.astype("<u4"), _COLUMN) + _planes(values.view(np.uint64), _SAMPLE)
    return _PATCH.pack(at, len(columns)) + zlib.compress(written, _QUICK)


def read_patch(body: bytes, width: int) -> tuple[Numbers, Floats]:
    """Columns, all below `width`, and their samples. Raises Damaged."""
    if len(body) < _PATCH.size:
        raise Damaged("a patch is cut off")
    _, count = _PATCH.unpack_from(body)
    if count > width:
        raise Damaged(f"a patch of {count} samples for {width} series")
    content = _inflated(body[_PATCH.size :], count * (_COLUMN + _SAMPLE))
    if len(content) != count * (_COLUMN + _SAMPLE):
        raise Damaged("a patch is cut off")
    columns = _joined(content[: count * _COLUMN], count).view("<u4")[:, 0].astype(np.intp)
    if count and columns.max() >= width:
        raise Damaged("a patch of series that there are not")
    return columns, _joined(content[count * _COLUMN :], count).view(np.float64)[:, 0]


def cut_body(at: float) -> bytes:
    return _TIME.pack(at)


def _planes(numbers: npt.NDArray[np.unsignedinteger], size: int) -> bytes:
    return np.ascontiguousarray(numbers).view(np.uint8).reshape(-1, size).T.tobytes()


def _joined(content: bytes, count: int) -> npt.NDArray[np.uint8]:
    """The bytes (count, size) of each number."""
    size = len(content) // count if count else _SAMPLE
    return np.ascontiguousarray(np.frombuffer(content, np.uint8).reshape(size, count).T)


def _inflated(body: bytes, most: int) -> bytes:
    """Never more than `most` bytes, whatever a file says."""
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(body, most + 1)
    except zlib.error as error:
        raise Damaged(f"cannot be inflated: {error}") from None
    if len(content) > most or not inflater.eof:
        raise Damaged("is not as long as it should be")
    return content
