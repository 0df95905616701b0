"""What the series of a recording rule are called."""

from alerts.rule import RecordingRule
from alerts.state import RuleError
from drawdown.series import NAME, Labels


class Naming:
    """Gives the elements of a result the name and the labels of their rule, and remembers those it gave last."""

    def __init__(self) -> None:
        self._last: tuple[tuple[Labels, ...], tuple[Labels, ...]] = ((), ())

    def named(self, labels: tuple[Labels, ...], rule: RecordingRule) -> tuple[Labels, ...]:
        """The labels of the series to write: for the same tuple the same tuple.

        Raises:
            RuleError: two of them would be the same.
        """
        if labels is not self._last[0]:
            known = dict(zip(*self._last, strict=True))
            named = tuple(known.get(each) or each.with_({**rule.labels, NAME: rule.name}) for each in labels)
            if len(set(named)) < len(named):
                raise RuleError(f"{rule.name} gives two series with the same labels")
            self._last = labels, named
        return self._last[1]
