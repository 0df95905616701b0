"""Parts of the date, in UTC, of values that are Unix seconds."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from drawdown.series import Floats

Dates = npt.NDArray[np.datetime64]


def _of(part: Callable[[Dates], npt.NDArray[np.int64]]) -> Callable[[Floats], Floats]:
    def read(values: Floats) -> Floats:
        sound = np.isfinite(values) & (np.abs(values) < 1e11)
        dates = np.where(sound, values, 0.0).astype(np.int64).astype("datetime64[s]")
        return np.where(sound, part(dates).astype(np.float64), np.nan)

    return read


def _since(dates: Dates, start: str, unit: str) -> npt.NDArray[np.int64]:
    """How many of `unit` have passed since the `start` of the year, month, day or hour."""
    passed: npt.NDArray[np.int64] = (
        dates.astype(f"datetime64[{unit}]") - dates.astype(f"datetime64[{start}]").astype(f"datetime64[{unit}]")
    ).astype(np.int64)
    return passed


def _month_length(dates: Dates) -> npt.NDArray[np.int64]:
    months = dates.astype("datetime64[M]")
    length: npt.NDArray[np.int64] = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(
        np.int64
    )
    return length


year = _of(lambda dates: dates.astype("datetime64[Y]").astype(np.int64) + 1970)
month = _of(lambda dates: _since(dates, "Y", "M") + 1)
day_of_month = _of(lambda dates: _since(dates, "M", "D") + 1)
day_of_year = _of(lambda dates: _since(dates, "Y", "D") + 1)
day_of_week = _of(lambda dates: (dates.astype("datetime64[D]").astype(np.int64) + 4) % 7)
days_in_month = _of(_month_length)
hour = _of(lambda dates: _since(dates, "D", "h"))
minute = _of(lambda dates: _since(dates, "h", "m"))
