"""A segment file as it lies on the disk: a header, then frames that show when they are damaged.

    file  = header frame*
    frame = length kind checksum body

`length` (u32) is that of the body, `kind` (u8) says what it holds, `checksum` (u32) is the CRC-32 of length, kind and
body. Numbers are little-endian. The header ends with the version of this format.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from drawdown.errors import DrawdownError

HEADER: Final = b"drawdown rows 1\n"
_START: Final = struct.Struct("<IB")
_CHECKSUM: Final = struct.Struct("<I")
_BEFORE_BODY: Final = _START.size + _CHECKSUM.size


class Damaged(DrawdownError):
    """A body that cannot be read, although its checksum is right or is still to be looked at."""


class Kind(IntEnum):
    """What the body of a frame holds, see `collector.disk.bodies`."""

    SERIES = 1
    WHOLE = 2
    CHANGES = 3
    PATCH = 4
    CUT = 5


_KINDS: Final = frozenset(Kind)


@dataclass(slots=True)
class Frame:
    """One frame; `end` is where it ends in its file. Not frozen: there is one for each row that is read."""

    kind: Kind
    body: bytes
    end: int


def framed(kind: Kind, body: bytes) -> bytes:
    """The bytes of a frame."""
    start = _START.pack(len(body), kind)
    return start + _CHECKSUM.pack(zlib.crc32(body, zlib.crc32(start))) + body


def frames(content: bytes) -> Iterator[Frame]:
    """The frames of a file's content (with its header), up to the first that is damaged or cut off."""
    at = len(HEADER)
    while (frame := _frame(content, at)) is not None:
        yield frame
        at = frame.end


def _frame(content: bytes, at: int) -> Frame | None:
    if len(content) - at < _BEFORE_BODY:
        return None
    length, kind = _START.unpack_from(content, at)
    (checksum,) = _CHECKSUM.unpack_from(content, at + _START.size)
    end = at + _BEFORE_BODY + length
    body = content[at + _BEFORE_BODY : end]
    if end > len(content) or zlib.crc32(body, zlib.crc32(content[at : at + _START.size])) != checksum:
        return None
    return Frame(Kind(kind), body, end) if kind in _KINDS else None
