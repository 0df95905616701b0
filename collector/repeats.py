"""Who tries again and again in vain: one person who is refused two hundred times is not two hundred people."""

from collections import OrderedDict
from typing import Final

from drawdown.reasons import POLICY, Blame, Reason

WITHIN: Final = 600.0
"""Seconds after a refusal within which the next one for the same reason is a repeat."""
_MOST: Final = 32_768

REPEATABLE: Final = frozenset(reason for reason in Reason if reason.blame in {*POLICY, Blame.BORROWER})
"""Reasons that lie in who asks. A channel or a lender that fails fails whoever comes next, so all of that counts."""


class Repeats:
    """Remembers of each borrower the last refusal that could be repeated, of at most `most` borrowers, those forgotten
    first who were refused the longest ago: their next refusal counts as a first one.
    """

    def __init__(self, *, most: int = _MOST, within: float = WITHIN) -> None:
        self._most = most
        self._within = within
        self._last: OrderedDict[str, tuple[Reason, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._last)

    def again(self, borrower: str, reason: Reason, *, at: float) -> bool:
        """Whether `borrower`, refused for `reason` at Unix second `at`, was refused for the same just before. Where
        nobody knows who it was it is not.
        """
        if not borrower or reason not in REPEATABLE:
            return False
        before = self._last.get(borrower)
        self._last[borrower] = reason, at
        self._last.move_to_end(borrower)
        if len(self._last) > self._most:
            self._last.popitem(last=False)
        return before is not None and before[0] is reason and abs(at - before[1]) <= self._within
