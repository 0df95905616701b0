"""The series of the monitor, in memory: the last hour of all, and of some a row a minute for much longer.

Rows stand behind one another in chunks (time first, series second), so that adding a sample of everything is one copy.
A chunk's memory is taken row by row as it is written. Reading gives a view; most of what rules ask for is known from
where the samples of each series begin and end (`collector.runs`), and need not be read.
"""

from collections.abc import Sequence

from collector.tier import RowSink, Tier
from drawdown.series import Floats, Labels, Matcher, Selection


class Store:
    """Two tiers of samples (a `drawdown.series.SeriesSource` and `SeriesSink`). All that is appended goes into `raw`;
    `rollups` follows by itself. Rows of a run before are given to each tier by `append`, in order, before a log is
    attached.
    """

    def __init__(self, *, retention: float = 3600.0, step: float = 1.0) -> None:
        self.raw = Tier(retention=retention, step=step)
        self.rollups = Tier(retention=32 * 86_400.0, step=60.0)

    @property
    def series(self) -> int:
        """How many series there are."""
        return self.raw.series

    @property
    def late(self) -> int:
        """Samples that were not taken because they came too late."""
        return self.raw.late

    def attach(self, *, raw: RowSink, rollups: RowSink) -> None:
        """Tell each log of the rows that are written to its tier from now on."""
        self.raw.attach(raw)
        self.rollups.attach(rollups)

    def flush(self) -> None:
        """Hand over the last rows: nothing is appended any more."""
        self.raw.flush()
        self.rollups.flush()

    def append(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """Add one sample per series at Unix second `at`, as `Tier.append`."""
        self.raw.append(at, labels, values)

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Selection:
        """Samples with `start <= time <= end`, as `Tier.select`."""
        return self.raw.select(matchers, start, end)
