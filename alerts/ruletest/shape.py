"""The shape of a file of rule tests. Source: promtool's documentation of unit tests."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictStr

from alerts.promql.cursor import MAX_SECONDS
from drawdown.durations import Duration


def _number(written: Any) -> Any:
    """YAML's numbers: 0x10 and .inf are some."""
    if isinstance(written, str) and written.lower().lstrip("+-").startswith("0x"):
        return float(int(written, 16))
    return written.lower().replace(".inf", "inf").replace(".nan", "nan") if isinstance(written, str) else written


def _moment(written: Any) -> Any:
    """Unix seconds, or a time as RFC 3339 writes it."""
    seconds = _seconds(str(written))
    if seconds is None:
        raise ValueError(f"{written!r} is no time; write Unix seconds, or for example 2024-01-01T00:00:00Z")
    if not abs(seconds) < MAX_SECONDS:
        raise ValueError(f"{written!r} is beyond the times that Prometheus knows")
    return seconds


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.timestamp() if at.tzinfo else None


_Number = Annotated[float, BeforeValidator(_number)]
_Moment = Annotated[float, BeforeValidator(_moment)]
_Texts = dict[str, StrictStr]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WrittenSeries(_Written):
    series: StrictStr
    values: StrictStr


class WrittenAlert(_Written):
    exp_labels: _Texts = Field(default_factory=dict)
    exp_annotations: _Texts = Field(default_factory=dict)


class WrittenAlertTest(_Written):
    eval_time: Duration = 0.0
    alertname: Annotated[StrictStr, Field(min_length=1)]
    exp_alerts: tuple[WrittenAlert, ...] = ()


class WrittenSample(_Written):
    labels: StrictStr = ""
    value: _Number = 0.0
    histogram: StrictStr = ""


class WrittenExpressionTest(_Written):
    expr: StrictStr
    eval_time: Duration = 0.0
    exp_samples: tuple[WrittenSample, ...] = ()


class WrittenTest(_Written):
    name: StrictStr = ""
    interval: Duration = 0.0
    start_timestamp: _Moment = 0.0
    input_series: tuple[WrittenSeries, ...] = ()
    alert_rule_test: tuple[WrittenAlertTest, ...] = ()
    promql_expr_test: tuple[WrittenExpressionTest, ...] = ()
    external_labels: _Texts = Field(default_factory=dict)
    external_url: StrictStr = ""


class WrittenTests(_Written):
    """To be bound to a document whose scalars are as they were written."""

    rule_files: tuple[StrictStr, ...] = ()
    evaluation_interval: Duration = 0.0
    group_eval_order: tuple[StrictStr, ...] = ()
    fuzzy_compare: bool = False
    tests: tuple[WrittenTest, ...] = ()
