"""Behaviour rules: several devices of one borrower, and many borrowers of one tier at once."""

from collections import deque
from collections.abc import Sequence

from sandbox.applicants import Applicant
from sandbox.fault import FaultKind
from sandbox.faults import Trouble
from sandbox.memory import Memory
from sandbox.scheme import Code
from sandbox.wire import Refused
from sandbox.world import Rules, Tier

_DEVICES, _BURST = FaultKind.DEVICE_RULE, FaultKind.BURST_RULE


class Behaviour:
    """Watches logins and submits, and refuses when a rule trips."""

    def __init__(self, rules: Rules, tiers: Sequence[Tier]) -> None:
        self._rules = rules
        self._allowed = {tier.name: rules.devices + tier.more_devices for tier in tiers}
        self._burst, self._burst_window = rules.burst, rules.burst_window
        self._kept = max(self._allowed.values())
        self._seen: Memory[str, tuple[tuple[float, str], ...]] = Memory(rules.device_window)
        self._submits: dict[str, deque[float]] = {}

    def logged_in(self, phone: str, device: str, now: float) -> None:
        """Remember that a borrower used a device."""
        latest: tuple[tuple[float, str], ...] = ((now, device),)
        seen = self._seen.get(phone)
        if seen is not None:
            others = tuple((at, name) for at, name in seen if self._is_recent(at, now) and name != device)
            latest = (*others[-self._kept :], *latest)
        self._seen.put(phone, latest, now)

    def check_submit(self, applicant: Applicant, trouble: Trouble | None, now: float) -> None:
        """Count a submit. A rule that was set too sharp catches those who only have a second device, or who come when
        others do.

        Raises:
            Refused: MULTI_DEVICE or BURST_CONTROL.
        """
        devices, burst = self._allowed[applicant.tier], self._burst
        if trouble is not None:
            devices -= round(trouble.strength(_DEVICES, now))
            burst = round(burst * (1.0 - min(1.0, trouble.strength(_BURST, now))))
        used = self._devices(applicant, now) if self._seen else applicant.devices
        if used > devices:
            raise Refused(Code.MULTI_DEVICE)
        if self._crowd(applicant.tier, now) > burst:
            raise Refused(Code.BURST_CONTROL)

    def _devices(self, applicant: Applicant, now: float) -> int:
        seen = self._seen.get(applicant.phone)
        if seen is None:
            return applicant.devices
        return max(applicant.devices, sum(self._is_recent(at, now) for at, _ in seen))

    def _crowd(self, tier: str, now: float) -> int:
        submits = self._submits.get(tier)
        if submits is None:
            submits = self._submits[tier] = deque()
        submits.append(now)
        long_ago = now - self._burst_window
        while submits[0] <= long_ago:
            submits.popleft()
        return len(submits)

    def _is_recent(self, at: float, now: float) -> bool:
        return at > now - self._rules.device_window
