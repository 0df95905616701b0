"""Random expressions over the series of `worlds`, as trees: every part of an expression is one too and can be asked for
by itself. Weighted so that most of them find something.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from alerts.promql.checks import AGGREGATIONS
from alerts.promql.functions import FUNCTIONS
from alerts.promql.functions.kinds import Function
from alerts.promql.syntax import Kind
from bench.differential.worlds import BOUNDS, CODES, INSTANCES, JOBS

_LABELS: Final = {
    "hits_total": ("job", "instance"),
    "busy_seconds_total": ("job", "instance"),
    "load": ("job", "instance"),
    "up": ("job", "instance"),
    "errors_total": ("job", "instance", "code"),
    "wait_bucket": ("job", "le"),
    "level": ("job",),
    "owner": ("job", "team"),
    "lone": (),
    "odd": ("path",),
}
_VALUES: Final = {
    "job": JOBS,
    "instance": INSTANCES,
    "code": CODES,
    "le": BOUNDS,
    "team": ("core", "pay"),
    "path": ("C:\\\\data", "größe"),
}
_ANY_LABEL: Final = (*_VALUES, "__name__", "nope", '"dotted.name"')
_METRICS: Final = (*_LABELS, "hits_total", "load", "load", "errors_total", "wait_bucket", "hits_total")
_RANGES: Final = ("15s", "45", "1.5e2", "30s", "1m", "61s", "90s", "5m", "5m", "10m", "30m", "1h", "2m500ms", "1s")
_STEPS: Final = ("", "", "15s", "30s", "1m", "7s", "2m", "1m1s")
_OFFSETS: Final = ("30s", "1m", "5m", "-1m", "7m30s", "1ms", "90", "-15s", "1h")
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


@dataclass(frozen=True, slots=True)
class Term:
    """An expression and its operands; `head` is its operator or function, `bare` if it can stand where an operand can
    without parentheses.
    """

    text: str
    kind: Kind
    head: str = ""
    operands: tuple["Term", ...] = ()
    bare: bool = True

    @property
    def operand(self) -> str:
        return self.text if self.bare else f"({self.text})"

    def parts(self) -> "tuple[Term, ...]":
        """The operands, theirs, and the term itself last."""
        return (*(part for operand in self.operands for part in operand.parts()), self)


EVERY_FUNCTION: Final = (*_FUNCTIONS[Kind.VECTOR], *_FUNCTIONS[Kind.SCALAR])
_LOOKING_BACK: Final = (
    *(name for name in EVERY_FUNCTION if Kind.WINDOW in FUNCTIONS[name].takes),
    *("rate", "increase", "histogram_quantile", "label_replace", "label_join", "timestamp", "absent"),
)


def random_call(random: Random, start: int, *, name: str) -> Term:
    """A call of the function `name`."""
    return _Grower(random, start).call_of(name, 2)


def random_term(random: Random, start: int, *, depth: int = 4) -> Term:
    """An instant vector or scalar over a world that starts at Unix ms `start`."""
    grower = _Grower(random, start)
    roll = random.random()
    if roll < 0.04:
        return grower.scalar(depth)
    if roll < 0.1:
        inner = grower.vector(depth - 1)
        name = random.choice(("sort", "sort_desc"))
        return Term(f"{name}({inner.text})", Kind.VECTOR, name, (inner,))
    return grower.vector(random.randint(1, depth))


class _Grower:
    def __init__(self, random: Random, start: int) -> None:
        self._random = random
        self._start = start

    def _one(self, of: Sequence[str]) -> str:
        return self._random.choice(of)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def vector(self, depth: int) -> Term:
        if depth <= 0:
            return self._selector()
        ways: dict[Callable[[int], Term], int] = {
            lambda _: self._selector(): 8,
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
        return self._random.choices(tuple(ways), tuple(ways.values()))[0](depth - 1)

    def _selector(self, metric: str = "") -> Term:
        return Term(self._series(metric) + self._shift(), Kind.VECTOR, "selector")

    def _series(self, metric: str = "") -> str:
        metric = metric or self._one(_METRICS)
        matchers = [self._matcher(label) for label in _LABELS[metric] if self._chance(0.2)]
        if self._chance(0.05):
            matchers.append(self._one(('nope=""', 'nope!="x"', 'nope="x"', 'nope=~".*"', '"dotted.name"!="x"')))
        if self._chance(0.1):
            name = self._one((f'__name__="{metric}"', f'"{metric}"', f'__name__=~"{metric}|level"'))
            return f"{{{', '.join([name, *matchers])}}}"
        return metric + (f"{{{', '.join(matchers)}}}" if matchers else "")

    def _matcher(self, label: str) -> str:
        value, other = self._one(_VALUES[label]), self._one(_VALUES[label])
        return label + self._one((
            f'="{value}"', f'!="{value}"', f'=~"{value}|{other}"', f'!~"{value[:1]}.*"', '=~".+"', f"=~`{value[:2]}.*`",
            '!=""', f'=~"{value}|"', f'!~"x|{other}"',
        ))  # fmt: skip

    def _shift(self) -> str:
        offset = f" offset {self._one(_OFFSETS)}" if self._chance(0.08) else ""
        at = f" @ {self._time()}" if self._chance(0.05) else ""
        return self._one((offset + at, at + offset))

    def _time(self) -> str:
        seconds = (self._start + self._random.choice((0, 600_000, 1_234_567, 2_000_000))) / 1000
        return self._one(("start()", "end()", f"{seconds:.3f}", f"{seconds:.0f}"))

    def window(self, depth: int) -> Term:
        if depth <= 0 or self._chance(0.75):
            return Term(f"{self._series()}[{self._one(_RANGES)}]{self._shift()}", Kind.WINDOW, "selector")
        inner = self.vector(depth - 1)
        span, step = self._one(_RANGES), self._one(_STEPS)
        return Term(f"{inner.operand}[{span}:{step}]{self._shift()}", Kind.WINDOW, "subquery", (inner,))

    def scalar(self, depth: int) -> Term:
        if depth <= 0 or self._chance(0.6):
            text = self._one(_NUMBERS)
            return Term(text, Kind.SCALAR, "number", bare=not text.startswith("-"))
        if self._chance(0.6):
            return self.call_of(self._one(_FUNCTIONS[Kind.SCALAR]), depth - 1)
        left, right = self.scalar(depth - 1), self.scalar(depth - 1)
        operator = self._one((*_ARITHMETIC, *(f"{each} bool" for each in _COMPARISONS)))
        return self._binary(left, operator, right, kind=Kind.SCALAR)

    def _binary(self, left: Term, operator: str, right: Term, *, kind: Kind = Kind.VECTOR) -> Term:
        text = f"{left.operand} {operator} {right.operand}"
        return Term(text, kind, operator.split(maxsplit=1)[0], (left, right), bare=False)

    def _negated(self, depth: int) -> Term:
        inner = self.vector(depth)
        return Term(f"-{inner.operand}", Kind.VECTOR, "-", (inner,), bare=False)

    def _operator(self) -> str:
        comparison = self._one(_COMPARISONS) + self._one((" bool", ""))
        return comparison if self._chance(0.4) else self._one(_ARITHMETIC)

    def _with_scalar(self, depth: int) -> Term:
        sides = [self.vector(depth), self.scalar(depth)]
        self._random.shuffle(sides)
        return self._binary(sides[0], self._operator(), sides[1])

    def _chain(self, depth: int) -> Term:
        """Operators of several precedences without parentheses, over vectors of one shape."""
        name = self._one(("hits_total", "load", "up"))
        operands = [self._selector(name)]
        text = operands[0].text
        for _ in range(self._random.randint(2, 4)):
            operands.append(self._selector(name) if self._chance(0.4) else self.scalar(depth - 1))
            text += f" {self._one(('+', '-', '*', '/', '^', 'atan2', '>', '== bool', '<='))} {operands[-1].operand}"
        if operands[-1].kind is Kind.SCALAR and self._chance(0.3):
            text += f" {self._one(_SETS)} {operands[0].text}"
        return Term(text, Kind.VECTOR, "chain", tuple(operands), bare=False)

    def _paired(self, depth: int) -> Term:
        """Two vectors with one element for each set of labels."""
        if self._chance(0.3):
            left, right = (self._selector(self._one(("hits_total", "load", "up"))) for _ in range(2))
            return self._binary(
                left, self._operator() + self._one(("", "", " on(job, instance)", " ignoring(x)")), right
            )
        by = self._grouping(("job", "instance"))
        left, right = (
            self._aggregated(self._one(("sum", "max", "count", "avg")), by, self.vector(depth)) for _ in "ab"
        )
        return self._binary(left, self._operator(), right)

    def _grouped(self, depth: int) -> Term:
        """Many elements and one that they share."""
        many, extra = self._many(depth), self._one(("", "()", "(team)", "(team, nope)"))
        one = self._one(("owner", "level", "sum by (job) (load)", "max by (job, team) (owner)"))
        right = Term(one, Kind.VECTOR, "selector") if one in {"owner", "level"} else self._aggregated(
            "sum", " by (job)", self._selector("load"))  # fmt: skip
        if self._chance(0.2):
            return self._binary(right, f"{self._operator()} on(job) group_right{extra}", many)
        return self._binary(many, f"{self._operator()} on(job) group_left{extra}", right)

    def _many(self, depth: int) -> Term:
        if depth > 0 and self._chance(0.3):
            return self._aggregated("sum", " by (job, instance)", self.vector(depth - 1))
        return self._selector(self._one(("hits_total", "load", "errors_total", "wait_bucket")))

    def _set(self, depth: int) -> Term:
        matching = self._one(("", "", " on(job)", " ignoring(instance)", " on()", " ignoring(code, le)"))
        return self._binary(self.vector(depth), self._one(_SETS) + matching, self.vector(depth))

    def _wild(self, depth: int) -> Term:
        """Often refused, and then by both."""
        matching = self._one(("", "on", "ignoring"))
        if matching:
            matching = f" {matching}({', '.join(self._some_labels())})"
            matching += self._one(("", " group_left", " group_right(job)", f" group_left({self._one(tuple(_VALUES))})"))
        return self._binary(self.vector(depth), self._operator() + matching, self.vector(depth))

    def _some_labels(self, of: Sequence[str] = _ANY_LABEL) -> list[str]:
        return self._random.sample(of, self._random.randint(0, min(3, len(of))))

    def _grouping(self, of: Sequence[str] = _ANY_LABEL) -> str:
        return f" {self._one(('by', 'by', 'without'))} ({', '.join(self._some_labels(of))})"

    def _aggregation(self, depth: int) -> Term:
        grouping = "" if self._chance(0.25) else self._grouping(("job", "instance", "code", "le", "team"))
        if self._chance(0.1):
            grouping = self._grouping()
        return self._aggregated(self._one(tuple(AGGREGATIONS)), grouping, self.vector(depth))

    def _aggregated(self, operator: str, grouping: str, inner: Term) -> Term:
        parameters: tuple[Term, ...] = ()
        if AGGREGATIONS[operator] is Kind.STRING:
            parameters = (_string(self._one(("value", "job", "new_label"))),)
        elif AGGREGATIONS[operator] is Kind.SCALAR:
            parameters = (self._parameter(_SHARES) if operator == "quantile" else self._count(inner),)
        arguments = ", ".join(each.text for each in (*parameters, inner))
        text = f"{operator}{grouping} ({arguments})" if self._chance(0.8) else f"{operator}({arguments}){grouping}"
        return Term(text, Kind.VECTOR, operator, (*_with_values(parameters), inner))

    def _parameter(self, usual: Sequence[str]) -> Term:
        return Term(self._one(usual), Kind.SCALAR, "number") if self._chance(0.9) else self.scalar(1)

    def _count(self, inner: Term) -> Term:
        """One that changes not for a vector that does not: 3.5 takes such an aggregation for a constant."""
        changes = inner.head == "selector" and "@" not in inner.text and self._chance(0.3)
        return Term(_CHANGING if changes else self._one(_COUNTS), Kind.SCALAR, "number")

    def _call(self, depth: int) -> Term:
        return self.call_of(self._one(_LOOKING_BACK if self._chance(0.6) else _FUNCTIONS[Kind.VECTOR]), depth)

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
            "predict_linear": lambda: (self.window(depth), Term(self._one(_AHEAD), Kind.SCALAR, "number")),
            **dict.fromkeys(_CALENDAR, lambda: self._date(depth)),
        }
        return special[name]() if name in special else self._usual_arguments(FUNCTIONS[name], depth)

    def _usual_arguments(self, function: Function, depth: int) -> tuple[Term, ...]:
        makers = {Kind.VECTOR: self.vector, Kind.WINDOW: self.window, Kind.SCALAR: self.scalar}
        count = len(function.takes) - (function.optional if self._chance(0.4) else 0)
        return tuple(makers[kind](depth) for kind in function.takes[:count])

    def _joining(self) -> tuple[Term, ...]:
        texts = (self._one(("job", "joined")), self._one((",", "")), *self._some_labels(tuple(_VALUES)))
        return tuple(map(_string, texts))

    def _date(self, depth: int) -> tuple[Term, ...]:
        """Without NaN and what is no date: of these Prometheus makes what the machine's integers happen to give."""
        if self._chance(0.3):
            return ()
        inner = self.vector(depth)
        return (Term(f"{inner.operand} > -1e10 < 1e10", Kind.VECTOR, "chain", (inner,), bare=False),)

    def _buckets(self, depth: int) -> Term:
        if self._chance(0.1):
            return self.vector(depth)
        buckets = Term(f"rate({self._series('wait_bucket')}[{self._one(_RANGES)}])", Kind.VECTOR, "rate")
        if self._chance(0.3):
            buckets = self._selector("wait_bucket")
        return (
            self._aggregated("sum", self._one((" by (le)", " by (job, le)")), buckets) if self._chance(0.5) else buckets
        )

    def _replacement(self) -> tuple[Term, ...]:
        target, source = self._one(("job", "new_label", "__name__")), self._one((*_VALUES, "__name__", "nope"))
        pattern = self._one(("(.*)", "(.).*", "a.*", "", "(?P<x>[a-z]+):?([0-9]*)", "nomatch", ".*(\\\\d)"))
        return tuple(
            map(_string, (target, self._one(("$1", "x-$1", "${x}y", "", "$$", "$2", "k$1y")), source, pattern))
        )


def _string(value: str) -> Term:
    return Term(f'"{value}"', Kind.STRING, "string")


def _with_values(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    return tuple(term for term in terms if term.kind is not Kind.STRING)
