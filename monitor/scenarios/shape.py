"""How a scenario is written."""

import re
from datetime import datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
)

from alerts.incident import Severity
from drawdown.durations import Duration, format_duration
from drawdown.outcome import SLICES, TRAITS
from drawdown.reasons import FACTS, Blame, Reason
from monitor.scenarios.scenario import Family, OwnKind, Probe
from sandbox.fault_file import WrittenFault

ZONE: Final = ZoneInfo("Asia/Shanghai")
_DAY: Final = "2026-03-12"
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_FARTHEST: Final = 240.0
"""Seconds by which a clock may step: reports from a more distant future are refused."""
_LONGEST: Final = 6 * 3600.0
_SHORTEST: Final = 1.0
"""Seconds between two runs of a probe."""


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _moment(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise ValueError(f"{text!r} is not a time of the day; write for example '20:00'")
    return text


def _listed(written: Any) -> Any:
    return (written,) if isinstance(written, str) else written


def _or_none(written: Any) -> Any:
    return None if written is False else written


def _after(end: float, told: ValidationInfo) -> float:
    start = told.data.get("from_")
    if start is not None and end <= start:
        raise ValueError(f"ends at {format_duration(end)}, which is not after its start at {format_duration(start)}")
    return end


class WrittenOwn(_Written):
    """Something that befalls the monitor; a step of its clock says `at` and `by`."""

    what: OwnKind
    from_: Duration = Field(alias="from")
    to: Annotated[Duration, AfterValidator(_after)]


class WrittenStep(_Written):
    what: OwnKind
    at: Duration
    by: float = Field(ge=-_FARTHEST, le=_FARTHEST)


def _is_step(written: Any) -> str:
    return "step" if isinstance(written, dict) and written.get("what") == OwnKind.CLOCK_STEP else "own"


_WrittenOwn = Annotated[
    Annotated[WrittenStep, Tag("step")] | Annotated[WrittenOwn, Tag("own")], Discriminator(_is_step)
]


class WrittenProbe(_Written):
    """The monitor's own synthetic borrower."""

    every: Duration = Field(default=Probe().every, ge=_SHORTEST)


class WrittenExpected(_Written):
    """One incident of the truth. Without `from` and `to` it lasts from the first start of a fault to the last end."""

    reason: Reason
    blame: Blame | None = None
    slice: dict[str, Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]] = Field(
        default_factory=dict
    )
    severity: Severity = Severity.PAGE
    from_: Duration | None = Field(default=None, alias="from")
    to: Annotated[Duration | None, AfterValidator(lambda end, told: end and _after(end, told))] = None
    within: Duration = Field(default=60.0, gt=0)
    resolves_within: Duration = 120.0

    @field_validator("slice")
    @classmethod
    def _is_seen(cls, slice_: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        strange = ", ".join(sorted(set(slice_) - {*SLICES, *TRAITS}))
        if strange:
            raise ValueError(f"a monitor does not see {strange}, only {', '.join((*SLICES, *TRAITS))}")
        return slice_

    @property
    def whose(self) -> Blame:
        return self.blame or FACTS[self.reason].blame


class WrittenScenario(_Written):
    """A file. A probe runs unless it says `probe: false`. `truth` is what a perfect monitor says, nothing where it is
    silent; of what stands in `beside` it may speak too.
    """

    title: str = Field(min_length=1)
    family: Family
    at: Annotated[str, AfterValidator(_moment)] = "14:00"
    lasts: Duration = Field(gt=0, le=_LONGEST)
    world: dict[str, Any] = Field(default_factory=dict)
    crowd: dict[str, Any] = Field(default_factory=dict)
    faults: tuple[WrittenFault, ...] = ()
    probe: Annotated[WrittenProbe | None, BeforeValidator(_or_none)] = WrittenProbe()
    monitor: tuple[_WrittenOwn, ...] = ()
    truth: tuple[WrittenExpected, ...] = ()
    beside: frozenset[Reason] = frozenset()

    @property
    def start(self) -> float:
        """Unix seconds."""
        return datetime.fromisoformat(f"{_DAY}T{self.at}").replace(tzinfo=ZONE).timestamp()
