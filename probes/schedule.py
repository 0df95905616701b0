"""When a journey runs: on slots that are fixed in monotonic time, so that a late run does not push the next ones."""

import hashlib
import math


def phase_of(name: str, every: float) -> float:
    """Seconds in [0, every) by which the slots of the journey `name` are moved: the same in each process, and spread
    evenly over names so that journeys do not start together.
    """
    share = int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48
    return share * every


def next_after(moment: float, *, every: float, phase: float = 0.0) -> float:
    """The first slot after monotonic second `moment`; slots are `phase + k * every`."""
    number = math.floor((moment - phase) / every) + 1
    slot = phase + number * every
    return slot if slot > moment else phase + (number + 1) * every


def missed(slot: float, upcoming: float, *, every: float) -> int:
    """How many slots lie between the one that was served and the one to be served next."""
    return max(0, round((upcoming - slot) / every) - 1)
