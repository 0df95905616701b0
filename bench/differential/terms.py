"""Random expressions over the series of `worlds`, as trees: every part of an expression is one too and can be asked for
by itself. Weighted so that most of them find something.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from alerts.promql.checks import AGGREGATIONS
from alerts.promql.functions import FUNCTIONS
from alerts.promql.functions.kinds import Function
from alerts.promql.syntax import Kind
from bench.differential.selecting import ANY_LABEL, RANGES, VALUES, Chooser, Term

_STEPS: Final = ("", "", "15s", "30s", "1m", "7s", "2m", "1m1s")
_NUMBERS: Final = ("0", "1", "2", "0.5", "-1", "10", "3.75", "1e3", "1e-3", "0x1f", "5m", "NaN", "Inf", "-Inf", "1e300")
_SHARES: Final = ("0", "0.25", "0.5", "0.9", "0.99", "1", "-1", "2", "NaN", "0.333")
_COUNTS: Final = ("0", "1", "2", "3", "-1", "1.7", "5")
"""Without NaN and what is too large: newer versions than 3.5 refuse that also where there is nothing to choose from."""
_AHEAD: Final = ("0", "60", "3600", "-30", "1h", "time() % 60")
_CHANGING: Final = "time() % 4"
_ARITHMETIC: Final = ("+", "-", "*", "/", "%", "^", "atan2")
_COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=")
_SETS: Final = ("and", "or", "unless")
NOT_IN_REFERENCE: Final = frozenset({"first_over_time"})
"""What Prometheus 3.5 does not know yet."""
_FUNCTIONS: Final = {
    kind: tuple(
        name for name, function in FUNCTIONS.items() if function.returns is kind and name not in NOT_IN_REFERENCE
    )
    for kind in (Kind.VECTOR, Kind.SCALAR)
}
_CALENDAR: Final = frozenset({
    "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "year",
})  # fmt: skip


EVERY_FUNCTION: Final = (*_FUNCTIONS[Kind.VECTOR], *_FUNCTIONS[Kind.SCALAR])
_LOOKING_BACK: Final = (
    *(name for name in EVERY_FUNCTION if Kind.WINDOW in FUNCTIONS[name].takes),
    *("rate", "increase", "histogram_quantile", "label_replace", "label_join", "timestamp", "absent"),
)


def random_call(random: Random, start: int, *, name: str) -> Term:
    """A call of the function `name`."""
    return _Grower(random, start).call_of(name, 2)


def random_term(random: Random, start: int, *, depth: int = 4) -> Term:
    """A vector or scalar over a world that starts at Unix ms `start`."""
    grower = _Grower(random, start)
    roll = random.random()
    if roll < 0.04:
        return grower.scalar(depth)
    if roll < 0.08:
        return grower.window(depth)
    if roll < 0.14:
        return grower.call_of(random.choice(("sort", "sort_desc")), depth - 1)
    return grower.vector(random.randint(1, depth))


class _Grower(Chooser):
    def vector(self, depth: int) -> Term:
        if depth <= 0:
            return self.selector()
        ways: dict[Callable[[int], Term], int] = {
            lambda _: self.selector(): 8,
            self._aggregation: 25,
            self._call: 35,
            self._with_scalar: 10,
            self._chain: 4,
            self._paired: 10,
            self._set: 6,
            self._grouped: 6,
            self._wild: 3,
            self._negated: 2,
        }
        return self.random.choices(tuple(ways), tuple(ways.values()))[0](depth - 1)

    def window(self, depth: int) -> Term:
        if depth <= 0 or self.chance(0.75):
            return Term(f"{self.series()}[{self.one(RANGES)}]{self.shift()}", Kind.WINDOW, "selector")
        inner = self.vector(depth - 1)
        span, step = self.one(RANGES), self.one(_STEPS)
        return Term(f"{inner.operand}[{span}:{step}]{self.shift()}", Kind.WINDOW, "subquery", (inner,))

    def scalar(self, depth: int) -> Term:
        if depth <= 0 or self.chance(0.6):
            text = self.one(_NUMBERS)
            return Term(text, Kind.SCALAR, "number", bare=not text.startswith("-"))
        if self.chance(0.6):
            return self.call_of(self.one(_FUNCTIONS[Kind.SCALAR]), depth - 1)
        left, right = self.scalar(depth - 1), self.scalar(depth - 1)
        operator = self.one((*_ARITHMETIC, *(f"{each} bool" for each in _COMPARISONS)))
        return self._binary(left, operator, right, kind=Kind.SCALAR)

    def _binary(self, left: Term, operator: str, right: Term, *, kind: Kind = Kind.VECTOR) -> Term:
        text = f"{left.operand} {operator} {right.operand}"
        return Term(text, kind, operator.split(maxsplit=1)[0], (left, right), bare=False)

    def _negated(self, depth: int) -> Term:
        inner = self.vector(depth)
        return Term(f"-{inner.operand}", Kind.VECTOR, "-", (inner,), bare=False)

    def _operator(self) -> str:
        comparison = self.one(_COMPARISONS) + self.one((" bool", ""))
        return comparison if self.chance(0.4) else self.one(_ARITHMETIC)

    def _with_scalar(self, depth: int) -> Term:
        sides = [self.vector(depth), self.scalar(depth)]
        self.random.shuffle(sides)
        return self._binary(sides[0], self._operator(), sides[1])

    def _chain(self, depth: int) -> Term:
        """Operators of several precedences without parentheses, over vectors of one shape."""
        name = self.one(("hits_total", "load", "up"))
        operands = [self.selector(name)]
        text = operands[0].text
        for _ in range(self.random.randint(2, 4)):
            operands.append(self.selector(name) if self.chance(0.4) else self.scalar(depth - 1))
            text += f" {self.one(('+', '-', '*', '/', '^', 'atan2', '>', '== bool', '<='))} {operands[-1].operand}"
        if operands[-1].kind is Kind.SCALAR and self.chance(0.3):
            text += f" {self.one(_SETS)} {operands[0].text}"
        return Term(text, Kind.VECTOR, "chain", tuple(operands), bare=False)

    def _paired(self, depth: int) -> Term:
        """Two vectors with one element for each set of labels."""
        if self.chance(0.3):
            left, right = (self.selector(self.one(("hits_total", "load", "up"))) for _ in range(2))
            return self._binary(
                left, self._operator() + self.one(("", "", " on(job, instance)", " ignoring(x)")), right
            )
        by = self._grouping(("job", "instance"))
        left, right = (self._aggregated(self.one(("sum", "max", "count", "avg")), by, self.vector(depth)) for _ in "ab")
        return self._binary(left, self._operator(), right)

    def _grouped(self, depth: int) -> Term:
        """Many elements and one that they share."""
        many, extra = self._many(depth), self.one(("", "()", "(team)", "(team, nope)", "(instance, le)"))
        one = self.one(("owner", "level", "sum by (job) (load)", "max by (job, team) (owner)"))
        right = Term(one, Kind.VECTOR, "selector") if one in {"owner", "level"} else self._aggregated(
            "sum", " by (job)", self.selector("load"))  # fmt: skip
        if self.chance(0.2):
            return self._binary(right, f"{self._operator()} on(job) group_right{extra}", many)
        return self._binary(many, f"{self._operator()} on(job) group_left{extra}", right)

    def _many(self, depth: int) -> Term:
        if depth > 0 and self.chance(0.3):
            return self._aggregated("sum", " by (job, instance)", self.vector(depth - 1))
        return self.selector(self.one(("hits_total", "load", "errors_total", "wait_bucket")))

    def _set(self, depth: int) -> Term:
        matching = self.one(("", "", " on(job)", " ignoring(instance)", " on()", " ignoring(code, le)"))
        return self._binary(self.vector(depth), self.one(_SETS) + matching, self.vector(depth))

    def _wild(self, depth: int) -> Term:
        """Often refused, and then by both."""
        matching = self.one(("", "on", "ignoring"))
        if matching:
            matching = f" {matching}({', '.join(self.some_labels())})"
            matching += self.one(("", " group_left", " group_right(job)", f" group_left({self.one(tuple(VALUES))})"))
        return self._binary(self.vector(depth), self._operator() + matching, self.vector(depth))

    def _grouping(self, of: Sequence[str] = ANY_LABEL) -> str:
        return f" {self.one(('by', 'by', 'without'))} ({', '.join(self.some_labels(of))})"

    def _aggregation(self, depth: int) -> Term:
        grouping = "" if self.chance(0.25) else self._grouping(("job", "instance", "code", "le", "team"))
        if self.chance(0.1):
            grouping = self._grouping()
        return self._aggregated(self.one(tuple(AGGREGATIONS)), grouping, self.vector(depth))

    def _aggregated(self, operator: str, grouping: str, inner: Term) -> Term:
        parameters: tuple[Term, ...] = ()
        if AGGREGATIONS[operator] is Kind.STRING:
            parameters = (_string(self.one(("value", "job", "new_label"))),)
        elif AGGREGATIONS[operator] is Kind.SCALAR:
            parameters = (self._parameter(_SHARES) if operator == "quantile" else self._count(inner),)
        arguments = ", ".join(each.text for each in (*parameters, inner))
        text = f"{operator}{grouping} ({arguments})" if self.chance(0.8) else f"{operator}({arguments}){grouping}"
        return Term(text, Kind.VECTOR, operator, (*_with_values(parameters), inner))

    def _parameter(self, usual: Sequence[str]) -> Term:
        return Term(self.one(usual), Kind.SCALAR, "number") if self.chance(0.9) else self.scalar(1)

    def _count(self, inner: Term) -> Term:
        """One that changes not for a vector that does not: 3.5 takes such an aggregation for a constant."""
        changes = inner.head == "selector" and "@" not in inner.text and self.chance(0.3)
        return Term(_CHANGING if changes else self.one(_COUNTS), Kind.SCALAR, "number")

    def _call(self, depth: int) -> Term:
        return self.call_of(self.one(_LOOKING_BACK if self.chance(0.6) else _FUNCTIONS[Kind.VECTOR]), depth)

    def call_of(self, name: str, depth: int) -> Term:
        arguments = self._arguments(name, depth)
        return Term(
            f"{name}({', '.join(each.text for each in arguments)})",
            FUNCTIONS[name].returns,
            name,
            _with_values(arguments),
        )

    def _arguments(self, name: str, depth: int) -> tuple[Term, ...]:
        special: dict[str, Callable[[], tuple[Term, ...]]] = {
            "label_replace": lambda: (self.vector(depth), *self._replacement()),
            "label_join": lambda: (self.vector(depth), *self._joining()),
            "histogram_quantile": lambda: (self._parameter(_SHARES), self._buckets(depth)),
            "quantile_over_time": lambda: (self._parameter(_SHARES), self.window(depth)),
            "predict_linear": lambda: (self.window(depth), Term(self.one(_AHEAD), Kind.SCALAR, "number")),
            "absent": lambda: (self.missing("") if self.chance(0.7) else self.vector(depth),),
            "absent_over_time": lambda: (self.missing("[5m]") if self.chance(0.7) else self.window(depth),),
            **dict.fromkeys(_CALENDAR, lambda: self._date(depth)),
        }
        return special[name]() if name in special else self._usual_arguments(FUNCTIONS[name], depth)

    def _usual_arguments(self, function: Function, depth: int) -> tuple[Term, ...]:
        makers = {Kind.VECTOR: self.vector, Kind.WINDOW: self.window, Kind.SCALAR: self.scalar}
        count = len(function.takes) - (function.optional if self.chance(0.4) else 0)
        return tuple(makers[kind](depth) for kind in function.takes[:count])

    def _joining(self) -> tuple[Term, ...]:
        texts = (self.one(("job", "joined")), self.one((",", "")), *self.some_labels(tuple(VALUES)))
        return tuple(map(_string, texts))

    def _date(self, depth: int) -> tuple[Term, ...]:
        """Without NaN and what is no date: of these Prometheus makes what the machine's integers happen to give."""
        if self.chance(0.3):
            return ()
        inner = self.vector(depth)
        return (Term(f"{inner.operand} > -1e10 < 1e10", Kind.VECTOR, "chain", (inner,), bare=False),)

    def _buckets(self, depth: int) -> Term:
        if self.chance(0.1):
            return self.vector(depth)
        buckets = Term(f"rate({self.series('wait_bucket')}[{self.one(RANGES)}])", Kind.VECTOR, "rate")
        if self.chance(0.3):
            buckets = self.selector("wait_bucket")
        return (
            self._aggregated("sum", self.one((" by (le)", " by (job, le)")), buckets) if self.chance(0.5) else buckets
        )

    def _replacement(self) -> tuple[Term, ...]:
        target, source = self.one(("job", "new_label", "__name__")), self.one((*VALUES, "__name__", "nope"))
        pattern = self.one(
            ("(.*)", "(.).*", "(.)", "[a-z]", "a.*", "", "(?P<x>[a-z]+):?([0-9]*)", "nomatch", ".*(\\\\d)")
        )
        return tuple(map(_string, (target, self.one(("$1", "x-$1", "${x}y", "", "$$", "$2", "k$1y")), source, pattern)))


def _string(value: str) -> Term:
    return Term(f'"{value}"', Kind.STRING, "string")


def _with_values(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    return tuple(term for term in terms if term.kind is not Kind.STRING)
