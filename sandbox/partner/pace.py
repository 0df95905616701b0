"""How often a client may call: a bucket of tokens, one taken by each request, refilled with time."""


class Pace:
    """`rate` requests a second on average and as many at once; 0 sets no limit."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = max(1.0, rate)
        self._at = 0.0

    def wait(self, now: float) -> float:
        """0 when a request may pass, which is counted then; else the seconds until one may."""
        if not self._rate:
            return 0.0
        self._tokens = min(max(1.0, self._rate), self._tokens + self._rate * max(0.0, now - self._at))
        self._at = max(now, self._at)
        if self._tokens < 1:
            return (1 - self._tokens) / self._rate
        self._tokens -= 1
        return 0.0
