"""What expressions make of labels, remembered for their next evaluation."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

Given = TypeVarTuple("Given")
Made = TypeVar("Made")


class Memo:
    """Remembers what functions of labels gave, by the function and the identity of its arguments.

    While a source gives the same tuple of labels again, and what is made of it comes from here, expressions do no work
    on labels. The arguments are kept, so that nothing else can take on the identity of one. There is room for a number
    of results; the ones not asked for longest make room for others.
    """

    def __init__(self, room: int = 0) -> None:
        self._room = room
        self._known: OrderedDict[tuple[object, ...], tuple[tuple[Any, ...], Any]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def extend(self, room: int) -> None:
        """Remember that many more results."""
        self._room += room

    def __call__(self, function: Callable[[*Given], Made], *arguments: *Given) -> Made:
        """`function(*arguments)`, which must depend on nothing else."""
        key = (function, *map(id, arguments))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (arguments, function(*arguments))
            if len(self._known) > self._room:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        made: Made = known[1]
        return made
