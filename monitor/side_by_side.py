"""What was expected and what was got, beside each other on the terminal."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from rich.console import Console
from rich.table import Table
from rich.text import Text

_NOTHING = "(nothing)"
_NARROWEST = 160


def side_by_side(expected: Sequence[str], got: Sequence[str]) -> None:
    """Print both; lines that are the same stand beside each other, what differs is coloured."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _NARROWEST)
    table = Table("", "expected", "got", box=None, pad_edge=False)
    for left, right in pairs(expected or (_NOTHING,), got or (_NOTHING,)):
        same = left == right
        table.add_row(" " if same else "≠", Text(left, "" if same else "green"), Text(right, "" if same else "red"))
    console.print(table)


def pairs(expected: Sequence[str], got: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The lines of both sides by pairs, an empty one where a side has none."""
    for _, a, b, c, d in SequenceMatcher(None, expected, got, autojunk=False).get_opcodes():
        yield from zip_longest(expected[a:b], got[c:d], fillvalue="")
