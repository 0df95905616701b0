"""What a test says: how much was asked, and what was other than expected."""

from dataclasses import dataclass

from drawdown.errors import Place, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something other than expected, at the place where the expectation stands; a line for each part of either side.

    `test` is the test's name, `subject` what was looked at and when.
    """

    place: Place
    test: str
    subject: str
    expected: tuple[str, ...]
    got: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Of one file. With `problems` it was not run."""

    source: str
    tests: int = 0
    failures: tuple[Failure, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        return not (self.failures or self.problems)
