"""The templates in the labels and annotations of rules.

    template = compile_template("{{ $labels.channel }} fails {{ $value | humanizePercentage }}")
    template.render(labels, 0.31)      # a text, whatever happens

The language is Go's text/template (`alerts.gotemplate`), the functions are Prometheus'; docs/templates.md lists them.
"""

from dataclasses import dataclass
from typing import Final

from alerts.gotemplate import TemplateError, Tree, execute, parse
from alerts.template.scene import NOWHERE, External, Facts, Scene
from drawdown.series import Labels

__all__ = ["NOWHERE", "External", "Scene", "Template", "TemplateError", "compile_template"]

_VARIABLES: Final = {
    "$labels": "Labels",
    "$externalLabels": "ExternalLabels",
    "$externalURL": "ExternalURL",
    "$value": "Value",
}


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template. `text` is what was written."""

    text: str
    tree: Tree

    def render(self, labels: Labels, value: float, scene: Scene = NOWHERE) -> str:
        """The text for one sample. An error becomes the text, as in Prometheus: the alert fires all the same."""
        if self.tree.constant is not None:
            return self.tree.constant
        facts = Facts((labels, scene.external.labels, scene.external.url, float(value)))
        variables = {name: facts.field(field) for name, field in _VARIABLES.items()}
        try:
            return execute(self.tree, scene.functions, data=facts, variables=variables)
        except TemplateError as error:
            return f"<error expanding template: {error}>"


def compile_template(text: str) -> Template:
    """Parse `text`.

    Raises:
        TemplateError: it is not a template, or uses a variable, function or action that is not known here.
    """
    return Template(text, parse(text, functions=NOWHERE.functions, variables=_VARIABLES))
