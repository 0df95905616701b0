"""Scripts in the notation of Prometheus' promqltest: series to load, expressions to evaluate and what they give.

    load 5m
      requests{job="a"} 0+10x10

    eval instant at 50m sum(requests)
      {} 100

Samples of native histograms are read as no samples.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from alerts.promql import Matrix, PromQLError, Vector, evaluate, evaluate_range, evaluate_window, parse, string_value
from alerts.promql.quoting import unquote
from drawdown.durations import parse_duration
from drawdown.series import ABSENT, NAME, STALE, Block, Labels, Op, is_absent

_EVAL = re.compile(
    r"eval(?P<how>_fail|_ordered|_warn|_info)?\s+(?:instant\s+at\s+(?P<at>\S+)"
    r"|range\s+from\s+(?P<start>\S+)\s+to\s+(?P<end>\S+)\s+step\s+(?P<step>\S+))\s+(?P<text>.*)"
)
_SERIES = re.compile(
    r"(?P<name>[A-Za-z_:][\w:]*)?\s*(?P<braces>\{(?!\{)(?:[^\"'`}]|\"(?:[^\"\\]|\\.)*\"|'[^']*'|`[^`]*`)*\})?"
)
_LABEL = re.compile(r"(?P<label>[\w.]+|\"[^\"]*\")\s*(?:=\s*(?P<value>\"(?:[^\"\\]|\\.)*\"|'[^']*'|`[^`]*`))?")
_VALUE = re.compile(r"\{\{.*?\}\}(?:\s*[-+]\s*\{\{.*?\}\})?(?:x\d+)?|\S+")
_REPEATED = re.compile(r"(?P<base>[-+]?(?:[^-+x]|(?<=[eE])[-+])+)(?P<delta>[-+].+?)?x(?P<times>\d+)")


class Shelf:
    """A source of series that a script has loaded."""

    def __init__(self, series=None):
        self._series = dict(series or {})
        times = sorted({at for samples in self._series.values() for at in samples})
        column = {at: index for index, at in enumerate(times)}
        self._times = np.array(times)
        self._labels = tuple(self._series)
        self._values = np.full((len(self._labels), len(times)), ABSENT)
        for row, samples in enumerate(self._series.values()):
            for at, value in samples.items():
                self._values[row, column[at]] = value

    def with_(self, labels, samples):
        series = dict(self._series)
        for each, values in zip(labels, samples, strict=True):
            series[each] = {**series.get(each, {}), **values}
        return Shelf(series)

    def select(self, matchers, start, end, **_):
        rows = [row for row, labels in enumerate(self._labels) if all(matches(each, labels) for each in matchers)]
        columns = (self._times >= start) & (self._times <= end)
        return Block(
            tuple(self._labels[row] for row in rows), self._times[columns], self._values[np.ix_(rows, columns)]
        )


def matches(matcher, labels):
    value = labels.get(matcher.name, "")
    if matcher.op in {Op.EQUAL, Op.NOT_EQUAL}:
        return (value == matcher.value) is (matcher.op is Op.EQUAL)
    found = re.fullmatch(matcher.value, value, re.DOTALL) is not None
    return found is (matcher.op is Op.MATCH)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One `eval`: its line, the expression, its times in seconds and the lines with what is expected."""

    line: int
    text: str
    source: Shelf
    at: float | None
    span: tuple[float, float, float] | None
    fails: bool
    ordered: bool
    string: str | None
    window: tuple[float, float, float] | None
    expects: tuple[str, ...] = field(repr=False)


def cases(script: str) -> Iterator[Case]:
    """Every `eval` of a script, with what had been loaded before it."""
    shelf = Shelf()
    for line, block in _blocks(script):
        head, *rest = block
        if head.startswith("clear"):
            shelf = Shelf()
        elif head.startswith("load"):
            shelf = _loaded(shelf, seconds(head.split()[1]), rest)
        elif head.startswith("eval"):
            yield _case(line, head, rest, shelf)


def _blocks(script):
    """Commands with the lines that belong to them, by line number from 1."""
    block, start = [], 0
    for number, raw in enumerate([*script.splitlines(), ""], 1):
        line = raw.strip()
        begins = line.startswith(("eval", "load", "clear")) and not raw[0].isspace()
        if block and (not line or begins):
            yield start, block
            block = []
        if begins:
            block, start = [line], number
        elif block and line and not line.startswith("#"):
            block.append(line)


def _loaded(shelf, step, lines):
    labels, samples = [], []
    for line in lines:
        name, values = described(line)
        labels.append(name)
        samples.append({round(index * step, 3): value for index, value in enumerate(values) if value is not None})
    return shelf.with_(labels, samples)


def _case(line, head, rest, shelf):
    match = _EVAL.fullmatch(head)
    expects = tuple(each for each in rest if not each.startswith("expect "))
    directives = [each for each in rest if each.startswith("expect ")]
    span = tuple(seconds(match[key]) for key in ("start", "end", "step")) if match["start"] else None
    return Case(
        line=line,
        text=match["text"],
        source=shelf,
        at=seconds(match["at"]) if match["at"] else None,
        span=span,
        fails=match["how"] == "_fail" or any(each.startswith("expect fail") for each in directives),
        string=_string(directives),
        window=_window(directives),
        ordered=match["how"] == "_ordered" or "expect ordered" in directives,
        expects=expects,
    )


