"""Writes the dashboards as Grafana reads them: `python -m grafana.build`, after a change of what they show.

The only module that needs the Grafana Foundation SDK, which is there for development alone.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as words
from grafana_foundation_sdk.models import dashboard as model

from grafana.overview import OVERVIEW
from grafana.panel import Dashboard, Panel, Query, Shape, Variable

FOLDER = Path(__file__).parent / "dashboards"

_SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
_SHORTEST_STEP = "30s"

AnyPanel = stat.Panel | timeseries.Panel | bargauge.Panel
Draw = Callable[[Panel], AnyPanel]


def texts() -> Mapping[str, str]:
    """File name → JSON of each dashboard."""
    return {"overview.json": render(OVERVIEW)}


def render(page: Dashboard) -> str:
    """A dashboard as Grafana imports it."""
    return json.dumps(_dashboard(page).build(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _dashboard(page: Dashboard) -> dashboard.Dashboard:
    built = (
        dashboard.Dashboard(page.title)
        .uid(page.uid)
        .description(page.description)
        .tags(["drawdown"])
        .time("now-1h", "now")
        .timezone("browser")
        .refresh("5s")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .annotation(_annotation(page.marks))
    )
    for variable in page.variables:
        built = built.with_variable(_variable(variable))
    numbers = count(1)
    for row in page.rows:
        built = built.with_row(dashboard.Row(row.title).id(next(numbers)))
        for panel in row.panels:
            built = built.with_panel(_panel(panel).id(next(numbers)))
    return built


def _variable(variable: Variable) -> dashboard.QueryVariable:
    chosen = variable.default or "$__all"
    return (
        dashboard.QueryVariable(variable.name)
        .label(variable.name.capitalize())
        .query(variable.query)
        .datasource(_SOURCE)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(model.VariableOption(selected=True, text=variable.default or "All", value=chosen))
    )


def _annotation(marks: Query) -> dashboard.AnnotationQuery:
    return (
        dashboard.AnnotationQuery()
        .name("Firing alerts")
        .datasource(_SOURCE)
        .enable(True)
        .icon_color("red")
        .expr(marks.expression)
    )


def _panel(panel: Panel) -> AnyPanel:
    built = _SHAPES[panel.shape](panel)
    built = built.title(panel.title).description(panel.description).unit(panel.unit).datasource(_SOURCE)
    built = built.span(panel.width).height(panel.height).interval(_SHORTEST_STEP)
    for target in _targets(panel):
        built = built.with_target(target)
    return built


def _targets(panel: Panel) -> Iterator[prometheus.Dataquery]:
    for number, query in enumerate(panel.queries):
        target = prometheus.Dataquery().ref_id(chr(ord("A") + number)).expr(query.expression)
        target = target.legend_format(query.legend)
        yield target.instant() if panel.shape in {Shape.NUMBER, Shape.BARS} else target.range()


def _number(panel: Panel) -> stat.Panel:
    built = stat.Panel().color_mode(words.BigValueColorMode.VALUE).graph_mode(words.BigValueGraphMode.NONE)
    built = built.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return built.thresholds(_thresholds(panel)) if panel.thresholds else built.color_scheme(_fixed("blue"))


def _thresholds(panel: Panel) -> Builder[model.ThresholdsConfig]:
    steps = [model.Threshold(value=None, color="green")]
    steps += [model.Threshold(value=value, color=colour) for value, colour in panel.thresholds]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


def _fixed(colour: str) -> Builder[model.FieldColor]:
    return dashboard.FieldColor().mode(model.FieldColorModeId.FIXED).fixed_color(colour)


def _lines(panel: Panel) -> timeseries.Panel:
    legend = common.VizLegendOptions().display_mode(words.LegendDisplayMode.TABLE).calcs(["lastNotNull", "max"])
    legend = legend.placement(words.LegendPlacement.RIGHT if panel.width >= 12 else words.LegendPlacement.BOTTOM)
    tooltip = common.VizTooltipOptions().mode(words.TooltipDisplayMode.MULTI).sort(words.SortOrder.DESCENDING)
    return timeseries.Panel().legend(legend.show_legend(True)).tooltip(tooltip).line_width(2).fill_opacity(8).min(0)


def _stack(panel: Panel) -> timeseries.Panel:
    stacking = common.StackingConfig().mode(words.StackingMode.NORMAL)
    return _lines(panel).stacking(stacking).fill_opacity(40).line_width(1)


def _bars(_panel: Panel) -> bargauge.Panel:
    built = bargauge.Panel().orientation(words.VizOrientation.HORIZONTAL).min(0).no_value("none")
    built = built.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return built.display_mode(words.BarGaugeDisplayMode.BASIC).color_scheme(_fixed("red"))


_SHAPES: Mapping[Shape, Draw] = {Shape.NUMBER: _number, Shape.LINES: _lines, Shape.STACK: _stack, Shape.BARS: _bars}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
