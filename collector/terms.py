"""Texts by number."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from drawdown.outcome import OTHER

_MOST = 4096
"""Texts that are told apart; whatever comes after them is `other`."""


class Terms:
    """Numbers texts in the order in which they come; 0 is `other`."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts = list(dict.fromkeys((OTHER, *texts)))
        self._numbers = {text: number for number, text in enumerate(self.texts)}

    def number(self, text: str) -> int:
        """The number of a text, a new one for a new text as long as there is room."""
        number = self._numbers.get(text)
        if number is None and len(self.texts) < _MOST:
            number = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return number or 0

    def without_unused(self, column: npt.NDArray[Any]) -> tuple["Terms", npt.NDArray[Any]]:
        """The texts whose numbers stand in `column`, and the column with their new numbers."""
        used = np.union1d([0], np.flatnonzero(np.bincount(column, minlength=len(self.texts))))
        numbers = np.zeros(len(self.texts), dtype=column.dtype)
        numbers[used] = np.arange(len(used))
        return Terms(self.texts[number] for number in used.tolist()), numbers[column]
