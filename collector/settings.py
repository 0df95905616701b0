"""What a person can set about the collector."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from drawdown.durations import Duration


class RollupSettings(BaseModel):
    """What is kept for longer, in rows that are farther apart."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Duration = Field(default=60.0, ge=5, le=300)
    """Seconds between rows. Queries look back five minutes, so they may not be farther apart."""
    retention: Duration = Field(default=32 * 86_400.0, ge=3600)
    """How long these rows are kept."""
    series: tuple[str, ...] = ()
    """Selectors in PromQL of the series that are kept, beside those that rules look back at for so long."""


class CollectorSettings(BaseModel):
    """Limits of what is taken and kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr | None = Field(default=None, min_length=8)
    """Whoever reports outcomes must show it as `Authorization: Bearer …`; None lets everybody report."""
    max_body: int = Field(default=1024 * 1024, ge=1024, le=64 * 1024 * 1024)
    """Bytes of one request."""
    max_outcomes: int = Field(default=5000, ge=1, le=100_000)
    """Outcomes in one request; what is above is refused, not read."""
    max_age: Duration = Field(default=3600.0, gt=0)
    """An attempt that started longer ago is refused."""
    max_ahead: Duration = Field(default=300.0, ge=0)
    """An attempt that starts further in the future is refused; a nearer one counts as ended now."""
    remembered: int = Field(default=200_000, ge=1000)
    """Attempts that are known again when reported twice: an hour at 55 a second. Each takes about 200 bytes."""
    retention: Duration = Field(default=3600.0, ge=60)
    """How long the samples of each second are kept in the store."""
    max_series: int = Field(default=100_000, ge=1000, le=10_000_000)
    """Series in the store; new ones beyond are refused."""
    rollups: RollupSettings = RollupSettings()
    max_rollups: int = Field(default=2000, ge=1, le=1_000_000)
    """Series of which rows are kept for longer; new ones beyond are refused."""
    durable: bool = True
    """Whether samples are written to the state folder, so that a restart does not forget them."""
    scheme: str = "lender"
    """The code set of an outcome that sends a code without a scheme."""

    @model_validator(mode="after")
    def _reaches_farther(self) -> "CollectorSettings":
        if self.rollups.retention < self.retention:
            raise ValueError("rollups.retention must be at least as long as retention")
        if self.rollups.step > self.retention:
            raise ValueError("rollups.step must be no longer than retention")
        return self
