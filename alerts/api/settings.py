"""What a configuration says of queries over HTTP: how much one of them may take."""

from pydantic import BaseModel, ConfigDict, Field

from drawdown.durations import Duration


class QuerySettings(BaseModel):
    """Bounds of a query. What reads more than `max_samples` samples, asks for more than `max_points` points of a series
    or takes longer than `timeout` is refused; an answer of more than `max_series` series is cut off with a warning.
    `concurrency` queries are computed at once, the others wait.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeout: Duration = Field(default=30.0, gt=0)
    concurrency: int = Field(default=2, ge=1)
    max_points: int = Field(default=11_000, ge=1)
    max_series: int = Field(default=20_000, ge=1)
    max_samples: int = Field(default=20_000_000, ge=1)
