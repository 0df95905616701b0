"""The result of an exam as one page that needs nothing else: the tables, and a picture for each scenario."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final

from drawdown.durations import format_duration
from drawdown.reasons import Reason
from monitor.scenarios.colours import colours
from monitor.scenarios.exam import Paper, Result
from monitor.scenarios.picture import picture
from monitor.scenarios.scenario import Scenario
from monitor.scenarios.table import COLUMNS, FAMILY_COLUMNS, cells, family_cells, notes, rows, told

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #6b7280; --line: #d7dbe0; --ground: #fff; --bad: #c0262d; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --soft: #9aa2ad; --line: #333a44; --ground: #14171c; --bad: #ff7b7b; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); margin: 2rem auto;
  max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin: 2rem 0 .25rem; }
table { border-collapse: collapse; font-size: .85rem; display: block; overflow-x: auto; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child, th:last-child, td.words { text-align: left; }
td.words { white-space: normal; color: var(--bad); }
td.no { color: var(--bad); font-weight: 600; }
p.truth, p.note { color: var(--soft); margin: .1rem 0 .4rem; }
a { color: inherit; }
svg { width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.key { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .9em; border-radius: 2px; }
"""


def page(result: Result) -> str:
    """HTML."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Scenarios</title>',
        f"<style>{_STYLE}</style></head><body><h1>Scenarios</h1>",
        *(f'<p class="note">{escape(line)}</p>' for line in notes(result)),
        "<h2>Families</h2>",
        _table(("family", *FAMILY_COLUMNS), _families(result)),
        "<h2>Scenarios</h2>",
        _table(("scenario", *COLUMNS, "told"), _scenarios(result)),
        *_parts(result),
        "</body></html>\n",
    ]
    return "\n".join(parts)


def _families(result: Result) -> Iterator[str]:
    for family, each in result.families.items():
        yield _row((str(family), *family_cells(each)))
    yield _row(("all", *family_cells(result.total)))


def _scenarios(result: Result) -> Iterator[str]:
    for scenario, row in rows(result):
        link = f'<td><a href="#{escape(scenario.name)}">{escape(scenario.name)}</a></td>'
        words = f'<td class="words">{escape(told(result.of(scenario)))}</td>'
        yield f"<tr>{link}{''.join(map(_cell, row))}{words}</tr>"


def _table(head: Sequence[str], lines: Iterable[str]) -> str:
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _row(row: Sequence[str]) -> str:
    return f"<tr>{''.join(map(_cell, row))}</tr>"


def _cell(text: str) -> str:
    mark = ' class="no"' if text == "no" else ""
    return f"<td{mark}>{escape(text)}</td>"


def _parts(result: Result) -> Iterator[str]:
    """Scenario by scenario; a reason has the same colour in all of them."""
    parts = [(scenario, result.of(scenario)) for scenario in result.by_family]
    shown = colours([reason for reason, _ in papers[0].sketch.reasons] for _, papers in parts if papers)
    return (_part(scenario, papers, shown) for scenario, papers in parts)


def _part(scenario: Scenario, papers: Sequence[Paper], shown: Mapping[Reason, str]) -> str:
    """One scenario: its truth, and a picture of the first of its runs."""
    parts = [
        f'<h3 id="{escape(scenario.name)}">{escape(scenario.name)}: {escape(scenario.title)}</h3>',
        f'<p class="truth">{escape(_truth(scenario))}</p>',
        _table(COLUMNS, [_row(cells(papers))]),
        picture(scenario, papers[0].sketch, shown) if papers else "",
    ]
    return "\n".join(parts)


def _truth(scenario: Scenario) -> str:
    if not scenario.expected:
        return "Truth: nothing is wrong with the lender, nobody is to be woken."
    wanted = (
        f"{'a page' if each.page else 'a ticket'} for {each.reason} ({each.blame}{_where(each.where.items())}) "
        f"from {format_duration(each.starts_at - scenario.start)} to {format_duration(each.ends_at - scenario.start)}"
        for each in scenario.expected
    )
    return f"Truth: {'; '.join(wanted)}."


def _where(where: Iterable[tuple[str, Sequence[str]]]) -> str:
    return "".join(f", {name} {' or '.join(values)}" for name, values in where)
