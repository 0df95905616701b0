"""Go's text/template, as far as the labels and annotations of rules need it.

    tree = parse("{{ if gt .Value 0.5 }}high{{ end }}", functions=BUILTINS)
    execute(tree, BUILTINS, data=..., variables={})

Actions: pipelines, variables, if, with, range, break, continue, define, template, block, comments, trimming. Not there:
complex numbers, `call`, and methods but those that a value offers. Source: the documentation of Go's text/template and
fmt.
"""

from alerts.gotemplate.builtins import BUILTINS
from alerts.gotemplate.errors import TemplateError
from alerts.gotemplate.execution import execute
from alerts.gotemplate.function import Function, Kind
from alerts.gotemplate.nodes import Tree
from alerts.gotemplate.parser import parse
from alerts.gotemplate.values import Sample, Value

__all__ = ["BUILTINS", "Function", "Kind", "Sample", "TemplateError", "Tree", "Value", "execute", "parse"]
