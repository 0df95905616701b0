"""What rules read and make, to tell which of them can be evaluated ahead of time.

Evaluated ahead, rule by rule, a rule gives what it gives tick by tick if it looks neither into the future nor at a
fixed time, reads nothing that a rule makes which is not evaluated ahead itself, and if no rule before it can see what
it makes at that very tick: such a rule is evaluated tick by tick, and what is made later is hidden from it.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from alerts.foresight.asking import ANYTHING, asked, name_of
from alerts.foresight.calm import ALERTS
from alerts.promql import Expression, selectors
from alerts.promql.syntax import Selector, Subquery, nodes
from alerts.rule import AlertRule, Group, RecordingRule, Rule


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A rule in its group, the names of the series that its expression reads, that it makes, and that its templates ask
    for.
    """

    rule: Rule
    group: Group
    reads: frozenset[str]
    makes: frozenset[str]
    asks: frozenset[str]

    def depends_on(self, names: Collection[str]) -> bool:
        return _meet(self.reads, names)


def readings(groups: Sequence[Group]) -> tuple[Reading, ...]:
    """All rules in the order in which they are evaluated."""
    return tuple(_reading(rule, group) for group in groups for rule in group.rules)


class Plan:
    """Goes through the rules in order, and keeps which names are not known ahead."""

    def __init__(self, rules: Sequence[Reading]) -> None:
        self._rules = rules
        self._unknown = Counter(name for reading in rules for name in reading.makes)
        self._live: set[str] = set()

    def allows(self, reading: Reading) -> bool:
        """Whether it can be evaluated ahead, as far as those before it were."""
        if reading.group.query_offset or not self.knows(reading.rule.expression):
            return False
        return isinstance(reading.rule, AlertRule) or not (self._is_seen_before(reading) or reading.makes & self._live)

    def knows(self, expression: Expression) -> bool:
        """Whether all is there for all ticks that the expression reads."""
        unknown = [name for name, makers in self._unknown.items() if makers]
        return _looks_back(expression) and not _meet(_reads(expression), unknown)

    def knows_at_ticks(self, expression: Expression, reading: Reading) -> bool:
        """Whether all is there that a part of a rule reads which is evaluated tick by tick, when all rules have been
        gone through: what is made after it must be read from before the tick.
        """
        settled = (self._is_settled(selector, reading) for selector in selectors(expression))
        return self.knows(expression) and all(settled)

    def known(self, reading: Reading) -> None:
        """What it records is there for all ticks."""
        if isinstance(reading.rule, RecordingRule):
            self._unknown.subtract(reading.makes)

    def live(self, reading: Reading) -> None:
        """It is evaluated tick by tick."""
        self._live.update(reading.makes)

    def made_later(self, reading: Reading) -> frozenset[str]:
        """What a rule reads by name that is made after it alone, at the same tick."""
        behind = self._rules[self._rules.index(reading) :]
        makes = (other.makes for other in behind if self._is_only_maker(other))
        return reading.reads & frozenset(name for names in makes for name in names)

    def _is_settled(self, selector: Selector, reading: Reading) -> bool:
        behind = self._rules[self._rules.index(reading) :]
        made = {name for other in behind for name in other.makes}
        name = name_of(selector)
        if name == ANYTHING:
            return not made
        return name not in made or (name in self.made_later(reading) and selector.shift.offset > 0)

    def _is_seen_before(self, reading: Reading) -> bool:
        """Whether a rule before it, or itself, may see what it makes and cannot have it hidden."""
        before = self._rules[: self._rules.index(reading) + 1]
        if any(_meet(other.asks, reading.makes) or ANYTHING in other.reads for other in before):
            return True
        hides = self._is_only_maker(reading)
        readers = [other for other in before if other.depends_on(reading.makes)]
        return any(other.group.query_offset or not hides for other in readers)

    def _is_only_maker(self, reading: Reading) -> bool:
        return sum(not other.makes.isdisjoint(reading.makes) for other in self._rules) == 1


def _reading(rule: Rule, group: Group) -> Reading:
    templates = (*rule.labels.values(), *rule.annotations.values()) if isinstance(rule, AlertRule) else ()
    makes = ALERTS if isinstance(rule, AlertRule) else frozenset({rule.name})
    return Reading(rule, group, _reads(rule.expression), makes, asked(templates))


def _meet(reads: frozenset[str], names: Collection[str]) -> bool:
    return bool(names) and (ANYTHING in reads or not reads.isdisjoint(names))


def _looks_back(expression: Expression) -> bool:
    shifts = (node.shift for node in nodes(expression) if isinstance(node, Selector | Subquery))
    return all(shift.at is None and shift.offset >= 0 for shift in shifts)


def _reads(expression: Expression) -> frozenset[str]:
    return frozenset(map(name_of, selectors(expression)))
