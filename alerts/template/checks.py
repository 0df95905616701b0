"""What is wrong with a template although it can be parsed: it would write an error instead of a text."""

from collections.abc import Iterator

from alerts.gotemplate import TemplateError
from alerts.gotemplate.nodes import Dot, Field, If, Include, Nodes, Operand, Pipeline, Range, Variable, With, Word
from alerts.template import Template
from alerts.template.scene import FACTS, NOWHERE


def faults(template: Template) -> Iterator[str]:
    """Fields that the dot of a rule does not have, and calls with too few or too many arguments."""
    yield from _in_nodes(template.tree.nodes, at_top=True)
    for nodes in template.tree.defined.values():
        yield from (fault for fault in _in_nodes(nodes, at_top=False) if not fault.startswith("."))


def _in_nodes(nodes: Nodes, *, at_top: bool) -> Iterator[str]:
    """`at_top` says whether the dot is still that of the rule."""
    for node in nodes:
        if isinstance(node, Pipeline):
            yield from _in_pipeline(node, at_top=at_top)
        elif isinstance(node, Include) and node.pipeline:
            yield from _in_pipeline(node.pipeline, at_top=at_top)
        elif isinstance(node, If | With | Range):
            yield from _in_pipeline(node.pipeline, at_top=at_top)
            yield from _in_nodes(node.then, at_top=at_top and isinstance(node, If))
            yield from _in_nodes(node.otherwise, at_top=at_top)


def _in_pipeline(pipeline: Pipeline, *, at_top: bool) -> Iterator[str]:
    for stage, (first, *rest) in enumerate(pipeline.commands):
        if isinstance(first, Word):
            yield from _in_call(first.name, len(rest) + (stage > 0))
        for operand in (first, *rest):
            yield from _in_operand(operand, at_top=at_top)


def _in_call(name: str, count: int) -> Iterator[str]:
    try:
        NOWHERE.functions[name].expect(name, count)
    except TemplateError as error:
        yield error.message


def _in_operand(operand: Operand, *, at_top: bool) -> Iterator[str]:
    if isinstance(operand, Pipeline):
        yield from _in_pipeline(operand, at_top=at_top)
    elif isinstance(operand, Field):
        if _is_rules_dot(operand.of, at_top=at_top) and operand.name not in FACTS:
            yield f".{operand.name} is not defined; there are {', '.join(f'.{name}' for name in FACTS)}"
        yield from _in_operand(operand.of, at_top=at_top)


def _is_rules_dot(operand: Operand, *, at_top: bool) -> bool:
    return (isinstance(operand, Dot) and at_top) or (isinstance(operand, Variable) and operand.name == "$")