def _string(directives):
    found = [each.removeprefix("expect string ") for each in directives if each.startswith("expect string ")]
    return unquote(found[0], 0) if found else None


def _window(directives):
    pattern = re.compile(r"expect range vector from (\S+) to (\S+) step (\S+)")
    found = [tuple(map(seconds, match.groups())) for each in directives if (match := pattern.fullmatch(each))]
    return found[0] if found else None


def seconds(text):
    try:
        return float(text)
    except ValueError:
        return -parse_duration(text[1:]) if text.startswith("-") else parse_duration(text)


def described(line):
    """The labels of a line and its values, None for no sample."""
    match = _SERIES.match(line)
    pairs = {NAME: match["name"] or ""}
    for label in _LABEL.finditer((match["braces"] or "")[1:-1]):
        name = label["label"].strip('"')
        pairs |= {NAME: name} if label["value"] is None else {name: unquote(label["value"], 0)}
    return Labels(pairs), [value for token in _VALUE.findall(line[match.end() :]) for value in _values(token)]


def _values(token):
    if token.startswith("{{"):
        repeated = re.search(r"x(\d+)$", token)
        return [None] * (int(repeated[1]) + 1 if repeated else 1)
    match = _REPEATED.fullmatch(token)
    if match is None:
        return [_value(token)]
    base, times = _value(match["base"]), int(match["times"])
    if base is None:
        return [None] * times
    delta = float(match["delta"]) if match["delta"] else 0.0
    return [base + delta * index if index else base for index in range(times + 1)]


def _value(text):
    if text == "_":
        return None
    return STALE if text == "stale" else float(text)


def check(case: Case) -> None:
    """Evaluate a case, an instant one also as the middle of a range, and compare.

    Raises:
        AssertionError: it gives something else.
    """
    if case.fails:
        _check_failure(case)
    elif case.string is not None:
        assert string_value(parse(case.text)) == case.string
    elif case.window is not None:
        _assert_window(case)
    elif case.at is None:
        assert_range(case)
    else:
        vector = evaluate(parse(case.text), case.source, case.at)
        _assert_instant(case, vector)
        if not case.ordered:
            _assert_instant(case, _middle(case))


def _check_failure(case):
    try:
        expression = parse(case.text)
        if case.at is None:
            evaluate_range(expression, case.source, start=case.span[0], end=case.span[1], step=case.span[2])
        else:
            evaluate(expression, case.source, case.at)
    except PromQLError:
        return
    raise AssertionError(f"{case.text} should fail")


def _assert_window(case):
    start, _, step = case.window
    matrix = evaluate_window(parse(case.text), case.source, case.at)
    got = {
        (labels, float(at)): float(value)
        for labels, row in zip(matrix.labels, matrix.values, strict=True)
        for at, value, missing in zip(matrix.times, row, is_absent(row), strict=True)
        if not missing
    }
    expected = {
        (labels, start + index * step): value
        for labels, values in map(described, case.expects)
        for index, value in enumerate(values)
        if value is not None
    }
    assert got == expected, case.text


def _middle(case):
    expression = parse(case.text)
    matrix = evaluate_range(expression, case.source, start=case.at - 60, end=case.at + 60, step=60)
    rows = np.flatnonzero(~is_absent(matrix.values[:, 1]))
    scalar = evaluate(expression, case.source, case.at).scalar
    return Vector(tuple(matrix.labels[row] for row in rows), matrix.values[rows, 1], scalar=scalar)


def _assert_instant(case, vector):
    if vector.scalar:
        assert near(vector.values[0], float(case.expects[0])), f"{case.text}: {vector.values[0]}"
        return
    expected = [(labels, values[0]) for labels, values in map(described, case.expects)]
    got = list(zip(vector.labels, vector.values, strict=True))
    if not case.ordered:
        expected.sort(key=lambda pair: repr(pair[0]))
        got.sort(key=lambda pair: repr(pair[0]))
    assert [labels for labels, _ in got] == [labels for labels, _ in expected], case.text
    wrong = [
        (labels, value, wanted)
        for (labels, value), (_, wanted) in zip(got, expected, strict=True)
        if not near(value, wanted)
    ]
    assert wrong == [], case.text


def assert_range(case):
    start, end, step = case.span
    matrix = evaluate_range(parse(case.text), case.source, start=start, end=end, step=step)
    assert isinstance(matrix, Matrix)
    got = dict(zip(matrix.labels, matrix.values, strict=True))
    expected = dict(map(described, case.expects))
    assert set(got) == set(expected), case.text
    for labels, wanted in expected.items():
        row = [None if missing else value for value, missing in zip(got[labels], is_absent(got[labels]), strict=True)]
        padded = [*wanted, *[None] * (len(row) - len(wanted))]
        assert len(padded) == len(row), case.text
        for index, (value, want) in enumerate(zip(row, padded, strict=True)):
            same = value is None and want is None
            assert same or (value is not None and want is not None and near(value, want)), (case.text, labels, index)


def near(value, wanted):
    """Equal but for a relative 1e-6, NaN equal to NaN."""
    if math.isnan(value) or math.isnan(wanted):
        return math.isnan(value) and math.isnan(wanted)
    return value == wanted or math.isclose(value, wanted, rel_tol=1e-6, abs_tol=1e-300)
