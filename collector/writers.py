"""Where the series of writers stand, who come again and again with the same labels."""

from collections.abc import Sequence

from collector.index import Index, Places
from collector.remembered import Remembered
from drawdown.series import Labels

_SHARE = 4
"""Labels remembered for each series there is: it has few writers, but some of their tuples are given only once."""
_LEAST = 10_000


class Writers:
    """Looks labels up in the index, those of the same tuple only once."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: Remembered[int, tuple[tuple[Labels, ...], Places]] = Remembered()

    def places(self, labels: Sequence[Labels]) -> Places:
        """Where each series stands; one that is new is added, if there is room."""
        if not isinstance(labels, tuple):
            return self._index.places(labels)
        known = self._known.get(id(labels))  # the tuple is kept, so that no other one can have its id
        if known is None:
            known = labels, self._index.places(labels)
            most = max(_LEAST, _SHARE * len(self._index))
            self._known.keep(id(labels), known, weight=len(labels), most=most)
        return known[1]

    def forget(self) -> None:
        """The series stand elsewhere now."""
        self._known.clear()
