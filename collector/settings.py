"""What a person can set about the collector."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from drawdown.durations import Duration


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
    """Attempts that are known again when reported twice: an hour at 55 a second. Each takes about 250 bytes."""
    retention: Duration = Field(default=3600.0, ge=60)
    """How long samples are kept in the store."""
    scheme: str = "lender"
    """The code set of an outcome that sends a code without a scheme."""
