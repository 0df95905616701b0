"""Settings of the synthetic borrowers."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from drawdown.durations import Duration


class ProbeSettings(BaseModel):
    """`journeys` are YAML files. `settlement` is the journal of loans to be given back; it must outlive a restart.
    `replay_every` (seconds) is how often a reversal that failed is tried again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    journeys: tuple[Path, ...] = ()
    settlement: Path = Path("settlement.jsonl")
    replay_every: Annotated[Duration, Field(gt=0)] = 60.0
