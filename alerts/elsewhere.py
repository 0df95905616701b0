"""Where a part of what rules read can come from: a place that has to be asked before they are evaluated."""

from collections.abc import Sequence
from typing import Protocol

from alerts.promql import Expression, parse
from alerts.rule import Group


class Elsewhere(Protocol):
    """What an evaluator needs of such a place; its answers are read through the evaluator's source."""

    def read(self, text: str) -> Expression:
        """What a template asks, as an expression over the source.

        Raises:
            PromQLError: it cannot be read.
        """

    async def fetch(self, groups: Sequence[Group], now: float) -> None:
        """Ask for what `groups` need, which are due at Unix second `now`. It may come back before all is there."""

    def take(self, group: Group) -> bool:
        """Whether all is there for `group`, which is evaluated if so."""


class Nowhere:
    """All that rules read is in the source."""

    def read(self, text: str) -> Expression:
        return parse(text)

    async def fetch(self, groups: Sequence[Group], now: float) -> None:
        """There is nothing to ask."""

    def take(self, _group: Group) -> bool:
        return True
