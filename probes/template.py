"""Text with `{{ variables }}`, compiled when a journey is loaded and rendered for each request.

Templates are Jinja's, sandboxed and without its global functions: a name is a variable of the journey or a mistake.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import SandboxedEnvironment
from pydantic import PlainValidator

from drawdown.errors import DrawdownError

Names = Mapping[str, str]
"""The variables that a template sees, by name."""


class TemplateFault(DrawdownError):
    """A template that compiled cannot be rendered with the values at hand."""


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    environment.globals.clear()
    return environment


_ENVIRONMENT = _environment()


class Template:
    """A compiled text. `text` is as it was written, `names` the variables that it needs."""

    __slots__ = ("_compiled", "names", "text")

    def __init__(self, text: str) -> None:
        """Compile `text`.

        Raises:
            ValueError: it is not a template.
        """
        self.text = text
        try:
            self.names = frozenset(meta.find_undeclared_variables(_ENVIRONMENT.parse(text)))
            self._compiled = _ENVIRONMENT.from_string(text)
        except TemplateSyntaxError as error:
            raise ValueError(f"is not a template: {error.message}") from None
        except (RecursionError, SyntaxError, ArithmeticError) as error:
            raise ValueError(f"is not a template: {type(error).__name__}") from None

    def render(self, names: Names) -> str:
        """The text with its variables filled in.

        Raises:
            TemplateFault: a variable is missing or an expression fails.
        """
        try:
            return self._compiled.render(names)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise TemplateFault(f"cannot fill in {self.text!r}: {error}") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Template({self.text!r})"


def compile_tree(value: Any) -> Any:
    """`value` (plain Python of a YAML text) with a template in place of every text; keys become text.

    Raises:
        ValueError: a text is not a template, or a number is not finite.
    """
    if isinstance(value, str):
        return Template(value)
    if isinstance(value, dict):
        return {str(key): compile_tree(part) for key, part in value.items()}
    if isinstance(value, list):
        return [compile_tree(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("JSON has no such number")
    return value


def render_tree(tree: Any, names: Names) -> Any:
    """The value that `compile_tree` was given, its texts filled in.

    Raises:
        TemplateFault: as `Template.render`.
    """
    if isinstance(tree, Template):
        return tree.render(names)
    if isinstance(tree, dict):
        return {key: render_tree(part, names) for key, part in tree.items()}
    if isinstance(tree, list):
        return [render_tree(part, names) for part in tree]
    return tree


def _text(value: Any) -> Template:
    if not isinstance(value, str):
        raise ValueError("must be text; put it in quotes")  # noqa: TRY004 - what pydantic takes for a finding
    return Template(value)


def _scalar(value: Any) -> Template:
    if isinstance(value, bool):
        return Template(str(value).lower())
    if isinstance(value, int):
        return Template(str(value))
    if isinstance(value, str):
        return Template(value)
    raise ValueError("must be text, a whole number, true or false; put anything else in quotes")


Text = Annotated[Template, PlainValidator(_text)]
"""A pydantic field for a text with variables."""

Scalar = Annotated[Template, PlainValidator(_scalar)]
"""A pydantic field for a value to compare with: the text of a JSON string, whole number, true or false."""

Tree = Annotated[Any, PlainValidator(compile_tree)]
"""A pydantic field for a JSON value whose texts have variables."""
