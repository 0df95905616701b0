"""A segment that is written: one file with the rows of some minutes, or of a day."""

import errno
import os
from collections.abc import Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Self

import numpy as np

from collector.disk.bodies import cut_body, patch_body, row_body, series_body
from collector.disk.frames import HEADER, Kind, framed
from collector.disk.page import Page
from drawdown.folder import sync_folder
from drawdown.series import ABSENT, Floats, Labels, Numbers


class Segment:
    """Appends to a file. After an OSError it is to be closed and left: what it has written so far is whole."""

    def __init__(self, path: Path, file: FileIO, *, page: Page, size: int = 0) -> None:
        self.path = path
        self.size = size
        self._file = file
        self._page = page
        self._owed = b"" if size else HEADER
        self._begun = False
        self._placed: tuple[Sequence[Labels], Numbers] = ((), np.empty(0, np.intp))

    @classmethod
    def begin(cls, path: Path) -> Self:
        """A new file. Raises OSError."""
        segment = cls(path, path.open("xb", buffering=0), page=Page())
        sync_folder(path.parent)
        return segment

    @classmethod
    def resume(cls, path: Path, page: Page, *, size: int) -> Self:
        """Go on behind the `size` bytes that the file has, whose series are those of `page`. Raises OSError."""
        file = path.open("r+b", buffering=0)
        file.seek(size)
        return cls(path, file, page=page, size=size)

    def put(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """Write a row. Raises OSError."""
        added = b""
        if labels is not self._placed[0]:
            columns, added = self._place(labels)
            self._placed = (labels, columns)
        samples = np.full(len(self._page), ABSENT)
        samples[self._placed[1]] = values
        bits = self._page.changes(samples) if self._begun else self._page.whole(samples)
        self._write(added + framed(Kind.CHANGES if self._begun else Kind.WHOLE, row_body(at, bits)))
        self._begun = True

    def patch(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """Write samples that came late for the row at `at`. Raises OSError."""
        columns, added = self._place(labels)
        self._write(added + framed(Kind.PATCH, patch_body(at, columns, values)))

    def cut(self, at: float) -> None:
        """Write that the rows after `at` are void. Raises OSError."""
        self._write(framed(Kind.CUT, cut_body(at)))

    def sync(self) -> None:
        """Have all that was written on the disk. Raises OSError, also when somebody has deleted the file."""
        if not os.fstat(self._file.fileno()).st_nlink:
            raise OSError(errno.ENOENT, "the file was deleted", str(self.path))
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def _place(self, labels: Sequence[Labels]) -> tuple[Numbers, bytes]:
        """The columns of these series, and the frame that adds those which are new."""
        columns, missing = self._page.columns(labels)
        self._page.add(missing)
        return columns, framed(Kind.SERIES, series_body(missing)) if missing else b""

    def _write(self, content: bytes) -> None:
        try:
            self._append(self._owed + content)
        except OSError:
            with suppress(OSError):
                self._file.truncate(self.size)  # half a frame would be taken for damage
            raise

    def _append(self, content: bytes) -> None:
        if self._file.write(content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        self._owed = b""
        self.size += len(content)
