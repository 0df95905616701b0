"""The part of Go's text/template that the labels and annotations of rules need.

    template = compile_template("{{ $labels.channel }} fails {{ $value | humanizePercentage }}")
    template.render(labels, 0.31)      # a text, whatever happens

Actions are `{{ pipeline }}`, `{{ if pipeline }} … {{ else if pipeline }} … {{ else }} … {{ end }}` and comments, each
with trimming (`{{-`, `-}}`). A pipeline has literals, `$labels`, `$value`, `.Labels`, `.Value`, function calls,
parentheses and `|`. Source: the documentation of Go's text/template and of Prometheus' template reference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alerts.gotext import FUNCTIONS, TemplateError, Value, text_of, true
from alerts.template_syntax import If, Literal, Node, Path, Term, parse_template
from drawdown.series import Labels


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template. `text` is what was written."""

    text: str
    nodes: tuple[Node, ...]

    def render(self, labels: Labels, value: float) -> str:
        """The text for one sample. An error becomes the text, as in Prometheus: the alert fires all the same."""
        scope: Mapping[str, Value] = {"Labels": labels, "Value": float(value), "ExternalLabels": {}, "ExternalURL": ""}
        try:
            return "".join(_written(self.nodes, scope))
        except TemplateError as error:
            return f"<error expanding template: {error}>"


def _written(nodes: tuple[Node, ...], scope: Mapping[str, Value]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif isinstance(node, If):
            yield from _written(node.then if true(_evaluate(node.condition, scope)) else node.otherwise, scope)
        else:
            yield text_of(_evaluate(node, scope))


def _evaluate(term: Term, scope: Mapping[str, Value]) -> Value:
    if isinstance(term, Literal):
        return term.value
    if isinstance(term, Path):
        return _looked_up(term, scope)
    arguments = [_evaluate(argument, scope) for argument in term.arguments]
    try:
        return FUNCTIONS[term.name](*arguments)
    except (TypeError, OverflowError):
        raise TemplateError(f"{term.name} cannot take {' '.join(map(text_of, arguments)) or 'nothing'}") from None


def _looked_up(path: Path, scope: Mapping[str, Value]) -> Value:
    value: Value = scope[path.keys[0]]
    for key in path.keys[1:]:
        if not isinstance(value, Mapping):
            raise TemplateError(f"{text_of(value)} has no field {key}")
        value = value.get(key, "")
    return value


def compile_template(text: str) -> Template:
    """Parse `text`.

    Raises:
        TemplateError: it is not a template, or uses a variable, function or action that is not known here.
    """
    return Template(text, parse_template(text))
