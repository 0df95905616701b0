"""A logistic scorecard: how likely a borrower is not to pay back, from what the lender knows of him.

The log-odds of default are the sum of weight × feature, each feature written so that 0 is the average borrower and 1
one standard deviation from him, in the way of application scoring as it is commonly taught (log-odds that are linear in
standardised characteristics, a cut-off by the share that one wants to refuse). The weights are made up.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DEVIATION = math.pi / math.sqrt(3.0)
"""Of the standard logistic distribution, which features are drawn from."""
_LEAST = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristic:
    """`weight` is what one standard deviation of it adds to the log-odds of default. To the borrower only its `family`
    is named.
    """

    name: str
    family: str
    weight: float


CARD = (
    Characteristic(name="income over instalment", family="repayment ability", weight=-0.9),
    Characteristic(name="share of income owed to others", family="repayment ability", weight=0.6),
    Characteristic(name="share of instalments paid on time", family="record", weight=-1.0),
    Characteristic(name="months since the first loan", family="record", weight=-0.4),
    Characteristic(name="enquiries by other lenders in three months", family="enquiries", weight=0.7),
)


def feature(chance: float) -> float:
    """A standardised feature, drawn by a number in [0, 1)."""
    clipped = min(max(chance, _LEAST), 1.0 - _LEAST)
    return math.log(clipped / (1.0 - clipped)) / _DEVIATION


def features(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """`feature` of each."""
    clipped = np.clip(chances, _LEAST, 1.0 - _LEAST)
    return np.log(clipped / (1.0 - clipped)) / _DEVIATION


def log_odds(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Of default, for columns of features in the order of the card; 0 for the average borrower."""
    return sum(one.weight * column for one, column in zip(CARD, columns, strict=True))  # type: ignore[return-value]


def family(own: Sequence[float]) -> str:
    """The family that speaks most against a borrower with these features."""
    against: dict[str, float] = {}
    for one, value in zip(CARD, own, strict=True):
        against[one.family] = against.get(one.family, 0.0) + one.weight * value
    return max(against, key=against.__getitem__)


def cut_off(declined: float, sample: NDArray[np.float64]) -> float:
    """The log-odds above which the share `declined` of a sample of log-odds lies."""
    return float(np.quantile(sample, 1.0 - declined))
