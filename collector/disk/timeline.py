"""Which of the rows on disk count."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from drawdown.series import Floats, Labels


@dataclass(slots=True, eq=False)
class Row:
    """A row at Unix second `at`. `patches` are samples that came late for it; when it is `void` it was cut off."""

    at: float
    patches: list[tuple[tuple[Labels, ...], Floats]] = field(default_factory=list)
    void: bool = False


class Timeline:
    """Rows in the order of their times. A row at a time that has passed makes those from there on void: the clock was
    set back, even if the cut that said so is lost.
    """

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        self._keep(bisect_left(self._rows, row.at, key=_time))
        self._rows.append(row)

    def cut(self, at: float) -> None:
        """The rows after `at` are void."""
        self._keep(bisect_right(self._rows, at, key=_time))

    def find(self, at: float) -> Row | None:
        """The row at that very time, which is not void."""
        number = bisect_left(self._rows, at, key=_time)
        return self._rows[number] if number < len(self._rows) and self._rows[number].at == at else None

    def _keep(self, count: int) -> None:
        for row in self._rows[count:]:
            row.void = True
        del self._rows[count:]


def _time(row: Row) -> float:
    return row.at
