"""The error tree.

DrawdownError
├── InvalidInput      something a person wrote is wrong; carries every problem with its place
└── (each room's own errors, defined beside the code that raises them)
"""

from collections.abc import Iterable
from dataclasses import dataclass


class DrawdownError(Exception):
    """Root of every error that this project raises on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where something stands in a text: `line` and `column` count from 1, 0 means unknown."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.source
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, where it stands, and in `message` what to do about it."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class InvalidInput(DrawdownError):
    """A text that a person wrote cannot be used. `problems` is all that is wrong with it, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=lambda problem: (problem.place, problem.message)))
        super().__init__("\n".join(str(problem) for problem in self.problems))
