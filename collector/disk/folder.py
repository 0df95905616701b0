"""The files of a log: which there are, and what is done with those that are damaged or too old."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from collector.disk.reading import Foreign, Reading, Shelf
from collector.disk.timeline import Timeline

_log = structlog.get_logger(__name__)
_NAME: Final = re.compile(r"(\d{8,})\.rows(\.unreadable)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What was done about a damaged file: `dropped` bytes at its end are gone; `missing` is the time in seconds from
    the last row before them to the next one after or, where there is none, to when the file was last written to. A file
    that is none of ours, or of another version, was left as it is, under the name `kept_in`.
    """

    file: Path
    dropped: int
    missing: float
    kept_in: Path | None = None


class Folder:
    """The files in `path`, each with the time of its last row."""

    def __init__(self, path: Path) -> None:
        """Make it where it is missing.

        Raises:
            OSError: it cannot be used.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            numbers = [int(match[1]) for match in map(_NAME.fullmatch, _names(path)) if match]
        except OSError as error:
            raise OSError(f"{path} cannot be used for the store: {error.strerror}") from None
        self.path = path
        self._next = max(numbers, default=0) + 1
        self._lasts: dict[Path, float] = {}

    def survey(self, shelf: Shelf) -> tuple[list[Reading], list[Repair]]:
        """What can be read, in order, after all that is damaged was repaired."""
        timeline, repairs = Timeline(), []
        readings = [Reading(self.path / name, shelf) for name in _names(self.path) if _is_segment(name)]
        good = [reading for reading in readings if _surveyed(reading, timeline)]
        for number, reading in enumerate(readings):
            if reading not in good:
                repairs.append(_put_aside(reading, missing=_gap(readings, number)))
            elif reading.end < reading.size or not reading.end:
                repairs.append(_cut_off(reading, missing=_gap(readings, number)))
        for reading in good:
            self.note(reading.path, reading.latest)
        return good, repairs

    def next(self) -> Path:
        """A path for a new file."""
        path = self.path / f"{self._next:08}.rows"
        self._next += 1
        return path

    def note(self, file: Path, last: float) -> None:
        """The last row of `file` is that at `last`."""
        self._lasts[file] = last

    def forget(self, file: Path) -> None:
        """`file` is being written again."""
        self._lasts.pop(file, None)

    def cut(self, at: float) -> None:
        """Rows after `at` no longer count."""
        self._lasts = {file: min(last, at) for file, last in self._lasts.items()}

    def delete_before(self, at: float) -> None:
        """Delete the files all of whose rows lie before `at`."""
        for file in [file for file, last in self._lasts.items() if last < at]:
            with suppress(OSError):  # it is tried again the next time
                file.unlink(missing_ok=True)
                del self._lasts[file]


def _names(folder: Path) -> list[str]:
    return sorted((entry.name for entry in folder.iterdir()), key=lambda name: (len(name), name))


def _is_segment(name: str) -> bool:
    match = _NAME.fullmatch(name)
    return match is not None and not match[2]


def _surveyed(reading: Reading, timeline: Timeline) -> bool:
    try:
        reading.survey(timeline)
    except (Foreign, OSError):
        return False
    return True


def _gap(readings: list[Reading], number: int) -> float:
    """Seconds from the last row up to this reading to the first after it, or to when its file was last written to."""
    before = [row.at for reading in readings[: number + 1] for row in reading.rows[-1:]]
    after = [row.at for reading in readings[number + 1 :] for row in reading.rows[:1]]
    return max(0.0, (after or [readings[number].written_at])[0] - before[-1]) if before else 0.0


def _cut_off(reading: Reading, *, missing: float) -> Repair:
    dropped = reading.size - reading.end
    _log.warning("store_repaired", file=str(reading.path), bytes_dropped=dropped, seconds_missing=missing)
    with suppress(OSError):  # it is read to there all the same, and repaired at the next start
        _truncate(reading.path, reading.end)
        reading.size = reading.end
    return Repair(file=reading.path, dropped=dropped, missing=missing)


def _truncate(path: Path, size: int) -> None:
    if not size:
        path.unlink()
        return
    with path.open("r+b") as file:
        file.truncate(size)


def _put_aside(reading: Reading, *, missing: float) -> Repair:
    aside = reading.path.with_name(reading.path.name + ".unreadable")
    with suppress(OSError):
        reading.path.rename(aside)
    hint = "it is no file of this version of the monitor, or the system does not let it be read; it is left as it is"
    _log.error("store_unreadable", file=str(reading.path), kept_in=str(aside), seconds_missing=missing, hint=hint)
    return Repair(file=reading.path, dropped=reading.size, missing=missing, kept_in=aside)
