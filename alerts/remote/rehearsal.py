"""What the templates of a rule ask is known only when they are rendered: they are, once, and nobody sees the texts."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from alerts.promql import PromQLError, Vector, evaluate, parse
from alerts.remote.answers import Answers
from alerts.remote.plan import templates
from alerts.remote.split import Part, Split, parts_of
from alerts.rule import AlertRule
from alerts.template import External, Scene
from drawdown.series import Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Renders what rules will render at Unix second `now`, as far as it is known already."""

    answers: Answers
    split: Split
    external: External
    now: float
    _asked: dict[Part, None] = field(default_factory=dict)

    def parts(self, rule: AlertRule, *, offset: float) -> tuple[Part, ...]:
        """What the templates of `rule` ask of the other side. A text that needs an answer that is not there yet is not
        rendered to its end, and may ask for more later.
        """
        scene = Scene(self._query, external=self.external)
        for labels, value in self._elements(rule, self.now - offset):
            for template in templates(rule):
                template.render(labels, value, scene)
        return tuple(self._asked)

    def _elements(self, rule: AlertRule, at: float) -> Iterator[tuple[Labels, float]]:
        try:
            vector = evaluate(rule.expression, self.answers, at)
        except PromQLError:
            return iter(())  # the rule says so itself when it is evaluated
        return zip(vector.labels, vector.values.tolist(), strict=True)

    def _query(self, text: str) -> Vector:
        expression = self.split(parse(text))
        self._asked.update(dict.fromkeys(parts_of(expression)))
        return evaluate(expression, self.answers, self.now)
