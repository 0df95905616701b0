"""Parts of expressions that stand for themselves: random selectors over the series of `worlds`."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from alerts.promql.syntax import Kind
from bench.differential.series import BOUNDS, CODES, INSTANCES, JOBS

LABELS: Final = {
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
VALUES: Final = {
    "job": JOBS,
    "instance": INSTANCES,
    "code": CODES,
    "le": BOUNDS,
    "team": ("core", "pay"),
    "path": ("C:\\\\data", "größe"),
}
ANY_LABEL: Final = (*VALUES, "__name__", "nope", '"dotted.name"')
METRICS: Final = (*LABELS, "hits_total", "load", "load", "errors_total", "wait_bucket", "hits_total")
RANGES: Final = ("15s", "45", "1.5e2", "30s", "1m", "61s", "90s", "5m", "5m", "10m", "30m", "1h", "2m500ms", "1s")
OFFSETS: Final = ("30s", "1m", "5m", "-1m", "7m30s", "1ms", "90", "-15s", "1h")


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


class Chooser:
    """Draws from `random` for a world that starts at Unix ms `start`."""

    def __init__(self, random: Random, start: int) -> None:
        self.random = random
        self.start = start

    def one(self, of: Sequence[str]) -> str:
        return self.random.choice(of)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def selector(self, metric: str = "") -> Term:
        return Term(self.series(metric) + self.shift(), Kind.VECTOR, "selector")

    def series(self, metric: str = "") -> str:
        metric = metric or self.one(METRICS)
        matchers = [self.matcher(label) for label in LABELS[metric] if self.chance(0.2)]
        if self.chance(0.05):
            matchers.append(self.one(('nope=""', 'nope!="x"', 'nope="x"', 'nope=~".*"', '"dotted.name"!="x"')))
        if self.chance(0.1):
            name = self.one((f'__name__="{metric}"', f'"{metric}"', f'__name__=~"{metric}|level"'))
            return f"{{{', '.join([name, *matchers])}}}"
        return metric + (f"{{{', '.join(matchers)}}}" if matchers else "")

    def matcher(self, label: str) -> str:
        value, other = self.one(VALUES[label]), self.one(VALUES[label])
        return label + self.one((
            f'="{value}"', f'!="{value}"', f'=~"{value}|{other}"', f'!~"{value[:1]}.*"', '=~".+"', f"=~`{value[:2]}.*`",
            '!=""', f'=~"{value}|"', f'!~"x|{other}"',
        ))  # fmt: skip

    def shift(self) -> str:
        offset = f" offset {self.one(OFFSETS)}" if self.chance(0.08) else ""
        at = f" @ {self.time()}" if self.chance(0.05) else ""
        return self.one((offset + at, at + offset))

    def time(self) -> str:
        seconds = (self.start + self.random.choice((0, 600_000, 1_234_567, 2_000_000))) / 1000
        return self.one(("start()", "end()", f"{seconds:.3f}", f"{seconds:.0f}"))

    def missing(self, span: str) -> Term:
        some = ('job="api"', 'job="web"', 'job!="x"', 'le=~"1|2"', 'x=""', "job='a'", 'path="a\\nb"')
        matchers = ", ".join((*self.random.choices(some, k=2), 'y!=""'))
        metric = self.one(("nope", "hits_total", ""))
        return Term(f"{metric}{{{matchers}}}{span}", Kind.WINDOW if span else Kind.VECTOR, "selector")

    def some_labels(self, of: Sequence[str] = ANY_LABEL) -> list[str]:
        return self.random.sample(of, self.random.randint(0, min(3, len(of))))
