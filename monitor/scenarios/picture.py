"""A run as a picture (SVG): attempts and the reasons that spoil them, and below the probe's runs, the truth and the
incidents.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from drawdown.reasons import Blame, Reason
from monitor.scenarios.scenario import Scenario
from monitor.scenarios.sketch import Sketch, Span

_WIDTH: Final = 1000.0
_HEIGHT: Final = 150.0
_ROW: Final = 16.0
_TICKS: Final = (1, 2, 5, 10, 15, 30, 60)
_MOST_TICKS: Final = 12
_LEFT: Final = 190.0
_PAID: Final = "#9fb3c8"
_TRUTH: Final = "#4d9078"
_PAGE: Final = "#c0262d"
_TICKET: Final = "#e0a345"
_BLIND: Final = "#8a929c"


def picture(scenario: Scenario, sketch: Sketch, colours: Mapping[Reason, str]) -> str:
    """The picture and what its colours mean. `colours` are those of all its reasons."""
    truth = [
        Span(
            reason=each.reason,
            severity="truth",
            opened=each.starts_at - scenario.start,
            ended=each.ends_at - scenario.start,
        )
        for each in scenario.expected
    ]
    spans = [*truth, *sketch.incidents]
    top = _HEIGHT + 22 + (_ROW if sketch.runs else 0)
    height = top + 2 + _ROW * len(spans)
    parts = [
        f'<svg viewBox="0 0 {_LEFT + _WIDTH + 12:.0f} {height:.0f}" role="img" aria-label="{escape(scenario.title)}">',
        _area(sketch.attempts, max(sketch.attempts, default=0), _PAID),
        *_reasons(sketch, colours),
        *_axis(scenario, sketch),
        *_probe(sketch, scenario.seconds),
        *(_bar(span, top + _ROW * number, scenario.seconds) for number, span in enumerate(spans)),
        "</svg>",
        _key(sketch, colours),
    ]
    return "\n".join(parts)


def _reasons(sketch: Sketch, colours: Mapping[Reason, str]) -> Iterator[str]:
    """The spoiled attempts, one reason upon the other."""
    most = max(sketch.attempts, default=0)
    below = [0] * len(sketch.attempts)
    layers = []
    for reason, counts in sketch.reasons:
        below = [under + count for under, count in zip(below, counts, strict=True)]
        layers.append(_area(below, most, colours[reason]))
    yield from reversed(layers)


def _area(counts: Sequence[int], most: int, colour: str) -> str:
    """A filled line from left to right."""
    step = _WIDTH / max(1, len(counts))
    points = [f"{_LEFT + step * (number + 0.5):.1f},{_y(count, most):.1f}" for number, count in enumerate(counts)]
    edge = f"{_LEFT:.1f},{_HEIGHT:.1f} {' '.join(points)} {_LEFT + _WIDTH:.1f},{_HEIGHT:.1f}"
    return f'<polygon points="{edge}" fill="{colour}"/>'


def _y(count: int, most: int) -> float:
    return _HEIGHT - (_HEIGHT - 10) * count / max(1, most)


def _axis(scenario: Scenario, sketch: Sketch) -> Iterator[str]:
    yield f'<text x="{_LEFT - 6:.0f}" y="16" text-anchor="end">{_rate(sketch)}</text>'
    minutes = scenario.seconds / 60
    step = next((each for each in _TICKS if minutes / each <= _MOST_TICKS), _TICKS[-1])
    for minute in range(0, int(minutes) + 1, step):
        x = _LEFT + _WIDTH * minute / minutes
        yield f'<text x="{x:.0f}" y="{_HEIGHT + 14:.0f}" text-anchor="middle">{minute}</text>'
    yield f'<text x="{_LEFT - 6:.0f}" y="{_HEIGHT + 14:.0f}" text-anchor="end">minutes</text>'


def _rate(sketch: Sketch) -> str:
    most = max(sketch.attempts, default=0) / sketch.every
    return f"{most:.0f} attempts/s" if most >= 1 else f"{60 * most:.0f} attempts/min"


def _probe(sketch: Sketch, seconds: float) -> Iterator[str]:
    """A tick for each run: whether it drew, could not, or could not know."""
    if sketch.runs:
        yield _label("probe", _HEIGHT + 22)
    for at, blame in sketch.runs:
        colour = {Blame.NOBODY: _TRUTH, Blame.MONITOR: _BLIND}.get(blame, _PAGE)
        x, y = _LEFT + _WIDTH * at / seconds, _HEIGHT + 22
        yield f'<rect x="{x:.1f}" y="{y:.1f}" width="1.6" height="{_ROW - 5:.0f}" fill="{colour}"/>'


def _label(text: str, y: float) -> str:
    return f'<text x="{_LEFT - 6:.0f}" y="{y + 9:.0f}" text-anchor="end">{escape(text)}</text>'


def _bar(span: Span, y: float, seconds: float) -> str:
    ended = seconds if span.ended is None else span.ended
    x, width = _LEFT + _WIDTH * span.opened / seconds, max(2.0, _WIDTH * (ended - span.opened) / seconds)
    colour = {"truth": _TRUTH, "page": _PAGE}.get(span.severity, _TICKET)
    return (
        f"{_label(f'{span.severity}: {span.reason}', y)}"
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_ROW - 5:.0f}" rx="2" fill="{colour}"/>'
    )


def _key(sketch: Sketch, colours: Mapping[Reason, str]) -> str:
    pairs = [("attempts", _PAID), *((reason, colours[reason]) for reason, _ in sketch.reasons)]
    marks = (f'<span class="key" style="background:{colour}"></span>{escape(name)}' for name, colour in pairs)
    return f'<p class="truth">{"".join(marks)}</p>'
