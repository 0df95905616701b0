"""label_replace and label_join."""

import re
from collections.abc import Callable

from alerts.promql.errors import PromQLError
from alerts.promql.frame import Frame, Grid, Partition, together, united
from alerts.promql.functions.kinds import Context
from alerts.promql.regex import compile_pattern
from alerts.promql.syntax import Call, Node, String, bare
from drawdown.series import Labels

_REFERENCE = re.compile(r"\$(?:\$|(?P<bare>\w+)|\{(?P<braced>\w+)\})", re.ASCII)


Change = Callable[[Labels], Labels]


def label_replace(context: Context, call: Call, grid: Grid) -> Frame:
    """`label_replace(v, target, replacement, source, pattern)`."""
    return _relabelled(context, call, grid, context.memo(_replacing, call))


def label_join(context: Context, call: Call, grid: Grid) -> Frame:
    """`label_join(v, target, separator, source…)`."""
    return _relabelled(context, call, grid, context.memo(_joining, call))


def _replacing(call: Call) -> Change:
    target, replacement, source, written = (_text(argument) for argument in call.arguments[1:])
    _check_label(target, call.arguments[1])
    pattern = compile_pattern(written, call.arguments[4].position)

    def replaced(labels: Labels) -> Labels:
        match = pattern.fullmatch(labels.get(source, ""))
        return labels if match is None else labels.with_({target: _expand(replacement, match)})

    return replaced


def _joining(call: Call) -> Change:
    target, separator, *sources = (_text(argument) for argument in call.arguments[1:])
    _check_label(target, call.arguments[1])

    def joined(labels: Labels) -> Labels:
        return labels.with_({target: separator.join(labels.get(source, "") for source in sources)})

    return joined


def _relabelled(context: Context, call: Call, grid: Grid, change: Change) -> Frame:
    frame = context.frame(call.arguments[0], grid)
    return united(frame.values, frame.present, context.memo(_changed, change, frame.labels), call.position)


def _changed(change: Change, labels: tuple[Labels, ...]) -> Partition:
    return together(change(each) for each in labels)


def _text(node: Node) -> str:
    string = bare(node)
    if not isinstance(string, String):
        raise PromQLError("a string is needed here", node.position)
    return string.value


def _check_label(name: str, node: Node) -> None:
    if not name:
        raise PromQLError("the name of a label must not be empty", node.position)


def _expand(template: str, match: re.Match[str]) -> str:
    """`template` with `$1`, `${1}` and `${name}` as in Go's regexp; a group that is not there is empty."""

    def value(reference: re.Match[str]) -> str:
        name = reference["bare"] or reference["braced"]
        if name is None:
            return "$"
        if name.isdigit():
            return (match[int(name)] or "") if len(name) < 4 and int(name) <= match.re.groups else ""
        return match.groupdict(default="").get(name, "")

    return _REFERENCE.sub(value, template)
