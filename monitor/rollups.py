"""Which series are kept for longer: those that rules look far back at, and those that the configuration names."""

from collections.abc import Iterator, Sequence

from alerts.promql import PromQLError, Selector, parse
from alerts.promql.syntax import Shift
from alerts.reach import far_selectors
from alerts.rule import Group
from collector.settings import CollectorSettings
from drawdown.document import Document, Key
from drawdown.errors import InvalidInput, Problem
from drawdown.series import Matcher

Matchers = tuple[Matcher, ...]
_PATH: Sequence[Key] = ("collector", "rollups", "series")


def rolled_up(document: Document, settings: CollectorSettings, groups: Sequence[Group]) -> tuple[Matchers, ...]:
    """The matchers of each selector.

    Raises:
        InvalidInput: with every text of the configuration that is no selector.
    """
    problems: list[Problem] = []
    named = tuple(_named(document, settings.rollups.series, problems))
    if problems:
        raise InvalidInput(problems)
    return tuple(dict.fromkeys((*far_selectors(groups, settings.retention), *named)))


def _named(document: Document, texts: Sequence[str], problems: list[Problem]) -> Iterator[Matchers]:
    for number, text in enumerate(texts):
        try:
            root = parse(text).root
        except PromQLError as error:
            problems.append(document.problem((*_PATH, number), f"{text!r}: {error}"))
            continue
        if isinstance(root, Selector) and root.shift == Shift():
            yield root.matchers
        else:
            what = f'{text!r} is no selector of series; write for example drawdown_attempts_total{{origin="borrower"}}'
            problems.append(document.problem((*_PATH, number), what))
