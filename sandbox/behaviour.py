"""Behaviour rules: several devices of one borrower, and many borrowers of one tier at once."""

from collections import deque

from sandbox.memory import Memory
from sandbox.scheme import Code
from sandbox.wire import Refused
from sandbox.world import Rules


class Behaviour:
    """Watches logins and submits, and refuses when a rule trips."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._seen: Memory[str, tuple[tuple[float, str], ...]] = Memory(rules.device_window)
        self._submits: dict[str, deque[float]] = {}

    def logged_in(self, phone: str, device: str, now: float) -> None:
        """Remember that a borrower used a device."""
        latest: tuple[tuple[float, str], ...] = ((now, device),)
        seen = self._seen.get(phone)
        if seen is not None:
            others = tuple((at, name) for at, name in seen if self._is_recent(at, now) and name != device)
            latest = (*others[-self._rules.devices :], *latest)
        self._seen.put(phone, latest, now)

    def check_submit(self, phone: str, tier: str, now: float) -> None:
        """Count a submit.

        Raises:
            Refused: MULTI_DEVICE or BURST_CONTROL.
        """
        seen = self._seen.get(phone) or ()
        if len(seen) > self._rules.devices and sum(self._is_recent(at, now) for at, _ in seen) > self._rules.devices:
            raise Refused(Code.MULTI_DEVICE)
        if self._crowd(tier, now) > self._rules.burst:
            raise Refused(Code.BURST_CONTROL)

    def _crowd(self, tier: str, now: float) -> int:
        submits = self._submits.get(tier)
        if submits is None:
            submits = self._submits[tier] = deque()
        submits.append(now)
        while submits[0] <= now - self._rules.burst_window:
            submits.popleft()
        return len(submits)

    def _is_recent(self, at: float, now: float) -> bool:
        return at > now - self._rules.device_window
