"""Where the series of writers stand, who come again and again with the same labels."""

from collections import OrderedDict
from collections.abc import Sequence

from collector.chunk import Columns
from collector.index import Index
from drawdown.series import Labels

_SHARE = 4
"""Labels remembered for each series there is: it has few writers, but some of their tuples are given only once."""
_LEAST = 10_000


class Writers:
    """Looks labels up in the index, those of the same tuple only once."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: OrderedDict[int, tuple[tuple[Labels, ...], Columns]] = OrderedDict()
        self._size = 0

    def columns(self, labels: Sequence[Labels]) -> Columns:
        """Where each series stands; one that is new is added."""
        if not isinstance(labels, tuple):
            return self._index.columns(labels)
        known = self._known.get(id(labels))  # the tuple is kept, so that no other one can have its id
        if known is None:
            known = self._known[id(labels)] = (labels, self._index.columns(labels))
            self._size += len(labels)
            self._forget()
        self._known.move_to_end(id(labels))
        return known[1]

    def _forget(self) -> None:
        while self._size > max(_LEAST, _SHARE * len(self._index)) and len(self._known) > 1:
            _, (labels, _) = self._known.popitem(last=False)
            self._size -= len(labels)
