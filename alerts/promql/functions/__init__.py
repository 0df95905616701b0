"""Every function by its name."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from alerts.promql.functions import calendar, histograms, labelling, over_time, rates, special
from alerts.promql.functions import pointwise as points
from alerts.promql.functions.kinds import Function, OverTime, Pointwise, pointwise
from alerts.promql.functions.kinds import over_time as ranged
from alerts.promql.syntax import Kind

_PLAIN: Final[Mapping[str, Pointwise]] = {
    "abs": np.abs,
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atanh": np.arctanh,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "deg": np.degrees,
    "exp": np.exp,
    "floor": np.floor,
    "ln": np.log,
    "log10": np.log10,
    "log2": np.log2,
    "rad": np.radians,
    "sgn": points.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
}
_RANGED: Final[Mapping[str, OverTime]] = {
    "deriv": rates.deriv,
    "idelta": rates.idelta,
    "irate": rates.irate,
}
_OF_VALUES: Final[Mapping[str, OverTime]] = {
    "avg_over_time": over_time.avg_over_time,
    "changes": rates.changes,
    "max_over_time": over_time.max_over_time,
    "min_over_time": over_time.min_over_time,
    "present_over_time": over_time.present_over_time,
    "resets": rates.resets,
    "stddev_over_time": over_time.stddev_over_time,
    "stdvar_over_time": over_time.stdvar_over_time,
    "sum_over_time": over_time.sum_over_time,
}
_OF_ENDS: Final[Mapping[str, OverTime]] = {
    "count_over_time": over_time.count_over_time,
    "delta": rates.delta,
    "increase": rates.increase,
    "rate": rates.rate,
}
_CALENDAR: Final[Mapping[str, Pointwise]] = {
    "day_of_month": calendar.day_of_month,
    "day_of_week": calendar.day_of_week,
    "day_of_year": calendar.day_of_year,
    "days_in_month": calendar.days_in_month,
    "hour": calendar.hour,
    "minute": calendar.minute,
    "month": calendar.month,
    "year": calendar.year,
}
_VECTOR, _WINDOW, _SCALAR, _STRING = Kind.VECTOR, Kind.WINDOW, Kind.SCALAR, Kind.STRING

FUNCTIONS: Final[Mapping[str, Function]] = {
    **{name: pointwise(body) for name, body in _PLAIN.items()},
    **{name: ranged(body) for name, body in _RANGED.items()},
    **{name: ranged(body, of_values=True) for name, body in _OF_VALUES.items()},
    **{name: ranged(body, of_ends=True) for name, body in _OF_ENDS.items()},
    **{name: Function(takes=(_VECTOR,), optional=1, pointwise=body) for name, body in _CALENDAR.items()},
    "absent": Function(takes=(_VECTOR,), special=special.absent),
    "absent_over_time": Function(takes=(_WINDOW,), special=special.absent_over_time),
    "clamp": Function(takes=(_VECTOR, _SCALAR, _SCALAR), special=special.clamp),
    "clamp_max": pointwise(points.clamp_max, _SCALAR),
    "clamp_min": pointwise(points.clamp_min, _SCALAR),
    "first_over_time": ranged(over_time.first_over_time, keeps_name=True, of_ends=True),
    "histogram_quantile": Function(takes=(_SCALAR, _VECTOR), special=histograms.histogram_quantile),
    "label_join": Function(takes=(_VECTOR, _STRING, _STRING, _STRING), repeats=True, special=labelling.label_join),
    "label_replace": Function(takes=(_VECTOR, _STRING, _STRING, _STRING, _STRING), special=labelling.label_replace),
    "last_over_time": ranged(over_time.last_over_time, keeps_name=True, of_ends=True),
    "pi": Function(scalar=special.pi),
    "predict_linear": Function(takes=(_WINDOW, _SCALAR), over_time=rates.predict_linear),
    "quantile_over_time": Function(takes=(_SCALAR, _WINDOW), over_time=over_time.quantile_over_time),
    "round": pointwise(points.to_nearest, _SCALAR, optional=1),
    "scalar": Function(takes=(_VECTOR,), scalar=special.scalar),
    "sort": Function(takes=(_VECTOR,), special=special.sort),
    "sort_desc": Function(takes=(_VECTOR,), special=special.sort_desc),
    "time": Function(scalar=special.time),
    "timestamp": Function(takes=(_VECTOR,), special=special.timestamp),
    "vector": Function(takes=(_SCALAR,), special=special.vector),
}
