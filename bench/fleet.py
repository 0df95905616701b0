"""Series as the monitor of a large lender would have them, as many as one likes: half of them count attempts, half are
buckets of step durations. Their values depend on the time alone, so that whoever looks sees the same.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import count, islice, product

import numpy as np

from drawdown.catalogue import ATTEMPTS, STEP_DURATION
from drawdown.series import NAME, Floats, Labels

CHANNELS = ("alpha", "beta", "gamma", "delta", "other")
BANKS = ("icbc", "abc", "ccb", "other")
TIERS = ("A", "B", "C")
WAYS = (
    ("succeeded", "none"),
    ("failed", "gateway_timeout"),
    ("failed", "internal_error"),
    ("blocked", "limit_reduced"),
)
STEPS = ("login", "quota", "quote", "submit", "payout")
BOUNDS = (*STEP_DURATION.buckets, np.inf)
_EPOCH = 10_000.0
"""How long all has been counted when the clock of the fleet starts."""


class Fleet:
    """`series` series, most of which count several events a second."""

    def __init__(self, series: int, *, seed: int = 1) -> None:
        random = np.random.default_rng(seed)
        attempts, buckets = series // 2, series - series // 2
        self.labels = (*islice(_attempts(), attempts), *islice(_buckets(), buckets))
        paid = np.arange(attempts) % len(WAYS) == 0
        shares = np.tile(1 - np.exp(-np.array(BOUNDS) / 0.3), buckets // len(BOUNDS) + 1)[:buckets]
        steps = np.repeat(random.uniform(1, 5, buckets // len(BOUNDS) + 1), len(BOUNDS))[:buckets]
        self._speeds = np.concatenate([random.uniform(0.5, 1, attempts) * np.where(paid, 5, 0.005), steps * shares])

    @cached_property
    def _written(self) -> list[str]:
        return [_written(labels) for labels in self.labels]

    def values(self, at: float) -> Floats:
        """The counts after `at` seconds."""
        return np.floor(self._speeds * (_EPOCH + at))

    def exposition(self, at: float) -> str:
        """The counts after `at` seconds in Prometheus' text format."""
        pairs = zip(self._written, self.values(at).astype(np.int64).tolist(), strict=True)
        return "".join(f"{series} {value}\n" for series, value in pairs)


def _attempts() -> Iterator[Labels]:
    for journey in count():
        for channel, bank, tier, (outcome, reason) in product(CHANNELS, BANKS, TIERS, WAYS):
            slices = {"channel": channel, "bank": bank, "tier": tier, "outcome": outcome, "reason": reason}
            yield Labels(slices, **{NAME: ATTEMPTS.name, "origin": "borrower", "journey": f"app-{journey}"})


def _buckets() -> Iterator[Labels]:
    for journey in count():
        for step, bound in product(STEPS, BOUNDS):
            one = {"journey": f"app-{journey}", "step": step, "le": "+Inf" if np.isinf(bound) else f"{bound:g}"}
            name = f"{STEP_DURATION.name}_bucket"
            yield Labels(one, **{NAME: name, "origin": "borrower", "outcome": "succeeded"})


def _written(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{value}"' for name, value in labels.items() if name != NAME)
    return f"{labels[NAME]}{{{pairs}}}"
